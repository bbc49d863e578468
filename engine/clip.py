"""An opened clip: what it is, its motion grid at 25 Hz, its production sound if any.

Both are kept as features in half precision, on the disk where there is a cache, and read a
stretch at a time: an hour of film does not lie in memory.

Letters: T fast steps at 25 Hz, C grid channels, F mel frames at 100 Hz, M bands.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import OutputLocationError, WriteError
from engine.feature_cache import FeatureCache, FeatureKey, FeatureWriter, Rows
from engine.features.mel import MEL_BANDS
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, GRID_CHANNELS, motion_grid
from engine.media.audio_file import audio_blocks, clip_audio_blocks
from engine.media.container import check_is_file
from engine.media.video_reader import VideoReader
from engine.onsets import REACH_FRAMES, onset_strength, onsets_of_strength
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.records import ClipInfo, FloatArray
from engine.shots import find_cuts
from engine.sound_side import MelSound, checked_sound, mel_parts
from engine.steady_sound import level_db, steady_stretches_of_level
from engine.step_range import StepRange, windows_of
from engine.timing import (
    FAST_STEPS_PER_SLOW,
    MEL_FRAMES_PER_TOKEN,
    PROJECT_RATE_HZ,
    TOKEN_RATE_HZ,
    token_count,
)

FEATURE_VERSION = 1  # to be raised when the same film gives other features
STILL_BELOW = 0.04  # root of the mean difference: less than half a grey level of 255

_PART_STEPS = 500
_WINDOW_STEPS = 1500
_CUT_MARGIN = 8
_MOTION = slice(0, 1)


@dataclass(frozen=True)
class Clip:
    """A clip ready for the networks.

    Attributes:
        info: What the file is.
        stored: (T, C, 8, 8) motion grid, T a multiple of 4 (the last picture is held); in half
            precision, on the disk where the film was opened with a cache.
        content: SHA-256 of the film's content, its fingerprint where it was opened without a cache.
        cache: Where its features are kept.
    """

    info: ClipInfo
    stored: Rows
    content: str = ""
    cache: FeatureCache | None = field(default=None, repr=False, compare=False)

    @property
    def steps(self) -> int:
        """Fast steps of the grid."""
        return int(self.stored.shape[0])

    @property
    def grid(self) -> Tensor:
        """The whole motion grid (T, C, 8, 8) in float32: a gigabyte an hour."""
        return self.pictures(StepRange(0, self.steps))

    def pictures(self, steps: StepRange) -> Tensor:
        """The motion grid of a stretch, (count, C, 8, 8) float32."""
        return self.stored[steps.start : steps.end].float()

    @cached_property
    def motion(self) -> Tensor:
        """The channel of the grid that says how much moves, (T, 1, 8, 8)."""
        return torch.cat([self.pictures(window)[:, _MOTION].clone() for window in self._windows()])

    def is_still(self, steps: StepRange) -> bool:
        """Whether nothing moves in a stretch: black, or one held picture."""
        return float(self.stored[steps.start : steps.end][:, _MOTION].max()) < STILL_BELOW

    @cached_property
    def cuts(self) -> list[int]:
        """Steps at which a new shot starts."""
        found: list[int] = []
        for window in self._windows():
            wide = window.widened(_CUT_MARGIN, within=self.steps)
            cuts = (wide.start + cut for cut in find_cuts(self.pictures(wide)))
            found += [cut for cut in cuts if window.start <= cut < window.end]
        return found

    @property
    def sound(self) -> MelSound | None:
        """Production sound, None for a silent film; read at its first use."""
        self.hear(listener=silent, cancel=CancelToken())
        sound: MelSound | None = self.__dict__["heard"]
        return sound

    def hear(self, *, listener: ProgressListener, cancel: CancelToken) -> None:
        """Read the production sound of a film that has one, which else happens at its first use.

        Args:
            listener: Told how far it is.
            cancel: Asked again and again whether to go on.

        Raises:
            MediaError: When the sound cannot be decoded.
            InputError: When it has samples that are no numbers.
            Cancelled: When the token was set.
        """
        if "heard" not in self.__dict__:  # where cached_property would keep it
            self.__dict__["heard"] = self._heard(listener, cancel) if self.info.audio else None

    def _heard(self, listener: ProgressListener, cancel: CancelToken) -> MelSound:
        path = self.info.path
        key = FeatureKey("sound", (self.content, "own", self.steps, MEL_BANDS, FEATURE_VERSION))
        told = _Reading(path, length=self.info.duration_samples, listener=listener, cancel=cancel)
        return self._mel_sound(lambda: told.followed(clip_audio_blocks(path)), key, told)

    def sound_of(
        self, path: Path, *, listener: ProgressListener = silent, cancel: CancelToken | None = None
    ) -> MelSound:
        """The sound of a file, laid so that its first sample sounds with the clip's first picture.

        Args:
            path: The file.
            listener: Told how far it is.
            cancel: Asked again and again whether to go on.

        Raises:
            MediaError: When there is no sound that can be decoded.
            InputError: When it has samples that are no numbers.
            Cancelled: When the token was set.
        """
        check_is_file(path)
        content = "" if self.cache is None else self.cache.content_of(path, cancel=cancel)
        key = FeatureKey("sound", (content, "file", self.steps, MEL_BANDS, FEATURE_VERSION))
        told = _Reading(path, length=0, listener=listener, cancel=cancel or CancelToken())
        return self._mel_sound(lambda: told.followed(audio_blocks(path, rate_hz=PROJECT_RATE_HZ)), key, told)

    def _mel_sound(
        self, blocks: Callable[[], Iterator[FloatArray]], key: FeatureKey, reading: "_Reading"
    ) -> MelSound:
        def parts() -> Iterator[Tensor]:
            return mel_parts(blocks(), steps=self.steps)

        rows = stored_rows(parts, self.cache, key, listener=reading.listener)
        reading.tell(reading.length)
        return MelSound(rows)

    @cached_property
    def onsets_s(self) -> list[float] | None:
        """Onsets of the production sound in seconds, None for a silent film."""
        if self.sound is None:
            return None
        strengths = []
        for window in self._windows():
            begin = window.start * MEL_FRAMES_PER_TOKEN
            lead = min(begin, REACH_FRAMES)
            mel = self.sound.rows[begin - lead : window.end * MEL_FRAMES_PER_TOKEN].float()
            strengths.append(onset_strength(mel)[lead:])
        return onsets_of_strength(torch.cat(strengths))

    @cached_property
    def steady_s(self) -> list[tuple[float, float]]:
        """Stretches of steady production sound in seconds."""
        if self.sound is None:
            return []
        levels, least = [], 0.0
        for window in self._windows():  # of whole tenths of a second, but for the last
            mel = self.sound.mel(window)[0]
            levels.append(level_db(mel))
            least = min(least, float(mel.min()))
        return steady_stretches_of_level(torch.cat(levels), least=least)

    @property
    def sound_mel(self) -> Tensor | None:
        """Log-mel (4 * steps, M) of the whole production sound, None for a silent film."""
        return None if self.sound is None else self.sound.mel(StepRange(0, self.steps))[0]

    def _windows(self) -> Iterator[StepRange]:
        return windows_of(StepRange(0, self.steps), _WINDOW_STEPS)


def open_clip(
    path: Path,
    *,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
    cache: FeatureCache | None = None,
) -> Clip:
    """Read a film's pictures once, at 25 Hz, into its motion grid.

    Args:
        path: The film.
        listener: Told how many steps of 25 Hz are done.
        cancel: Asked after each picture whether to go on.
        cache: Where its features are kept; a film found there is not decoded again.

    Raises:
        MediaError: When the film cannot be read.
        Cancelled: When the token was set.
    """
    cancel = cancel or CancelToken()
    with VideoReader(path, give_up=lambda: cancel.cancelled) as reader:
        steps = token_count(reader.info.duration_samples)
        steps += -steps % FAST_STEPS_PER_SLOW
        content = reader.info.fingerprint if cache is None else cache.content_of(path, cancel=cancel)
        key = FeatureKey("picture", (content, steps, GRID_CHANNELS, FEATURE_VERSION))

        def followed(parts: Iterator[Tensor]) -> Iterator[Tensor]:
            done = 0
            for part in parts:
                listener(Progress("read picture", done, steps, path.name))
                yield part
                done += len(part)

        def grids() -> Iterator[Tensor]:
            return _grids_of_parts(followed(_picture_parts(reader, steps, cancel)))

        rows = stored_rows(grids, cache, key, listener=listener)
    listener(Progress("read picture", steps, steps, path.name))
    return Clip(reader.info, rows, content, cache)


def stored_rows(
    parts: Callable[[], Iterator[Tensor]],
    cache: FeatureCache | None,
    key: FeatureKey,
    *,
    listener: ProgressListener = silent,
) -> Rows:
    """Rows in half precision: those kept in the cache, else made and kept there, else made in memory.

    Args:
        parts: Makes them from the start, (n, ...) after (n, ...).
        cache: Where to look for and to keep them, None for memory.
        key: What they are of.
        listener: Told when the disk refuses, after which they are made in memory.
    """
    if cache is not None:
        kept = cache.find(key, listener=listener)
        if kept is None and _kept(parts, cache, key, listener):
            kept = cache.find(key, listener=listener)
        if kept is not None:
            return kept["rows"]
    return torch.cat([part.half() for part in parts()])


def _kept(
    parts: Callable[[], Iterator[Tensor]], cache: FeatureCache, key: FeatureKey, listener: ProgressListener
) -> bool:
    """Whether the cache took the rows."""

    def write(writer: FeatureWriter) -> None:
        for part in parts():
            writer.add("rows", part.half())

    try:
        with cache.keeping(key) as writer:
            write(writer)
    except (OutputLocationError, WriteError) as refusal:
        listener(Progress("features", 0, 0, f"not kept for the next time: {refusal}"))
        return False
    return True


@dataclass(frozen=True)
class _Reading:
    """Sound being read: who is told, and what is refused on the way.

    Attributes:
        path: The file.
        length: Samples that are expected, 0 where unknown.
        listener: Told how far it is.
        cancel: Asked before each block whether to go on.
    """

    path: Path
    length: int
    listener: ProgressListener
    cancel: CancelToken

    def tell(self, done: int) -> None:
        """Say how far it is."""
        done_s, length_s = done // PROJECT_RATE_HZ, self.length // PROJECT_RATE_HZ
        self.listener(Progress("read sound", done_s, length_s, self.path.name))

    def followed(self, blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
        """The blocks (C, n), each told and checked before it is given on."""
        done = 0
        for block in blocks:
            self.cancel.check()
            self.tell(done)
            yield checked_sound(block, name=str(self.path), before=done)
            done += block.shape[1]


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


def _grids_of_parts(parts: Iterable[Tensor]) -> Iterator[Tensor]:
    """Motion grid of pictures in parts of (T, H, W, 3); two pictures of overlap keep differences whole."""
    before: Tensor | None = None
    for part in parts:
        pictures = part if before is None else torch.cat([before, part])
        yield motion_grid(pictures[None])[0][len(pictures) - len(part) :]
        before = pictures[-2:]
