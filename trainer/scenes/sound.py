"""Scene plans to sound: one dry stem per actor, and the mix as a microphone would hear it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.timing import MODEL_RATE_HZ, TOKEN_RATE_HZ
from trainer.scenes.bank import SoundBank, Voice
from trainer.scenes.plan import Actor, ScenePlan
from trainer.scenes.synthesis import coloured_noise, granular_voice, modal_voice, reverb_tail

FloatArray = NDArray[np.float32]
SOUND_SEED_OFFSET = 7_919
FAMILY_SIZE = 6
BACKGROUND_SHARE = 0.2


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
    noise = coloured_noise(rng, length) * np.float32(10 ** rng.uniform(-5.0, -2.2))
    mix = (wet + noise + _background(bank, rng, length)) * np.float32(rng.uniform(0.3, 1.5))
    return SceneSound(stems, mix.astype(np.float32))


def _background(bank: SoundBank, rng: np.random.Generator, length: int) -> FloatArray:
    """A far ambience under some scenes: it belongs to the place and to no actor."""
    if not bank.ambiences or rng.random() > BACKGROUND_SHARE:
        return np.zeros(length, dtype=np.float32)
    names = sorted(bank.ambiences)
    sounds = bank.ambiences[names[rng.integers(len(names))]]
    loop = sounds[rng.integers(len(sounds))].samples
    far = np.resize(np.roll(loop, int(rng.integers(len(loop)))), length)
    return (far * 10 ** rng.uniform(-2.0, -0.9)).astype(np.float32)


def perform_actor(
    actor: Actor, bank: SoundBank, rng: np.random.Generator, length: int, synthetic_share: float
) -> FloatArray:
    """The dry stem (S,) of one actor."""
    if actor.beats is None:
        return _continuous(actor, bank, rng, length)
    family = [varied(voice, speed=speed_of(rng)) for voice in _family(actor, bank, rng, synthetic_share)]
    stem = np.zeros(length, dtype=np.float32)
    for time_s, strength in zip(actor.beats.times_s, actor.beats.strengths, strict=True):
        _lay(stem, family[rng.integers(len(family))], float(time_s), float(strength), rng)
    return stem


def _family(actor: Actor, bank: SoundBank, rng: np.random.Generator, synthetic_share: float) -> list[Voice]:
    """At most FAMILY_SIZE voices of one recording, every recording as likely as another."""
    if rng.random() < synthetic_share:
        return [
            granular_voice(actor.class_name, rng)
            if rng.random() < 0.3
            else modal_voice(actor.class_name, rng)
        ]
    voices = bank.voices[actor.class_name]
    groups = sorted({voice.group for voice in voices})
    group = groups[rng.integers(len(groups))]
    family = [voice for voice in voices if voice.group == group]
    return [family[index] for index in rng.permutation(len(family))[:FAMILY_SIZE]]


def speed_of(rng: np.random.Generator) -> float:
    """How much faster and higher a recording is played, about a musical fourth either way."""
    return float(2 ** rng.uniform(-0.4, 0.4))


def varied(voice: Voice, *, speed: float) -> Voice:
    """A voice played faster or slower, as tape is."""
    length = max(2, round(len(voice.samples) / speed))
    at = np.linspace(0, len(voice.samples) - 1, length)
    samples = np.interp(at, np.arange(len(voice.samples)), voice.samples).astype(np.float32)
    return Voice(voice.name, voice.group, samples, min(round(voice.onset / speed), length - 1))


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
