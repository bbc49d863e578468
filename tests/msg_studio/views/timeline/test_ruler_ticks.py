from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.project.project import new_project
from engine.timecode import format_timecode, project_rate, sample_of_timecode
from msg_studio.views.timeline.ruler_ticks import counted_frame, frame_steps, ticks
from tests.msg_studio.views.timeline.small_timeline import FILM, PlainScale, S

PROJECT = new_project("Film", FILM)
DROP = new_project("Film", FILM).with_timecode(rate=project_rate(Fraction(30000, 1001), drop_frame=True))
LABEL_PX = 70.0


def labels(scale: PlainScale, width: float = 1000) -> list[tuple[float, str]]:
    found = ticks(PROJECT, scale, width=width, label_px=LABEL_PX)
    return [(tick.x, tick.label) for tick in found if tick.label]


def test_labels_stand_on_seconds_when_a_second_is_100_px() -> None:
    assert labels(PlainScale(480.0), width=350) == [
        (0.0, "01:00:00:00"),
        (100.0, "01:00:01:00"),
        (200.0, "01:00:02:00"),
        (300.0, "01:00:03:00"),
    ]


def test_labels_stand_on_frames_when_there_is_room() -> None:
    found = labels(PlainScale(19.2), width=250)  # 100 px a frame
    assert [label for _, label in found] == ["01:00:00:00", "01:00:00:01", "01:00:00:02"]


def test_labels_stand_on_minutes_in_a_long_film() -> None:
    found = labels(PlainScale(60 * S / 90), width=200)  # 90 px a minute
    assert [label for _, label in found] == ["01:00:00:00", "01:01:00:00", "01:02:00:00"]


def test_a_start_off_the_second_keeps_labels_on_whole_seconds() -> None:
    project = PROJECT.with_timecode(start_label="00:59:59:20")
    found = [tick for tick in ticks(project, PlainScale(480.0), width=130, label_px=LABEL_PX) if tick.label]
    assert [(tick.x, tick.label) for tick in found] == [(20.0, "01:00:00:00"), (120.0, "01:00:01:00")]


def test_numbers_that_drop_frame_leaves_out_stand_on_the_next_one() -> None:
    rate = DROP.rate
    minute = sample_of_timecode(rate, "01:00:00;00", "01:01:00;02")
    scale = PlainScale(400.0, first=minute - 8000)
    found = [tick for tick in ticks(DROP, scale, width=100, label_px=LABEL_PX) if tick.label]
    assert [(tick.x, tick.label) for tick in found] == [(20.0, "01:01:00;02")]
    assert counted_frame(rate, 60 * 30) == 1800


@given(
    st.floats(4, 1e7),
    st.integers(0, 40_000 * S),
    st.sampled_from(["24000/1001", "24", "25", "30", "30000/1001", "50", "60000/1001"]),
    st.booleans(),
)
def test_labels_never_overlap_and_say_the_frame_they_stand_on(
    samples_per_pixel: float, first: int, fps: str, drop: bool
) -> None:
    drop = drop and fps in ("30000/1001", "60000/1001")
    rate = project_rate(Fraction(fps), drop_frame=drop)
    project = replace(PROJECT, rate=rate)
    scale = PlainScale(samples_per_pixel, first=first)
    found = ticks(project, scale, width=1400, label_px=LABEL_PX)
    assert len(found) <= 1400
    named = [tick for tick in found if tick.label]
    for one, other in zip(named, named[1:], strict=False):
        assert one.x + LABEL_PX < other.x
    for tick in named:
        sample = round(first + tick.x * samples_per_pixel)
        assert tick.label == format_timecode(rate, project.start_label, sample)


@pytest.mark.parametrize("fps", [24, 25, 30, 50])
def test_steps_below_a_second_divide_it(fps: int) -> None:
    steps = frame_steps(project_rate(Fraction(fps)))
    assert steps[0] == 1
    assert list(steps) == sorted(steps)
    assert all(fps % step == 0 for step in steps if step < fps)
