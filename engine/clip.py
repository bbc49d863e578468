"""An opened clip: what it is, its motion grid at 25 Hz, its production sound if any."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from engine.features.mel import log_mel
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, motion_grid
from engine.media.audio_file import read_clip_audio
from engine.media.resampling import resample
from engine.media.video_reader import VideoReader
from engine.onsets import onsets_of_mel
from engine.progress import CancelToken, Progress, ProgressListener, silent
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

_PART_STEPS = 500


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
        return self._heard(silent, CancelToken())

    def hear(self, *, listener: ProgressListener, cancel: CancelToken) -> None:
        """Read the production sound of a film that has one, which else happens at its first use.

        Args:
            listener: Told how far it is.
            cancel: Asked again and again whether to go on.

        Raises:
            MediaError: When the sound cannot be decoded.
            Cancelled: When the token was set.
        """
        if "sound" not in self.__dict__:
            self.__dict__["sound"] = self._heard(listener, cancel)  # where cached_property keeps it

    def _heard(self, listener: ProgressListener, cancel: CancelToken) -> FloatArray | None:
        if self.info.audio is None:
            return None

        def tell(done: int, length: int) -> None:
            cancel.check()
            done_s, length_s = done // PROJECT_RATE_HZ, length // PROJECT_RATE_HZ
            listener(Progress("read sound", done_s, length_s, self.info.path.name))

        return read_clip_audio(self.info.path, tell=tell)

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


def open_clip(path: Path, *, listener: ProgressListener = silent, cancel: CancelToken | None = None) -> Clip:
    """Read a film's pictures once, at 25 Hz, into its motion grid.

    Args:
        path: The film.
        listener: Told how many steps of 25 Hz are done.
        cancel: Asked after each picture whether to go on.

    Raises:
        MediaError: When the film cannot be read.
        Cancelled: When the token was set.
    """
    cancel = cancel or CancelToken()
    with VideoReader(path, give_up=lambda: cancel.cancelled) as reader:
        steps = token_count(reader.info.duration_samples)
        steps += -steps % FAST_STEPS_PER_SLOW

        def followed(parts: Iterator[Tensor]) -> Iterator[Tensor]:
            done = 0
            for part in parts:
                listener(Progress("read picture", done, steps, path.name))
                yield part
                done += len(part)

        grid = _grid_of_parts(followed(_picture_parts(reader, steps, cancel)))
    listener(Progress("read picture", steps, steps, path.name))
    return Clip(reader.info, grid)


def _picture_parts(reader: VideoReader, steps: int, cancel: CancelToken) -> Iterator[Tensor]:
    """The pictures of so many steps, in parts of (T, H, W, 3); the last picture is held."""
    left = steps
    part = torch.empty(0)
    for frames in reader.resampled_parts(
        rate_hz=TOKEN_RATE_HZ,
        width=FRAME_WIDTH,
        height=FRAME_HEIGHT,
        ticks=_PART_STEPS,
        give_up=lambda: cancel.cancelled,
    ):
        part = torch.from_numpy(frames[:left])
        left -= len(part)
        if len(part):
            yield part
    if left:
        yield part[-1:].expand(left, -1, -1, -1)


def _grid_of_parts(parts: Iterable[Tensor]) -> Tensor:
    """Motion grid of pictures in parts of (T, H, W, 3); two pictures of overlap keep differences whole."""
    grids: list[Tensor] = []
    before: Tensor | None = None
    for part in parts:
        pictures = part if before is None else torch.cat([before, part])
        grids.append(motion_grid(pictures[None])[0][len(pictures) - len(part) :])
        before = pictures[-2:]
    return torch.cat(grids)


def mel_of_sound(sound: FloatArray, *, steps: int) -> Tensor:
    """Log-mel (1, 4 * steps, M) of a 48 kHz sound (C, S), mixed to mono, cut or padded with silence."""
    mono = resample(sound.mean(axis=0, keepdims=True), from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    wanted = steps * (MODEL_RATE_HZ // TOKEN_RATE_HZ)
    wave = torch.zeros(1, wanted)
    length = min(wanted, mono.shape[1])
    wave[:, :length] = torch.from_numpy(mono[:, :length])
    return log_mel(wave)[:, : wanted // MEL_HOP]
