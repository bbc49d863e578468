from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from msg_studio.views.timeline.snapping import SNAP_PX, SnapGrid, Snapped, SnapPoint, snap_points
from tests.msg_studio.views.timeline.small_timeline import DOOR, STEPS, S

FPS = Fraction(25)
NUMBERS = {"steps": 1, "door": 2}


def test_catches_within_six_pixels_and_not_beyond() -> None:
    grid = SnapGrid([SnapPoint(1000 * 7, "hit point of cue 1")], fps=Fraction(1, 1000))
    assert grid.snap([7050], samples_per_pixel=10) == Snapped(-50, 7000, "hit point of cue 1")
    assert grid.snap([7061], samples_per_pixel=10) == Snapped()


def test_the_nearest_of_several_moving_samples_catches() -> None:
    grid = SnapGrid([SnapPoint(1000, "a"), SnapPoint(5000, "b")], fps=Fraction(1, 1000))
    assert grid.snap([1040, 4990], samples_per_pixel=10) == Snapped(10, 5000, "b")


def test_points_come_before_frames() -> None:
    frame = S // 25
    grid = SnapGrid([SnapPoint(frame + 50, "playhead")], fps=FPS)
    assert grid.snap([frame + 5], samples_per_pixel=10) == Snapped(45, frame + 50, "playhead")
    assert grid.snap([3 * frame + 5], samples_per_pixel=10) == Snapped(-5, None, "frame")


def test_far_from_a_frame_edge_nothing_catches() -> None:
    assert SnapGrid([], fps=FPS).snap([960], samples_per_pixel=10) == Snapped()


def test_points_are_those_of_the_other_events_playhead_and_marks() -> None:
    points = snap_points([STEPS, DOOR], numbers=NUMBERS, leave_out="steps", playhead=7, marks=(None, 9))
    assert [(point.sample, point.words) for point in points] == [
        (4 * S, "start of cue 2"),
        (6 * S, "end of cue 2"),
        (5 * S, "hit point of cue 2"),
        (7, "playhead"),
        (9, "out mark"),
    ]


@given(
    st.lists(st.integers(0, 500_000), max_size=20),
    st.lists(st.integers(0, 500_000), min_size=1, max_size=4),
    st.floats(4, 2000),
)
def test_a_catch_is_never_longer_than_the_reach_and_is_the_best_there_is(
    points: list[int], moving: list[int], scale: float
) -> None:
    grid = SnapGrid([SnapPoint(sample, "x") for sample in points], fps=FPS)
    snapped = grid.snap(moving, samples_per_pixel=scale)
    assert abs(snapped.by) <= SNAP_PX * scale
    best = min((abs(point - one) for point in points for one in moving), default=None)
    if best is not None and best <= SNAP_PX * scale:
        assert abs(snapped.by) == best
        assert snapped.at in points
    else:
        assert snapped.at is None
