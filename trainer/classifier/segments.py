"""Segments of real recordings, plain for measuring and varied for training.

Letters: B segments, S samples of a segment at 44.1 kHz, F mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.features.mel import MEL_BANDS, MEL_FLOOR, log_mel
from engine.timing import MEL_HOP, MODEL_RATE_HZ
from trainer.classifier.network import SEGMENT_FRAMES
from trainer.classifier.selection import Sound, sounds_of
from trainer.scenes.bank import Ambience, SoundBank
from trainer.scenes.synthesis import coloured_noise

FloatArray = NDArray[np.float32]
SEGMENT_SAMPLES = SEGMENT_FRAMES * MEL_HOP
MOST_OCTAVES = 0.4
_LATEST_START_S = 0.02
_REPEATED_SHARE = 0.45
_FOREIGN_SHARE = 0.25
_EQ_SPREAD, _MOST_EQ = 0.3, 2.0  # nepers: of each cosine, and of their sum
_MASK_BANDS, _MASK_FRAMES = 16, 16


@dataclass(frozen=True)
class LabelledSegments:
    """Segments and what they are.

    Attributes:
        mel: (B, F, M) log-mels.
        labels: (B,) class numbers.
        groups: Recording group of each.
    """

    mel: Tensor
    labels: Tensor
    groups: tuple[str, ...]


def plain_segments(bank: SoundBank, classes: Sequence[str]) -> LabelledSegments:
    """Every voice from its hit on, and every ambience in pieces, as they were recorded."""
    waves: list[FloatArray] = []
    labels: list[int] = []
    groups: list[str] = []
    for label, name in enumerate(classes):
        for voice in bank.voices.get(name, []):
            waves.append(_cut(voice.samples))
            labels.append(label)
            groups.append(voice.group)
        for ambience in bank.ambiences.get(name, []):
            for start in range(0, max(1, len(ambience.samples) - SEGMENT_SAMPLES + 1), SEGMENT_SAMPLES):
                waves.append(_looped(ambience.samples, start))
                labels.append(label)
                groups.append(ambience.group)
    mels = [log_mel(torch.from_numpy(np.stack(waves[at : at + 64]))) for at in range(0, len(waves), 64)]
    mel = torch.cat(mels) if mels else torch.zeros(0, SEGMENT_FRAMES, MEL_BANDS)
    return LabelledSegments(mel, torch.tensor(labels, dtype=torch.long), tuple(groups))


class VariedSegments:
    """Training segments: classes and recordings in equal shares, each time played differently.

    So many segments of each class are performed once, as waveforms; each time one is drawn it is
    filtered, moved and masked anew, as a log-mel.
    """

    def __init__(
        self, bank: SoundBank, classes: Sequence[str], *, each: int, rng: np.random.Generator
    ) -> None:
        by_class = [_sounds_by_group(bank, name) for name in classes]
        foreign = [sound for groups in by_class for sounds in groups for sound in sounds]
        self.labels = torch.arange(len(classes)).repeat_interleave(each)
        parts = []
        for groups in by_class:
            waves = [varied_wave(groups[index % len(groups)], foreign, rng) for index in range(each)]
            parts.append(log_mel(torch.from_numpy(np.stack(waves))).half())
        self.mel = torch.cat(parts)  # (classes * each, F, M)

    def draw(self, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Log-mels (B, F, M) and labels (B,)."""
        rows = torch.from_numpy(rng.integers(len(self.labels), size=size))
        moved = [
            later(mel, frames)
            for mel, frames in zip(self.mel[rows].float(), rng.integers(-2, 7, size), strict=True)
        ]
        return masked(equalised(torch.stack(moved), rng), rng), self.labels[rows]


def varied_wave(sounds: Sequence[Sound], foreign: Sequence[Sound], rng: np.random.Generator) -> FloatArray:
    """A segment (S,) of one recording, some with a weak foreign sound, all over a faint noise."""
    own = played(sounds, rng)
    if rng.random() < _FOREIGN_SHARE:
        other = one_of(foreign, rng)
        own = own + played([other], rng) * np.float32(10 ** rng.uniform(-1.7, -0.7))
    floor = coloured_noise(rng, SEGMENT_SAMPLES) * np.float32(10 ** rng.uniform(-6.0, -3.2))
    return ((own + floor) * np.float32(10 ** rng.uniform(-0.5, 0.3))).astype(np.float32)


def later(mel: Tensor, frames: int) -> Tensor:
    """A log-mel (F, M) so many frames later, or earlier where negative; its edge goes on."""
    if frames >= 0:
        return torch.cat([mel[:1].expand(frames, -1), mel[: len(mel) - frames]])
    return torch.cat([mel[-frames:], mel[-1:].expand(-frames, -1)])


def one_of(sounds: Sequence[Sound], rng: np.random.Generator) -> Sound:
    """Any of the sounds."""
    return sounds[int(rng.integers(len(sounds)))]


def _sounds_by_group(bank: SoundBank, name: str) -> list[list[Sound]]:
    groups: dict[str, list[Sound]] = {}
    for sound in sounds_of(bank, name):
        groups.setdefault(sound.group, []).append(sound)
    return [groups[group] for group in sorted(groups)]


def played(sounds: Sequence[Sound], rng: np.random.Generator) -> FloatArray:
    """A segment (S,) of sounds of one recording: an ambience anywhere, a voice once or in a rhythm."""
    speed = float(2 ** rng.uniform(-MOST_OCTAVES, MOST_OCTAVES))
    first = one_of(sounds, rng)
    if isinstance(first, Ambience):
        return resampled(_looped(first.samples, int(rng.integers(len(first.samples))), stretch=speed), speed)
    wave = np.zeros(SEGMENT_SAMPLES, dtype=np.float32)
    at = round(rng.uniform(0.0, _LATEST_START_S) * MODEL_RATE_HZ)
    period = round(rng.uniform(0.18, 1.0) * MODEL_RATE_HZ)
    repeated = rng.random() < _REPEATED_SHARE
    voice: Sound = first
    while at < SEGMENT_SAMPLES:
        _lay(wave, resampled(voice.samples, speed) * np.float32(rng.uniform(0.4, 1.0)), at)
        if not repeated:
            break
        at += round(period * rng.uniform(0.8, 1.2))
        voice = one_of(sounds, rng)
    return wave


def resampled(samples: FloatArray, speed: float) -> FloatArray:
    """Samples played faster or slower, as tape is; no longer than a segment."""
    length = min(max(2, int(np.ceil(len(samples) / speed))), SEGMENT_SAMPLES)
    at = np.arange(length) * speed
    played_so: FloatArray = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return played_so


def _lay(wave: FloatArray, sound: FloatArray, at: int) -> None:
    room = min(len(sound), len(wave) - at)
    wave[at : at + room] += sound[:room]


def _cut(samples: FloatArray) -> FloatArray:
    """A segment (S,) from the first sample on, silent after the last."""
    cut = np.zeros(SEGMENT_SAMPLES, dtype=np.float32)
    part = samples[:SEGMENT_SAMPLES]
    cut[: len(part)] = part
    return cut


def _looped(samples: FloatArray, start: int, *, stretch: float = 1.0) -> FloatArray:
    """A segment, ``stretch`` times as long, of a sound that begins again where it ends."""
    length = int(np.ceil(SEGMENT_SAMPLES * stretch))
    around: FloatArray = np.take(samples, start + np.arange(length), mode="wrap")
    return around


def equalised(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """Log-mels (B, F, M) under a smooth filter of its own each, never below the floor."""
    bands = torch.linspace(0, torch.pi, MEL_BANDS)
    waves = torch.stack([torch.cos(count * bands) for count in range(1, 5)])  # (4, M)
    shares = torch.from_numpy(rng.normal(0.0, _EQ_SPREAD, (len(mel), len(waves))).astype(np.float32))
    curve = (shares @ waves).clamp(-_MOST_EQ, _MOST_EQ)  # (B, M)
    return (mel + curve[:, None]).clamp_min(float(np.log(MEL_FLOOR)))


def masked(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """Log-mels (B, F, M) with a band and a stretch silenced in some of them (Park et al. 2019)."""
    out = mel.clone()
    for row in range(len(out)):
        if rng.random() < 0.3:
            low, wide = rng.integers(MEL_BANDS), rng.integers(1, _MASK_BANDS)
            out[row, :, low : low + wide] = out[row].mean()
        if rng.random() < 0.2:
            first, long = rng.integers(24, SEGMENT_FRAMES), rng.integers(1, _MASK_FRAMES)
            out[row, first : first + long] = float(np.log(MEL_FLOOR))
    return out
