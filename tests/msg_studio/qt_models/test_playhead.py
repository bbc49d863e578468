"""The playhead: stays in the film, tells seeking from following, keeps its marks in order."""

import pytest

from engine.timing import TimeRange
from msg_studio.qt_models.playhead import Playhead


@pytest.fixture
def playhead() -> Playhead:
    playhead = Playhead()
    playhead.set_duration(1000)
    return playhead


@pytest.mark.parametrize(("asked", "reached"), [(-5, 0), (400, 400), (1000, 1000), (2000, 1000)])
def test_a_seek_ends_inside_the_film(playhead: Playhead, asked: int, reached: int) -> None:
    sought: list[int] = []
    playhead.sought.connect(sought.append)
    playhead.seek(asked)
    assert (playhead.position, sought) == (reached, [reached])


def test_following_is_no_seek(playhead: Playhead) -> None:
    sought: list[int] = []
    moved: list[int] = []
    playhead.sought.connect(sought.append)
    playhead.moved.connect(moved.append)
    playhead.follow(30)
    playhead.follow(30)
    assert (sought, moved) == ([], [30])


def test_play_and_stop_are_said_once(playhead: Playhead) -> None:
    speeds: list[float] = []
    playhead.speed_changed.connect(speeds.append)
    playhead.toggle()
    playhead.play(1.0)
    playhead.play(16.0)
    playhead.toggle()
    assert speeds == [1.0, 8.0, 0.0]


def test_a_segment_needs_both_marks_in_order(playhead: Playhead) -> None:
    playhead.set_mark_in(100)
    assert playhead.segment is None
    playhead.set_mark_out(300)
    assert playhead.segment == TimeRange(100, 300)
    playhead.set_mark_in(400)
    assert playhead.segment is None
    assert playhead.mark_out is None


def test_another_film_starts_stopped_and_unmarked(playhead: Playhead) -> None:
    playhead.seek(500)
    playhead.set_mark_in(100)
    playhead.play()
    playhead.set_duration(200)
    assert (playhead.position, playhead.speed, playhead.mark_in) == (0, 0.0, None)
