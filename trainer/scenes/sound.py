"""Scene plans to sound: one dry stem per actor, and the mix as a microphone would hear it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.timing import MODEL_RATE_HZ, TOKEN_RATE_HZ
from trainer.scenes.bank import SoundBank, Voice
from trainer.scenes.plan import Actor, ScenePlan
from trainer.scenes.synthesis import coloured_noise, modal_voice, reverb_tail

FloatArray = NDArray[np.float32]
SOUND_SEED_OFFSET = 7_919


@dataclass(frozen=True)
class SceneSound:
    """Stems (A, S) of the actors, dry and clean, and the mix (S,), all at 44.1 kHz."""

    stems: FloatArray
    mix: FloatArray


def perform(plan: ScenePlan, bank: SoundBank, *, synthetic_share: float = 0.08) -> SceneSound:
    """Let every actor sound at its contacts, and mix with room, background and noise."""
    rng = np.random.default_rng([plan.seed, SOUND_SEED_OFFSET])
    length = round(plan.steps / TOKEN_RATE_HZ * MODEL_RATE_HZ)
    stems = np.stack([perform_actor(actor, bank, rng, length, synthetic_share) for actor in plan.actors])
    gains = np.array([actor.gain for actor in plan.actors], dtype=np.float32)[:, None]
    dry = (stems * gains).sum(axis=0)
    wet = reverb_tail(dry, rng) if rng.random() < 0.5 else dry
    noise = coloured_noise(rng, length) * np.float32(10 ** rng.uniform(-4.5, -2.0))
    mix = (wet + noise) * np.float32(rng.uniform(0.3, 1.5))
    return SceneSound(stems, mix.astype(np.float32))


def perform_actor(
    actor: Actor, bank: SoundBank, rng: np.random.Generator, length: int, synthetic_share: float
) -> FloatArray:
    """The dry stem (S,) of one actor."""
    if actor.beats is None:
        return _continuous(actor, bank, rng, length)
    voices = bank.voices[actor.class_name]
    group = voices[rng.integers(len(voices))].group
    family = [voice for voice in voices if voice.group == group]
    if rng.random() < synthetic_share:
        family = [modal_voice(actor.class_name, rng)]
    stem = np.zeros(length, dtype=np.float32)
    for time_s, strength in zip(actor.beats.times_s, actor.beats.strengths, strict=True):
        _lay(stem, family[rng.integers(len(family))], float(time_s), float(strength), rng)
    return stem


def _lay(stem: FloatArray, voice: Voice, time_s: float, strength: float, rng: np.random.Generator) -> None:
    start = round(time_s * MODEL_RATE_HZ) - voice.onset
    sound = voice.samples * np.float32(strength * rng.uniform(0.9, 1.1))
    first = max(0, -start)
    room = min(len(sound), len(stem) - start)
    if room > first:
        stem[start + first : start + room] += sound[first:room]


def _continuous(actor: Actor, bank: SoundBank, rng: np.random.Generator, length: int) -> FloatArray:
    if actor.activity is None:
        raise ValueError(f"actor {actor.class_name} has neither contacts nor activity")
    sounds = bank.ambiences[actor.class_name]
    loop = sounds[rng.integers(len(sounds))].samples
    shift = int(rng.integers(len(loop)))
    body = np.resize(np.roll(loop, shift), length)
    frames = np.interp(
        np.arange(length) / MODEL_RATE_HZ * TOKEN_RATE_HZ, np.arange(len(actor.activity)), actor.activity
    )
    return (body * frames).astype(np.float32)
