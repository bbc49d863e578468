"""Waveforms to train and to judge a vocoder with, drawn on the fly from recordings and mathematics.

Letters: B sounds, S samples at 44.1 kHz.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from engine.timing import MODEL_RATE_HZ
from trainer.scenes.bank import VOICE_RMS, FloatArray, SoundBank
from trainer.scenes.synthesis import granular_voice, modal_voice, reverb_tail

Maker = Callable[[int, np.random.Generator], FloatArray]
SoundKind = Literal["recording", "synthetic", "noise"]
KINDS: tuple[SoundKind, ...] = ("recording", "synthetic", "noise")
SHARES = (0.6, 0.25, 0.15)
ROOM_SHARE = 0.25
AMBIENCE_SHARE = 0.3
QUIETEST_DB, LOUDEST_DB = -20.0, 6.0
LOWEST_NOISE_HZ = 200.0


class SoundSource:
    """Draws sounds of one side of the sound bank, and synthetic ones.

    Args:
        bank: The recordings.
    """

    def __init__(self, bank: SoundBank) -> None:
        self.voices = [bank.voices[name] for name in sorted(bank.voices) if bank.voices[name]]
        self.ambiences = [bank.ambiences[name] for name in sorted(bank.ambiences) if bank.ambiences[name]]
        self.makers: dict[SoundKind, Maker] = {
            "recording": self._recording,
            "synthetic": _synthetic,
            "noise": noise_band,
        }

    def mixed(self, count: int, samples: int, rng: np.random.Generator) -> Tensor:
        """Sounds (B, S) of all kinds, as a vocoder should learn them."""
        drawn = rng.choice(len(KINDS), size=count, p=SHARES)
        return torch.cat([self.draw(KINDS[number], 1, samples, rng) for number in drawn])

    def draw(self, kind: SoundKind, count: int, samples: int, rng: np.random.Generator) -> Tensor:
        """Sounds (B, S) of one kind, at levels as they occur in a mix."""
        gains_db = rng.uniform(QUIETEST_DB, LOUDEST_DB, count)
        made = [self.makers[kind](samples, rng) * np.float32(10 ** (db / 20)) for db in gains_db]
        return torch.from_numpy(np.stack(made))

    def _recording(self, samples: int, rng: np.random.Generator) -> FloatArray:
        if self.ambiences and (not self.voices or rng.random() < AMBIENCE_SHARE):
            choice = self.ambiences[rng.integers(len(self.ambiences))]
            return _stretch(choice[rng.integers(len(choice))].samples, samples, rng)
        voices = self.voices[rng.integers(len(self.voices))]
        chosen = [voices[rng.integers(len(voices))].samples for _ in range(rng.integers(1, 4))]
        return _in_room(_placed(chosen, samples, rng), rng)


def _synthetic(samples: int, rng: np.random.Generator) -> FloatArray:
    make = modal_voice if rng.random() < 0.5 else granular_voice
    voice = make(f"voice {rng.integers(1_000_000)}", rng).samples
    return _in_room(_placed([voice] * int(rng.integers(1, 4)), samples, rng), rng)


def noise_band(samples: int, rng: np.random.Generator) -> FloatArray:
    """Steady noise (S,) of one to six octaves, white to pink, without what lies under the lowest mel bands.

    Such noise has no period: whatever its vocoded copy correlates with itself is buzz.
    """
    spectrum = np.fft.rfft(rng.normal(0, 1, samples))
    rates = np.fft.rfftfreq(samples, 1 / MODEL_RATE_HZ)
    low = LOWEST_NOISE_HZ * 2 ** rng.uniform(0, 4)
    high = low * 2 ** rng.uniform(1, 6)
    inside = (rates >= low) & (rates <= high)
    noise = np.fft.irfft(spectrum * inside * np.maximum(rates, 20.0) ** -rng.uniform(0, 0.5), samples)
    even: FloatArray = (noise * VOICE_RMS / np.sqrt(np.square(noise).mean())).astype(np.float32)
    return even


def _stretch(sound: FloatArray, samples: int, rng: np.random.Generator) -> FloatArray:
    """A stretch (S,) of a sound, which starts again where it is too short."""
    first = int(rng.integers(len(sound)))
    return np.take(sound, np.arange(first, first + samples), mode="wrap")


def _placed(voices: list[FloatArray], samples: int, rng: np.random.Generator) -> FloatArray:
    """Voices over silence (S,), some of them begun before it."""
    placed = np.zeros(samples, dtype=np.float32)
    for voice in voices:
        first = int(rng.integers(-samples // 8, samples * 3 // 4))
        part = voice[max(0, -first) :][: samples - max(0, first)]
        placed[max(0, first) :][: len(part)] += part * np.float32(rng.uniform(0.3, 1.0))
    return placed


def _in_room(sound: FloatArray, rng: np.random.Generator) -> FloatArray:
    return reverb_tail(sound, rng) if rng.random() < ROOM_SHARE else sound
