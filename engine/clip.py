"""An opened clip: what it is, its motion grid at 25 Hz, its production sound if any."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from engine.features.mel import log_mel
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, motion_grid
from engine.media.audio_file import read_clip_audio, resample
from engine.media.video_reader import VideoReader
from engine.onsets import onsets_of_mel
from engine.records import ClipInfo, FloatArray
from engine.steady_sound import steady_stretches
from engine.timing import (
    FAST_STEPS_PER_SLOW,
    MEL_HOP,
    MODEL_RATE_HZ,
    PROJECT_RATE_HZ,
    TOKEN_RATE_HZ,
    token_count,
)

_CHUNK_STEPS = 500


@dataclass(frozen=True)
class Clip:
    """A clip ready for the networks.

    Attributes:
        info: What the file is.
        grid: (T, C, 8, 8) motion grid, T a multiple of 4 (the last picture is held).
    """

    info: ClipInfo
    grid: Tensor

    @property
    def steps(self) -> int:
        """Fast steps of the grid."""
        return int(self.grid.shape[0])

    @cached_property
    def sound(self) -> FloatArray | None:
        """Production sound (C, S) at 48 kHz, None for a silent film."""
        return None if self.info.audio is None else read_clip_audio(self.info.path, rate_hz=PROJECT_RATE_HZ)

    @cached_property
    def onsets_s(self) -> list[float] | None:
        """Onsets of the production sound in seconds, None for a silent film."""
        return None if self.sound_mel is None else onsets_of_mel(self.sound_mel)

    @cached_property
    def steady_s(self) -> list[tuple[float, float]]:
        """Stretches of steady production sound in seconds."""
        return [] if self.sound_mel is None else steady_stretches(self.sound_mel)

    @cached_property
    def sound_mel(self) -> Tensor | None:
        """Log-mel (4 * steps, M) of the production sound, None for a silent film."""
        return None if self.sound is None else mel_of_sound(self.sound, steps=self.steps)[0]


def open_clip(path: Path) -> Clip:
    """Read a film's pictures once, at 25 Hz, into its motion grid.

    Raises:
        MediaError: When the film cannot be read.
    """
    with VideoReader(path) as reader:
        info = reader.info
        frames = reader.resampled(rate_hz=TOKEN_RATE_HZ, width=FRAME_WIDTH, height=FRAME_HEIGHT)
    steps = token_count(info.duration_samples)
    steps += -steps % FAST_STEPS_PER_SLOW
    pictures = torch.from_numpy(frames[:steps])
    if len(pictures) < steps:
        pictures = torch.cat([pictures, pictures[-1:].expand(steps - len(pictures), -1, -1, -1)])
    return Clip(info, _grid_in_chunks(pictures))


def _grid_in_chunks(pictures: Tensor) -> Tensor:
    """Motion grid of (T, H, W, 3) pictures; two pictures of overlap keep the differences whole."""
    parts = []
    for start in range(0, len(pictures), _CHUNK_STEPS):
        lead = min(2, start)
        part = motion_grid(pictures[None, start - lead : start + _CHUNK_STEPS])[0]
        parts.append(part[lead:])
    return torch.cat(parts)


def mel_of_sound(sound: FloatArray, *, steps: int) -> Tensor:
    """Log-mel (1, 4 * steps, M) of a 48 kHz sound (C, S), mixed to mono, cut or padded with silence."""
    mono = resample(sound.mean(axis=0, keepdims=True), from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    wanted = steps * (MODEL_RATE_HZ // TOKEN_RATE_HZ)
    wave = torch.zeros(1, wanted)
    length = min(wanted, mono.shape[1])
    wave[:, :length] = torch.from_numpy(mono[:, :length])
    return log_mel(wave)[:, : wanted // MEL_HOP]
