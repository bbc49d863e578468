"""Reads a film by picture number or at a steady rate: exact pictures, and frames for the models.

Letters: T ticks, H height, W width.
"""

from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from engine.errors import Cancelled, InputError, MediaError
from engine.media.picture import Colours, to_rgb, to_small_rgb
from engine.media.picture_source import Pictures, PictureSource
from engine.media.survey import survey
from engine.progress import GiveUp, never
from engine.records import ClipInfo
from engine.timing import PROJECT_RATE_HZ, seconds_to_samples

_Numbers = NDArray[np.int64]
_HELD_S = 1  # how long the last good picture stands in for damaged ones


def probe(path: Path) -> ClipInfo:
    """What a film is, found by reading through it without decoding it all.

    Raises:
        MediaError: When there is no film at ``path``, it is cut short, or it cannot be used.
    """
    return survey(path).info


class VideoReader:
    """An open film. Not shared between threads: one reader per thread.

    Args:
        path: The film.
        kept_bytes: Memory for decoded pictures, which makes steps backward quick.
        give_up: Asked while the film is read through whether it is not wanted any more.

    Attributes:
        info: What the film is.
        table: When each picture is shown.

    Raises:
        MediaError: When there is no film at ``path`` or it cannot be used.
        Cancelled: When ``give_up`` said yes.
    """

    def __init__(self, path: Path, *, kept_bytes: int = 256 << 20, give_up: GiveUp = never) -> None:
        found = survey(path, give_up=give_up)
        self.info = found.info
        self.table = found.table
        self._path = path
        self._kept_bytes = kept_bytes
        self._source = PictureSource(path, self.table)
        self._running: Pictures = iter(())
        self._position = -1  # last picture the running decoding gave, -1 when none runs
        self._kept: OrderedDict[int, VideoFrame] = OrderedDict()
        size = self.info.width, self.info.height
        self._shown_size = None if self.info.pixel_aspect == 1 else size

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file and the kept pictures back."""
        self._kept.clear()
        self._running = iter(())
        self._position = -1
        self._source.close()

    def frame(self, index: int, *, give_up: GiveUp = never) -> Colours:
        """Exactly one picture, as it is shown.

        Args:
            index: Number of the picture, from 0.
            give_up: Asked after each picture decoded on the way whether the wish is outdated.

        Returns:
            (H, W, 3) uint8 of ``info.height`` and ``info.width``.

        Raises:
            InputError: When the film has no such picture.
            MediaError: When that picture is damaged and cannot be decoded.
            Cancelled: When ``give_up`` said yes; the reader stays usable and keeps what it decoded.
        """
        self._check_inside(index)
        if index not in self._kept:
            self._decode_up_to(index, give_up)
        return self._shown(index)

    def keyframe_before(self, index: int) -> int:
        """The last picture at or before one at which decoding can begin; 0 when that lies before the film.

        Raises:
            InputError: When the film has no such picture.
        """
        self._check_inside(index)
        return self.table.keyframe_before(index)

    def coarse_frame(self, index: int) -> tuple[Colours, int]:
        """A picture near one that is quick to give: decoded already, or the keyframe before it.

        Args:
            index: Number of the picture wanted.

        Returns:
            (H, W, 3) uint8, and the number of the picture it is: from the same group, not after ``index``.

        Raises:
            InputError: When the film has no such picture.
            MediaError: When the keyframe is damaged and cannot be decoded.
        """
        keyframe = self.keyframe_before(index)
        near = max((number for number in self._kept if keyframe <= number <= index), default=keyframe)
        return self.frame(near), near

    def _check_inside(self, index: int) -> None:
        if not 0 <= index < len(self.table):
            raise InputError(
                f"{self._path} has pictures 0 to {len(self.table) - 1}, asked was {index}: choose one inside."
            )

    def _shown(self, index: int) -> Colours:
        self._kept.move_to_end(index)
        return to_rgb(self._kept[index], rotation=self.info.rotation, shown=self._shown_size)

    def resampled(
        self,
        *,
        rate_hz: int,
        width: int,
        height: int,
        start_s: float = 0.0,
        duration_s: float | None = None,
    ) -> Colours:
        """The picture shown at each tick of a steady clock, all in one.

        Arguments and errors are those of ``resampled_parts``.

        Returns:
            (T, height, width, 3) uint8 with T = ceil(duration_s * rate_hz).
        """
        (frames,) = self.resampled_parts(
            rate_hz=rate_hz, width=width, height=height, start_s=start_s, duration_s=duration_s
        )
        return frames

    def resampled_parts(
        self,
        *,
        rate_hz: int,
        width: int,
        height: int,
        start_s: float = 0.0,
        duration_s: float | None = None,
        ticks: int | None = None,
        give_up: GiveUp = never,
    ) -> Iterator[Colours]:
        """The picture shown at each tick of a steady clock, decoded in one run.

        Tick i lies at ``start_s + i / rate_hz``; after the last picture that one is held. Where
        pictures are damaged the one before is held, as players do, for one second at most.

        Args:
            rate_hz: Ticks per second.
            width: Width to squash to, in pixels.
            height: Height to squash to, in pixels.
            start_s: First tick, from the first picture, rounded to a 48 kHz sample.
            duration_s: Stretch to cover, None for the rest of the film.
            ticks: Ticks of each part but the last; all in one part when None.
            give_up: Asked after each picture whether the rest is not wanted any more.

        Yields:
            (t, height, width, 3) uint8, one part after the other.

        Raises:
            InputError: When the stretch is empty or begins after the film's end.
            MediaError: When more than a second of the stretch cannot be decoded.
            Cancelled: When ``give_up`` said yes.
        """
        wanted = self._pictures_at_ticks(rate_hz, start_s=start_s, duration_s=duration_s)
        left, most = len(wanted), ticks or len(wanted)
        part = np.empty((min(most, left), height, width, 3), dtype=np.uint8)
        filled = 0
        for frame, count in self._shown_for_ticks(wanted, give_up):
            small = to_small_rgb(frame, width=width, height=height, rotation=self.info.rotation)
            for _ in range(count):
                part[filled] = small
                filled += 1
                if filled == len(part):
                    yield part
                    left -= filled
                    part, filled = np.empty((min(most, left), height, width, 3), dtype=np.uint8), 0

    def _pictures_at_ticks(self, rate_hz: int, *, start_s: float, duration_s: float | None) -> _Numbers:
        start = seconds_to_samples(start_s)
        length = self.info.duration_samples - start if duration_s is None else seconds_to_samples(duration_s)
        if not 0 <= start < self.info.duration_samples or length <= 0:
            film_s = self.info.duration_samples / PROJECT_RATE_HZ
            raise InputError(
                f"{self._path} runs from 0 to {film_s:.3f} s; asked was a stretch of "
                f"{length / PROJECT_RATE_HZ:.3f} s from {start_s:.3f} s: choose one inside the film."
            )
        ticks = -(-length * rate_hz // PROJECT_RATE_HZ)
        origin = Fraction(start, PROJECT_RATE_HZ)
        times = (origin + Fraction(tick, rate_hz) for tick in range(ticks))
        return np.array([self.table.index_at_time(time) for time in times], dtype=np.int64)

    def _shown_for_ticks(self, wanted: _Numbers, give_up: GiveUp) -> Iterator[tuple[VideoFrame, int]]:
        """Pictures and for how many ticks each is shown; (T,) numbers of pictures in, T ticks out."""
        told = 0
        held: VideoFrame | None = None
        held_index = -1
        with PictureSource(self._path, self.table, threading="AUTO") as source:
            for index, frame in source.pictures_from(int(wanted[0])):
                if give_up():
                    raise Cancelled(f"The pictures of {self._path} are not wanted any more.")
                # Ticks whose picture lies before this one are shown the last one that could be decoded.
                until = int(np.searchsorted(wanted, index))
                if until > told:
                    yield self._held(held, held_index, up_to=int(wanted[until - 1])), until - told
                    told = until
                held, held_index = frame, index
                if index >= wanted[-1]:
                    break
            yield self._held(held, held_index, up_to=int(wanted[-1])), len(wanted) - told

    def _held(self, held: VideoFrame | None, held_index: int, *, up_to: int) -> VideoFrame:
        """The picture that is held, if the film does not miss too much after it."""
        missing_s = self._time_of(up_to) - self._time_of(max(held_index, 0))
        if held is None or missing_s > _HELD_S:
            raise self._damaged(up_to)
        return held

    def _time_of(self, index: int) -> Fraction:
        return int(self.table.pts[index] - self.table.pts[0]) * self.table.time_base

    def _decode_up_to(self, index: int, give_up: GiveUp) -> None:
        if not self._lies_ahead(index):
            self._running = self._source.pictures_from(index)
        for number, frame in self._running:
            self._keep(number, frame)
            if number >= index:
                break
            if give_up():
                raise Cancelled(f"Picture {index} of {self._path} is not wanted any more.")
        else:
            self._position = -1
        if index not in self._kept:
            raise self._damaged(index)

    def _lies_ahead(self, index: int) -> bool:
        """Whether the running decoding reaches a picture at least as soon as a jump would."""
        if not 0 <= self._position < index:
            return False
        seek_point = self.table.seek_point_before(index)
        return seek_point < 0 or self.table.seek_points[seek_point] <= self.table.pts[self._position]

    def _keep(self, index: int, frame: VideoFrame) -> None:
        self._position = index
        self._kept[index] = frame
        self._kept.move_to_end(index)
        size = sum(plane.buffer_size for plane in frame.planes)
        while len(self._kept) > max(2, self._kept_bytes // max(1, size)):
            self._kept.popitem(last=False)

    def _damaged(self, index: int) -> MediaError:
        seconds = float(self._time_of(min(index, len(self.table) - 1)))
        return MediaError(
            f"Picture {index} of {self._path}, at {seconds:.2f} s, cannot be decoded: the film is damaged "
            "there. Export it again, or choose another stretch."
        )
