from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.records import Event, HitPoint
from engine.timing import TimeRange
from msg_studio.views.timeline.geometry import (
    EMPTY_LANE_PX,
    GUIDE_PX,
    RULER_PX,
    Box,
    Part,
    Slot,
    Target,
    box_of,
    boxes_of,
    depths,
    diamond_px,
    lay_rows,
    stack,
    target_at,
)
from tests.msg_studio.views.timeline.small_timeline import DOOR, STEPS, PlainScale, S, event

LANES = ("feet", "moves", "props")
SCALE = PlainScale(480.0)  # 100 px a second
ROWS = lay_rows(LANES, {"feet": 1, "props": 1}, height=300)


def target(x: float, y: float, **named: object) -> Target:
    slots = stack([STEPS, DOOR])
    boxes = boxes_of([STEPS, DOOR], ROWS, slots, SCALE, left=0, right=1000)
    return target_at(x, y, rows=ROWS, boxes=boxes, scale=SCALE, **named)


def steps_box() -> Box:
    row = ROWS.lane("feet")
    assert row is not None
    return box_of(STEPS, row, Slot(), SCALE)


ranges = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(ranges, max_size=25))
def test_events_that_overlap_never_share_a_slot(found: list[tuple[int, int]]) -> None:
    events = [event(str(n), "feet", start, end) for n, (start, end) in enumerate(found)]
    slots = stack(events)
    for one in events:
        assert slots[one.id].place < slots[one.id].depth
        for other in events:
            overlap = (
                one.id < other.id
                and one.range.start_samples < other.range.end_samples
                and other.range.start_samples < one.range.end_samples
            )
            if overlap:
                assert slots[one.id].place != slots[other.id].place
                assert slots[one.id].depth == slots[other.id].depth


def test_depth_is_that_of_the_cluster_and_apart_events_keep_the_whole_lane() -> None:
    events = [
        event("a", "feet", 0, 4),
        event("b", "feet", 1, 2),
        event("c", "feet", 2, 3),  # fits below a, in the slot that b left
        event("d", "feet", 4, 5),
        event("e", "props", 0, 9),
    ]
    assert stack(events) == {
        "a": Slot(0, 2),
        "b": Slot(1, 2),
        "c": Slot(1, 2),
        "d": Slot(0, 1),
        "e": Slot(0, 1),
    }
    assert depths(events, stack(events)) == {"feet": 2, "props": 1}


def test_rows_follow_each_other_and_fill_the_height() -> None:
    rows = lay_rows(LANES, {"feet": 2}, height=260)
    assert (rows.ruler.top, rows.ruler.height) == (0, RULER_PX)
    assert (rows.guide.top, rows.guide.height) == (RULER_PX, GUIDE_PX)
    assert rows.lanes[0].top == rows.guide.bottom
    assert rows.lanes[1].top == rows.lanes[0].bottom
    assert 255 <= rows.lanes[-1].bottom <= 260
    assert rows.lanes[0].height > rows.lanes[1].height >= EMPTY_LANE_PX
    assert rows.hidden_px == 0


def test_lanes_without_room_scroll_and_stop_at_the_last() -> None:
    least = RULER_PX + GUIDE_PX + 3 * EMPTY_LANE_PX
    rows = lay_rows(LANES, {}, height=least - 20, scroll=500)
    assert rows.hidden_px == 20
    assert rows.lanes[0].top == rows.lanes_top - 20
    assert rows.lanes[-1].bottom == least - 20
    assert rows.lane_at(rows.lanes_top - 5) is None, "what is scrolled away cannot be clicked"


def test_box_lies_where_its_samples_are_and_is_never_too_thin() -> None:
    assert (steps_box().x, steps_box().right) == (100.0, 300.0)
    short = replace(STEPS, range=TimeRange(S, S + 10))
    row = ROWS.lanes[0]
    assert box_of(short, row, Slot(), SCALE).width == 4.0


def test_slots_lie_below_each_other_inside_their_lane() -> None:
    row = ROWS.lanes[0]
    upper, lower = (box_of(STEPS, row, Slot(place, 2), SCALE) for place in (0, 1))
    assert row.top < upper.y < upper.bottom < lower.y < lower.bottom < row.bottom


def test_boxes_outside_the_view_are_left_out() -> None:
    slots = stack([STEPS, DOOR])
    found = boxes_of([STEPS, DOOR], ROWS, slots, SCALE, left=0, right=310)
    assert [box.event.id for box in found] == ["steps"]


@pytest.mark.parametrize(
    ("x", "expected"),
    [(97.0, Part.START), (104.0, Part.START), (200.0, Part.BODY), (296.0, Part.END), (303.0, Part.END)],
)
def test_body_and_edges_of_an_event(x: float, expected: Part) -> None:
    assert target(x, steps_box().y + 4) == Target(expected, "feet", "steps")


def test_diamond_is_taken_at_the_foot_and_the_body_above_it() -> None:
    box = steps_box()
    assert target(252, box.hit_y) == Target(Part.HIT, "feet", "steps", 1)
    assert target(252, box.y + 4).part is Part.BODY
    assert target(200, box.hit_y).part is Part.BODY


def test_crowded_diamonds_are_not_shown_and_cannot_be_taken() -> None:
    row = ROWS.lanes[0]
    crowded = box_of(STEPS, row, Slot(), PlainScale(4800.0))  # 20 px for two hit points
    assert not crowded.shows_diamonds
    found = target_at(21, crowded.hit_y, rows=ROWS, boxes=[crowded], scale=PlainScale(4800.0))
    assert found.part is Part.BODY


def test_rows_without_events() -> None:
    assert target(500, 5).part is Part.RULER
    assert target(500, RULER_PX + 5).part is Part.GUIDE
    assert target(700, steps_box().y) == Target(Part.LANE, "feet")
    assert target(500, 299.9).part in (Part.LANE, Part.NOTHING)


def test_marks_can_be_taken_in_the_ruler_only() -> None:
    marks = (2 * S, 4 * S)
    assert target(203, 5, marks=marks).part is Part.MARK_IN
    assert target(398, 5, marks=marks).part is Part.MARK_OUT
    assert target(300, 5, marks=marks).part is Part.RULER
    assert target(200, RULER_PX + 3, marks=marks).part is Part.GUIDE


def test_of_two_events_end_to_end_the_one_under_the_point_is_meant() -> None:
    left, right = event("left", "feet", 1, 2), event("right", "feet", 2, 3)
    boxes = boxes_of([left, right], ROWS, stack([left, right]), SCALE, left=0, right=999)
    y = boxes[0].y + 3
    assert target_at(199, y, rows=ROWS, boxes=boxes, scale=SCALE, selected="right").event_id == "left"
    assert target_at(201, y, rows=ROWS, boxes=boxes, scale=SCALE, selected="left").event_id == "right"


def test_stronger_hit_points_have_larger_diamonds() -> None:
    box = steps_box()
    sizes = [diamond_px(HitPoint(0, strength), box) for strength in (0.0, 0.5, 1.0, 7.0)]
    assert sizes[0] < sizes[1] < sizes[2] == sizes[3]


@given(st.floats(0, 1000), st.floats(0, 299))
def test_every_point_has_a_target_that_exists(x: float, y: float) -> None:
    found = target(x, y)
    known: dict[str, Event] = {"steps": STEPS, "door": DOOR}
    assert not found.event_id or known[found.event_id].lane == found.lane
    assert found.part is not Part.HIT or 0 <= found.hit < len(known[found.event_id].hit_points)
