"""Where things lie on the timeline: rows, boxes of events, and what is under a point; numbers only.

Pixels are logical, x from the left of the canvas, y from its top. Samples are at 48 kHz.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Protocol

from engine.records import Event, HitPoint

RULER_PX = 24
GUIDE_PX = 26
EMPTY_LANE_PX = 26
SLOT_PX = 23
LARGEST_SLOT_PX = 76
LANE_MARGIN_PX = 3
SLOT_GAP_PX = 2
LEAST_EVENT_PX = 4.0

HIT_ZONE_PX = 14.0  # at the foot of an event; above it lies its body
LEAST_HIT_ZONE_PX = 9.0
TITLE_PX = 13.0  # of a low event; the rest is for its diamonds
LEAST_DIAMOND_PX = 3.0  # half a diagonal
LARGEST_DIAMOND_PX = 6.5
HIT_REACH_PX = 6.0
ROOM_FOR_DIAMOND_PX = 12.0  # of an event's width, for each of its hit points
EDGE_INSIDE_PX = 6.0
EDGE_OUTSIDE_PX = 4.0
MARK_REACH_PX = 5.0


class Scale(Protocol):
    """What maps samples to pixels; the time axis of the window is one."""

    def x_of(self, sample: float, /) -> float:
        """Pixel of a sample."""
        ...

    def sample_at(self, x: float, /) -> int:
        """Sample at a pixel."""
        ...


class Part(Enum):
    """What can lie under a point."""

    RULER = "ruler"
    MARK_IN = "in mark"
    MARK_OUT = "out mark"
    GUIDE = "guide"
    LANE = "lane"
    BODY = "body"
    START = "start edge"
    END = "end edge"
    HIT = "hit point"
    NOTHING = "nothing"


EVENT_PARTS = (Part.BODY, Part.START, Part.END, Part.HIT)


@dataclass(frozen=True)
class Target:
    """What lies under a point.

    Attributes:
        part: Its kind.
        lane: Name of the lane, empty outside the lanes.
        event_id: The event, empty where there is none.
        hit: Index of the hit point, -1 where there is none.
    """

    part: Part
    lane: str = ""
    event_id: str = ""
    hit: int = -1


@dataclass(frozen=True)
class Row:
    """A band across the timeline."""

    name: str
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """First pixel below."""
        return self.top + self.height

    def holds(self, y: float) -> bool:
        """Whether a height lies in the row."""
        return self.top <= y < self.bottom


@dataclass(frozen=True)
class Rows:
    """All bands, from the top.

    Attributes:
        ruler: The timecode ruler.
        guide: The production sound.
        lanes: The lanes in order; scrolled, so that some may lie outside.
        hidden_px: Height of the lanes for which there is no room.
    """

    ruler: Row
    guide: Row
    lanes: tuple[Row, ...]
    hidden_px: int

    @property
    def lanes_top(self) -> int:
        """Where the lanes begin when they are not scrolled; nothing of them is seen above."""
        return self.guide.bottom

    def lane(self, name: str) -> Row | None:
        """The row of a lane."""
        return next((row for row in self.lanes if row.name == name), None)

    def lane_at(self, y: float) -> Row | None:
        """The lane seen at a height."""
        if y < self.lanes_top:
            return None
        return next((row for row in self.lanes if row.holds(y)), None)


@dataclass(frozen=True)
class Slot:
    """A share of a lane's height: events that overlap lie beneath each other.

    Attributes:
        place: From 0 at the top.
        depth: Slots that share the height.
    """

    place: int = 0
    depth: int = 1


@dataclass(frozen=True)
class Box:
    """The rectangle of an event; it may reach outside the canvas."""

    event: Event
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """First pixel after it."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """First pixel below it."""
        return self.y + self.height

    @property
    def hit_zone(self) -> float:
        """Height of the strip at its foot where its diamonds lie."""
        return min(HIT_ZONE_PX, max(LEAST_HIT_ZONE_PX, self.height - TITLE_PX))

    @property
    def shows_diamonds(self) -> bool:
        """Whether there is room for its hit points as diamonds, which can be taken hold of."""
        return self.width >= ROOM_FOR_DIAMOND_PX * (len(self.event.hit_points) + 1)

    @property
    def hit_y(self) -> float:
        """Height at which the centres of its diamonds lie."""
        return self.bottom - self.hit_zone / 2


def stack(events: Iterable[Event]) -> dict[str, Slot]:
    """Slots by event id: no two events that overlap in a lane get the same one."""
    lanes: dict[str, list[Event]] = {}
    for event in events:
        lanes.setdefault(event.lane, []).append(event)
    return dict(chain.from_iterable(_stack_lane(lane) for lane in lanes.values()))


def depths(events: Iterable[Event], slots: Mapping[str, Slot]) -> dict[str, int]:
    """Most slots of each lane that has events."""
    most: dict[str, int] = {}
    for event in events:
        most[event.lane] = max(most.get(event.lane, 0), slots[event.id].depth)
    return most


def lay_rows(lanes: Sequence[str], depth_of: Mapping[str, int], *, height: int, scroll: int = 0) -> Rows:
    """Share the height among the rows.

    Args:
        lanes: Names of the lanes in order.
        depth_of: Slots of each lane; lanes without events may be absent.
        height: Height of the canvas.
        scroll: Pixels by which the lanes are scrolled up; kept within what is hidden.
    """
    ruler, guide = Row("ruler", 0, RULER_PX), Row("guide", RULER_PX, GUIDE_PX)
    heights = [_least_height(depth_of.get(name, 0)) for name in lanes]
    spare = height - guide.bottom - sum(heights)
    if spare > 0:
        heights = _widened(heights, [depth_of.get(name, 0) for name in lanes], spare)
    hidden = max(0, -spare)
    top = guide.bottom - min(max(0, scroll), hidden)
    rows = []
    for name, lane_height in zip(lanes, heights, strict=True):
        rows.append(Row(name, top, lane_height))
        top += lane_height
    return Rows(ruler, guide, tuple(rows), hidden)


def box_of(event: Event, row: Row, slot: Slot, scale: Scale) -> Box:
    """Rectangle of an event in its slot; the shortest is still wide enough to see."""
    room = (row.height - 2 * LANE_MARGIN_PX + SLOT_GAP_PX) / slot.depth
    left, right = scale.x_of(event.range.start_samples), scale.x_of(event.range.end_samples)
    top = row.top + LANE_MARGIN_PX + slot.place * room
    return Box(event, left, top, max(LEAST_EVENT_PX, right - left), room - SLOT_GAP_PX)


def boxes_of(
    events: Iterable[Event],
    rows: Rows,
    slots: Mapping[str, Slot],
    scale: Scale,
    *,
    left: float,
    right: float,
) -> list[Box]:
    """Boxes of the events that reach into a stretch of the canvas, in the order given."""
    by_name = {row.name: row for row in rows.lanes}
    found = []
    for event in events:
        row = by_name.get(event.lane)
        if row is None or row.bottom <= rows.lanes_top:
            continue
        box = box_of(event, row, slots.get(event.id, Slot()), scale)
        if box.x - LARGEST_DIAMOND_PX < right and box.right + LARGEST_DIAMOND_PX > left:
            found.append(box)
    return found


def diamond_px(hit: HitPoint, box: Box) -> float:
    """Half the diagonal of a hit point's diamond: the stronger, the larger."""
    strength = min(max(0.0, hit.strength), 1.0)
    wanted = LEAST_DIAMOND_PX + strength * (LARGEST_DIAMOND_PX - LEAST_DIAMOND_PX)
    return min(wanted, box.hit_zone / 2)


def target_at(
    x: float,
    y: float,
    *,
    rows: Rows,
    boxes: Sequence[Box],
    scale: Scale,
    marks: tuple[int | None, int | None] = (None, None),
    selected: str = "",
) -> Target:
    """What lies under a point; parts of the selected event come before its neighbours'.

    Args:
        x: Point.
        y: Point.
        rows: The bands.
        boxes: Boxes of the events seen.
        scale: The time axis.
        marks: In and out.
        selected: Id of the selected event.
    """
    if rows.ruler.holds(y):
        return _in_ruler(x, marks, scale)
    if rows.guide.holds(y):
        return Target(Part.GUIDE)
    row = rows.lane_at(y)
    if row is None:
        return Target(Part.NOTHING)
    of_lane = [box for box in boxes if box.event.lane == row.name]
    near = [box for box in of_lane if box.y <= y < box.bottom + SLOT_GAP_PX and _reaches(box, x)]
    near.sort(key=lambda box: (not box.x <= x < box.right, box.event.id != selected))
    for box in near:
        return _in_box(x, y, box, scale)
    return Target(Part.LANE, row.name)


def _stack_lane(events: list[Event]) -> list[tuple[str, Slot]]:
    """Greedy: each event takes the topmost slot that is free; depth is that of its whole cluster."""
    found: list[tuple[str, Slot]] = []
    cluster: list[tuple[str, int]] = []
    ends: list[int] = []
    in_time = sorted(events, key=lambda one: (one.range.start_samples, -one.range.end_samples, one.id))
    for event in in_time:
        start, end = event.range.start_samples, event.range.end_samples
        if ends and start >= max(ends):
            found += [(name, Slot(place, len(ends))) for name, place in cluster]
            cluster, ends = [], []
        place = next((place for place, last in enumerate(ends) if last <= start), len(ends))
        ends[place : place + 1] = [end]
        cluster.append((event.id, place))
    return found + [(name, Slot(place, len(ends))) for name, place in cluster]


def _least_height(depth: int) -> int:
    if depth == 0:
        return EMPTY_LANE_PX
    return depth * SLOT_PX + 2 * LANE_MARGIN_PX + (depth - 1) * SLOT_GAP_PX


def _widened(heights: list[int], depth_of: list[int], spare: int) -> list[int]:
    """Give spare height to the lanes by their slots, up to a height that is enough."""
    shares = [max(1, 2 * depth) for depth in depth_of]
    limits = [max(1, depth) * LARGEST_SLOT_PX for depth in depth_of]
    whole = sum(shares)
    return [
        max(height, min(limit, height + spare * share // whole))
        for height, share, limit in zip(heights, shares, limits, strict=True)
    ]


def _reaches(box: Box, x: float) -> bool:
    return box.x - EDGE_OUTSIDE_PX <= x < box.right + EDGE_OUTSIDE_PX


def _in_ruler(x: float, marks: tuple[int | None, int | None], scale: Scale) -> Target:
    found = [
        (abs(scale.x_of(mark) - x), part)
        for mark, part in zip(marks, (Part.MARK_IN, Part.MARK_OUT), strict=True)
        if mark is not None
    ]
    distance, part = min(found, key=lambda one: one[0], default=(MARK_REACH_PX + 1, Part.RULER))
    return Target(part if distance <= MARK_REACH_PX else Part.RULER)


def _in_box(x: float, y: float, box: Box, scale: Scale) -> Target:
    lane, event_id = box.event.lane, box.event.id
    if box.shows_diamonds and y >= box.bottom - box.hit_zone:
        distances = [abs(scale.x_of(hit.sample) - x) for hit in box.event.hit_points]
        if distances and min(distances) <= HIT_REACH_PX:
            return Target(Part.HIT, lane, event_id, distances.index(min(distances)))
    inside = min(EDGE_INSIDE_PX, box.width / 3)
    if x < box.x + inside:
        return Target(Part.START, lane, event_id)
    if x >= box.right - inside:
        return Target(Part.END, lane, event_id)
    return Target(Part.BODY, lane, event_id)
