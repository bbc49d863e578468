"""The time axis: pixels and samples agree, the film stays in view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.timing import TimeRange
from msg_studio.qt_models.time_axis import TimeAxis

FILM = 48_000 * 60


@pytest.fixture
def axis() -> TimeAxis:
    return axis_of_film()


def axis_of_film() -> TimeAxis:
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_duration(FILM)
    return axis


def test_the_whole_film_fits_at_first(axis: TimeAxis) -> None:
    assert axis.x_of(0) == 0
    assert axis.x_of(FILM) == pytest.approx(1000)


def test_what_fitted_exactly_still_fits_when_the_width_changes(axis: TimeAxis) -> None:
    axis.set_width(500)
    assert axis.x_of(FILM) == pytest.approx(500)


@given(x=st.floats(0, 1000), factor=st.floats(1.1, 50))
def test_the_sample_under_the_pointer_stays_when_zooming_in(x: float, factor: float) -> None:
    axis = axis_of_film()
    before = axis.first_sample + x * axis.samples_per_pixel
    axis.zoom(factor, around_x=x)
    assert axis.first_sample + x * axis.samples_per_pixel == pytest.approx(before, abs=1)


@given(steps=st.lists(st.tuples(st.floats(0.05, 20), st.floats(0, 1000)), max_size=20))
def test_no_zooming_leaves_the_film(steps: list[tuple[float, float]]) -> None:
    axis = axis_of_film()
    for factor, x in steps:
        axis.zoom(factor, around_x=x)
        assert 0 <= axis.first_sample <= FILM
        assert axis.x_of(FILM) >= 999


def test_a_range_is_shown_with_a_margin(axis: TimeAxis) -> None:
    axis.show_range(TimeRange(480_000, 960_000))
    assert 0 < axis.x_of(480_000) < 60
    assert 940 < axis.x_of(960_000) < 1000


def test_the_page_turns_when_the_playhead_leaves_it(axis: TimeAxis) -> None:
    axis.show_range(TimeRange(0, 480_000))
    axis.keep_visible(700_000)
    assert 0 <= axis.x_of(700_000) < 100
