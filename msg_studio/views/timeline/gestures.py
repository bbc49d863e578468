"""Drags on the timeline: each shows what it would do, and does it in one step when the button is let go."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from engine.records import Event
from engine.timing import TimeRange
from msg_studio.commands import SHORTEST_EVENT, make_event, move_event, move_hit, set_range
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.geometry import Part, Rows
from msg_studio.views.timeline.scene import Preview
from msg_studio.views.timeline.snapping import SnapGrid, Snapped


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is.

    Attributes:
        x: Logical pixels from the left of the canvas.
        y: From its top.
        free: Whether Shift or Ctrl is held: nothing catches.
    """

    x: float
    y: float
    free: bool = False


@dataclass(frozen=True)
class Ground:
    """What the drags work on.

    Attributes:
        model: The open project.
        playhead: Position and marks.
        axis: The time axis; it may scroll or zoom during a drag.
        grid: What there is to catch on.
        rows: The bands.
        timecode: Words of a position.
    """

    model: ProjectModel
    playhead: Playhead
    axis: TimeAxis
    grid: SnapGrid
    rows: Rows
    timecode: Callable[[int], str]

    @property
    def film_end(self) -> int:
        """Length of the film."""
        clip = self.model.project.clip
        return clip.duration_samples if clip else self.axis.duration

    def sample(self, pointer: Pointer) -> int:
        """Sample under the pointer, also outside the film."""
        return round(self.axis.first_sample + pointer.x * self.axis.samples_per_pixel)

    def snapped(self, *samples: int, free: bool) -> Snapped:
        """The catch of samples dragged together."""
        if free:
            return Snapped()
        return self.grid.snap(samples, samples_per_pixel=self.axis.samples_per_pixel)


class Gesture(Protocol):
    """A drag from its first move to its end; giving it up needs nothing but forgetting it."""

    def drag(self, to: Pointer) -> Preview:
        """What the drag would do if it ended here."""
        ...

    def drop(self) -> None:
        """Do it: one step to undo."""
        ...


class MoveEvent:
    """Moves an event in time and between lanes; its hit points catch too."""

    def __init__(self, ground: Ground, event: Event, start: Pointer) -> None:
        self._ground, self._event = ground, event
        self._anchor = ground.sample(start)
        self._moved = event

    def drag(self, to: Pointer) -> Preview:
        """The event at its new place."""
        event, ground = self._event, self._ground
        by = ground.sample(to) - self._anchor
        edges = (event.range.start_samples, event.range.end_samples)
        hits = (hit.sample for hit in event.hit_points)
        snapped = ground.snapped(*(sample + by for sample in (*edges, *hits)), free=to.free)
        self._moved = self._at(by + snapped.by, to)
        start = self._moved.range.start_samples
        words = f"{ground.timecode(start)}  {signed_seconds(start - edges[0])}"
        caught = snapped.at if start - edges[0] == by + snapped.by else None
        return Preview(
            events={event.id: self._moved},
            snapped=caught,
            words=_with_catch(words, snapped if caught is not None else Snapped()),
            words_at=(start, to.y),
        )

    def drop(self) -> None:
        """Move it."""
        by = self._moved.range.start_samples - self._event.range.start_samples
        if by or self._moved.lane != self._event.lane:
            move_event(self._ground.model, self._event.id, by, lane=self._moved.lane)

    def _at(self, by: int, to: Pointer) -> Event:
        where = self._event.range
        by = max(-where.start_samples, min(by, max(0, self._ground.film_end - where.end_samples)))
        row = self._ground.rows.lane_at(to.y)
        return replace(
            self._event,
            lane=row.name if row else self._moved.lane,
            range=TimeRange(where.start_samples + by, where.end_samples + by),
            hit_points=tuple(replace(hit, sample=hit.sample + by) for hit in self._event.hit_points),
        )


class ResizeEvent:
    """Moves one edge of an event."""

    def __init__(self, ground: Ground, event: Event, part: Part, start: Pointer) -> None:
        self._ground, self._event, self._part = ground, event, part
        edge = event.range.start_samples if part is Part.START else event.range.end_samples
        self._grip = edge - ground.sample(start)  # the edge keeps its distance from the pointer
        self._where = event.range

    def drag(self, to: Pointer) -> Preview:
        """The event with its new range."""
        ground, where = self._ground, self._event.range
        edge = ground.sample(to) + self._grip
        snapped = ground.snapped(edge, free=to.free)
        edge += snapped.by
        if self._part is Part.START:
            edge = max(0, min(edge, where.end_samples - SHORTEST_EVENT))
            self._where = TimeRange(edge, where.end_samples)
        else:
            edge = min(ground.film_end, max(edge, where.start_samples + SHORTEST_EVENT))
            self._where = TimeRange(where.start_samples, edge)
        kept = tuple(hit for hit in self._event.hit_points if _inside(self._where, hit.sample))
        words = f"{ground.timecode(edge)}  {self._where.duration_s:.3f} s"
        lost = len(self._event.hit_points) - len(kept)
        if lost:
            words += f"  drops {lost} hit point{'' if lost == 1 else 's'}"
        return Preview(
            events={self._event.id: replace(self._event, range=self._where, hit_points=kept)},
            snapped=snapped.at,
            words=_with_catch(words, snapped),
            words_at=(edge, to.y),
        )

    def drop(self) -> None:
        """Resize it."""
        if self._where != self._event.range:
            set_range(self._ground.model, self._event.id, self._where)


class MoveHit:
    """Moves a hit point between its neighbours."""

    def __init__(self, ground: Ground, event: Event, index: int) -> None:
        self._ground, self._event, self._index = ground, event, index
        self._sample = event.hit_points[index].sample

    def drag(self, to: Pointer) -> Preview:
        """The event with the hit point at its new place."""
        hits = list(self._event.hit_points)
        where, index = self._event.range, self._index
        low = hits[index - 1].sample + 1 if index else where.start_samples
        high = hits[index + 1].sample if index + 1 < len(hits) else where.end_samples
        wanted = self._ground.sample(to)
        snapped = self._ground.snapped(wanted, free=to.free)
        self._sample = max(low, min(wanted + snapped.by, high - 1))
        hits[index] = replace(hits[index], sample=self._sample)
        moved_by = self._sample - self._event.hit_points[index].sample
        words = f"{self._ground.timecode(self._sample)}  {signed_seconds(moved_by)}"
        return Preview(
            events={self._event.id: replace(self._event, hit_points=tuple(hits))},
            snapped=snapped.at,
            words=_with_catch(words, snapped),
            words_at=(self._sample, to.y),
        )

    def drop(self) -> None:
        """Move it."""
        if self._sample != self._event.hit_points[self._index].sample:
            move_hit(self._ground.model, self._event.id, self._index, self._sample)


class _Stretch:
    """From where a drag began to where the pointer is now, both ends snapped and inside the film."""

    def __init__(self, ground: Ground, start: Pointer) -> None:
        self._ground = ground
        self._begin, _ = self._caught(start)

    def to(self, pointer: Pointer) -> tuple[int, int, int, Snapped]:
        """Low end, high end, the moving end, and what that was caught by."""
        end, snapped = self._caught(pointer)
        return min(self._begin, end), max(self._begin, end), end, snapped

    def _caught(self, pointer: Pointer) -> tuple[int, Snapped]:
        at = self._ground.sample(pointer)
        snapped = self._ground.snapped(at, free=pointer.free)
        return _held(at + snapped.by, self._ground.film_end), snapped


class MakeEvent:
    """Draws a new event in an empty stretch of a lane."""

    def __init__(self, ground: Ground, lane: str, start: Pointer) -> None:
        self._ground, self._lane = ground, lane
        self._stretch = _Stretch(ground, start)
        self._where: TimeRange | None = None

    def drag(self, to: Pointer) -> Preview:
        """The outline of the event."""
        ground = self._ground
        low, high, end, snapped = self._stretch.to(to)
        if high - low < SHORTEST_EVENT:
            self._where = None
            return Preview()
        self._where = TimeRange(low, high)
        words = f"{ground.timecode(low)}  {self._where.duration_s:.3f} s"
        return Preview(
            outline=(self._lane, self._where),
            snapped=snapped.at,
            words=_with_catch(words, snapped),
            words_at=(end, to.y),
        )

    def drop(self) -> None:
        """Make it, unless it would be too short to be meant."""
        if self._where is not None:
            make_event(self._ground.model, self._lane, self._where)


class MarkSegment:
    """Marks in and out with one drag along the ruler."""

    def __init__(self, ground: Ground, start: Pointer) -> None:
        self._ground = ground
        self._stretch = _Stretch(ground, start)
        self._segment: TimeRange | None = None

    def drag(self, to: Pointer) -> Preview:
        """The segment."""
        ground = self._ground
        low, high, end, snapped = self._stretch.to(to)
        self._segment = TimeRange(low, high) if high > low else None
        words = f"{ground.timecode(low)} to {ground.timecode(high)}  {signed_seconds(high - low)[1:]}"
        return Preview(
            marks=(low, high), snapped=snapped.at, words=_with_catch(words, snapped), words_at=(end, to.y)
        )

    def drop(self) -> None:
        """Set both marks."""
        if self._segment is not None:
            set_marks(self._ground.playhead, self._segment.start_samples, self._segment.end_samples)


class MoveMark:
    """Moves the in or the out mark, not across the other one."""

    def __init__(self, ground: Ground, part: Part) -> None:
        self._ground, self._part = ground, part
        self._marks = (ground.playhead.mark_in, ground.playhead.mark_out)

    def drag(self, to: Pointer) -> Preview:
        """Both marks."""
        ground = self._ground
        wanted = ground.sample(to)
        snapped = ground.snapped(wanted, free=to.free)
        sample = _held(wanted + snapped.by, ground.film_end)
        mark_in, mark_out = ground.playhead.mark_in, ground.playhead.mark_out
        if self._part is Part.MARK_IN:
            mark_in = sample if mark_out is None else min(sample, mark_out - 1)
        else:
            mark_out = sample if mark_in is None else max(sample, mark_in + 1)
        self._marks = (mark_in, mark_out)
        words = _with_catch(ground.timecode(sample), snapped)
        return Preview(marks=self._marks, snapped=snapped.at, words=words, words_at=(sample, to.y))

    def drop(self) -> None:
        """Set it."""
        set_marks(self._ground.playhead, *self._marks)


class Scrub:
    """Takes the playhead along."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def drag(self, to: Pointer) -> Preview:
        """Go there at once."""
        self._ground.playhead.seek(_held(self._ground.sample(to), self._ground.film_end))
        return Preview()

    def drop(self) -> None:
        """It stays where it is."""


def set_marks(playhead: Playhead, mark_in: int | None, mark_out: int | None) -> None:
    """Set both marks together, whatever they were."""
    playhead.clear_marks()
    if mark_in is not None:
        playhead.set_mark_in(mark_in)
    if mark_out is not None:
        playhead.set_mark_out(mark_out)


def signed_seconds(samples: int) -> str:
    """A shift in words: "+0.040 s"."""
    return f"{samples / 48_000:+.3f} s"


def _with_catch(words: str, snapped: Snapped) -> str:
    return f"{words}  on {snapped.words}" if snapped.at is not None else words


def _held(sample: int, film_end: int) -> int:
    return max(0, min(sample, film_end))


def _inside(where: TimeRange, sample: int) -> bool:
    return where.start_samples <= sample < where.end_samples
