"""What a drag on the timeline catches on: hit points, event edges, playhead, marks, then frames."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.records import Event
from engine.timing import PROJECT_RATE_HZ

SNAP_PX = 6.0


@dataclass(frozen=True)
class SnapPoint:
    """Something to catch on.

    Attributes:
        sample: Where it is.
        words: What it is, for the status line.
    """

    sample: int
    words: str


@dataclass(frozen=True)
class Snapped:
    """What catching did.

    Attributes:
        by: Samples to add to what is dragged.
        at: Where it caught, None when it did not catch on a point.
        words: On what, empty for nothing.
    """

    by: int = 0
    at: int | None = None
    words: str = ""


class SnapGrid:
    """The points of one drag, gathered when it begins.

    Args:
        points: What there is to catch on.
        fps: Frames per second; their edges catch where no point is near.
    """

    def __init__(self, points: Iterable[SnapPoint], *, fps: Fraction) -> None:
        self._points = sorted(points, key=lambda point: point.sample)
        self._samples = [point.sample for point in self._points]
        self._frame = Fraction(PROJECT_RATE_HZ) / fps

    def snap(self, moving: Sequence[int], *, samples_per_pixel: float) -> Snapped:
        """The least shift that puts one of several moving samples on a point within reach.

        Args:
            moving: Samples that are dragged together, the one that counts for frames first.
            samples_per_pixel: The scale, which makes the reach of 6 px.
        """
        reach = SNAP_PX * samples_per_pixel
        near = [(point.sample - sample, point) for sample in moving for point in self._around(sample)]
        if near:
            by, point = min(near, key=lambda one: abs(one[0]))
            if abs(by) <= reach:
                return Snapped(by, point.sample, point.words)
        edge = self.frame_edge(moving[0])
        return Snapped(edge - moving[0], None, "frame") if abs(edge - moving[0]) <= reach else Snapped()

    def frame_edge(self, sample: int) -> int:
        """The nearest sample at which a frame begins."""
        return round(round(sample / self._frame) * self._frame)

    def _around(self, sample: int) -> list[SnapPoint]:
        place = bisect_left(self._samples, sample)
        return self._points[max(0, place - 1) : place + 1]


def snap_points(
    events: Iterable[Event],
    *,
    numbers: dict[str, int],
    leave_out: str = "",
    playhead: int | None = None,
    marks: tuple[int | None, int | None] = (None, None),
) -> list[SnapPoint]:
    """Everything a drag can catch on.

    Args:
        events: All events.
        numbers: Cue number of each.
        leave_out: Id of the event that is dragged.
        playhead: Its position.
        marks: In and out.
    """
    points = []
    for event in events:
        if event.id == leave_out:
            continue
        cue = f"cue {numbers[event.id]}"
        points.append(SnapPoint(event.range.start_samples, f"start of {cue}"))
        points.append(SnapPoint(event.range.end_samples, f"end of {cue}"))
        points.extend(SnapPoint(hit.sample, f"hit point of {cue}") for hit in event.hit_points)
    if playhead is not None:
        points.append(SnapPoint(playhead, "playhead"))
    for mark, words in zip(marks, ("in mark", "out mark"), strict=True):
        if mark is not None:
            points.append(SnapPoint(mark, words))
    return points
