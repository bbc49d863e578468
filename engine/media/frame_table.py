"""When each picture of a film is shown: a table in the order of showing, made by reading all packets."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.timing import PROJECT_RATE_HZ

if TYPE_CHECKING:  # av's classes take no parameters when the program runs
    from av.packet import Packet
    from av.stream import Stream


@dataclass(frozen=True, eq=False)
class FrameTable:
    """The pictures of a film, N of them, in the order they are shown.

    Attributes:
        pts: (N,) strictly rising times in units of time_base.
        keyframe: (N,) whether decoding can begin at the picture.
        time_base: Seconds per unit.
        seek_points: (K,) times of all keyframes, those before an edit included, which are
            decoded but not shown.
        last_duration: How long the last picture stays, in units; 0 where the film does not say.
    """

    pts: NDArray[np.int64]
    keyframe: NDArray[np.bool_]
    time_base: Fraction
    seek_points: NDArray[np.int64]
    last_duration: int = 0

    def __len__(self) -> int:
        return len(self.pts)

    def index_at(self, sample_48k: int) -> int:
        """Picture shown at a timeline position; the first or last one outside the film.

        Args:
            sample_48k: Samples at 48 kHz since the first picture.
        """
        return self.index_at_time(Fraction(sample_48k, PROJECT_RATE_HZ))

    def index_at_time(self, seconds: Fraction) -> int:
        """Picture shown at an exact time since the first picture."""
        units = seconds // self.time_base
        return max(0, bisect_right(self._since_first, units) - 1)

    def sample_of(self, index: int) -> int:
        """First 48 kHz sample, counted from the first picture, at which a picture is shown.

        Rounded up, so that ``index_at(sample_of(i)) == i``.
        """
        return -(-self._since_first[index] * self.time_base * PROJECT_RATE_HZ // 1)

    def seek_point_before(self, index: int) -> int:
        """Place in seek_points of the last keyframe not after a picture, -1 when there is none."""
        return int(np.searchsorted(self.seek_points, self.pts[index], side="right")) - 1

    def keyframe_before(self, index: int) -> int:
        """The last picture shown, not after one, at which decoding can begin; 0 when that lies before all."""
        keyframes = np.flatnonzero(self.keyframe[: index + 1])
        return int(keyframes[-1]) if len(keyframes) else 0

    def index_of_pts(self, pts: int | None) -> int | None:
        """The picture with exactly this time, None when no picture shown has it."""
        if pts is None:
            return None
        index = int(np.searchsorted(self.pts, pts))
        return index if index < len(self) and self.pts[index] == pts else None

    @cached_property
    def _since_first(self) -> list[int]:
        return [int(pts) for pts in self.pts - self.pts[0]]


class FrameTableScan:
    """Collects packets in the order of the file and makes the table of them."""

    def __init__(self) -> None:
        self._shown: dict[int, bool] = {}
        self._seek_points: set[int] = set()
        self._last: tuple[int, int] = (-(1 << 62), 0)

    def add(self, packet: "Packet[Stream]") -> None:
        """Note one packet of the picture."""
        if packet.pts is None:
            return
        if packet.is_keyframe:
            self._seek_points.add(packet.pts)
        if not packet.is_discard:
            self._shown[packet.pts] = packet.is_keyframe
            self._last = max(self._last, (packet.pts, packet.duration or 0))

    def table(self, time_base: Fraction) -> FrameTable:
        """The table of all packets noted so far; it may be empty."""
        order = sorted(self._shown)
        return FrameTable(
            pts=np.array(order, dtype=np.int64),
            keyframe=np.array([self._shown[pts] for pts in order], dtype=np.bool_),
            time_base=time_base,
            seek_points=np.array(sorted(self._seek_points), dtype=np.int64),
            last_duration=self._last[1],
        )
