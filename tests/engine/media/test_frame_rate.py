from fractions import Fraction

import numpy as np
import pytest

from engine.media.frame_rate import frame_rate
from engine.media.frame_table import FrameTable

NTSC = Fraction(30_000, 1001)
MILLISECOND = Fraction(1, 1000)


def table_of(pts: list[int], time_base: Fraction, *, last_duration: int = 0) -> FrameTable:
    times = np.array(pts, dtype=np.int64)
    return FrameTable(times, times == times[0], time_base, times[:1], last_duration)


def rounded(frames: int, fps: Fraction, time_base: Fraction) -> FrameTable:
    return table_of([round(index / fps / time_base) for index in range(frames)], time_base)


@pytest.mark.parametrize(
    "fps", [Fraction(24_000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(60_000, 1001)]
)
@pytest.mark.parametrize("time_base", [Fraction(1, 90_000), MILLISECOND])
def test_standard_rates_are_found_without_a_header(fps: Fraction, time_base: Fraction) -> None:
    rate = frame_rate(rounded(200, fps, time_base), (None, Fraction(0)))
    assert (rate.fps, rate.variable) == (fps, False)


def test_wrong_header_does_not_mislead() -> None:
    assert frame_rate(rounded(200, NTSC, MILLISECOND), (Fraction(30),)).fps == NTSC


def test_rounding_kept_from_mkv_in_a_finer_time_base_is_no_variable_rate() -> None:
    milliseconds = [round(index * 1000 / NTSC) for index in range(200)]
    rate = frame_rate(table_of([16 * time for time in milliseconds], Fraction(1, 16_000)), ())
    assert (rate.fps, rate.variable) == (NTSC, False)


def test_odd_steady_rate_is_kept() -> None:
    rate = frame_rate(rounded(215, Fraction(43, 2), Fraction(1, 11_008)), (Fraction(43, 2),))
    assert (rate.fps, rate.variable) == (Fraction(43, 2), False)


def test_uneven_distances_give_the_average() -> None:
    table = table_of([0, 10, 40, 50, 90], Fraction(1, 100), last_duration=20)
    rate = frame_rate(table, (Fraction(25),))
    assert (rate.fps, rate.variable) == (4 / Fraction(9, 10), True)
    assert rate.duration_s(table) == Fraction(11, 10)


def test_one_missing_picture_makes_the_rate_variable() -> None:
    pts = [3003 * index for index in range(100) if index != 50]
    assert frame_rate(table_of(pts, Fraction(1, 90_000)), (NTSC,)).variable


def test_last_picture_of_a_steady_film_stays_as_long_as_the_others() -> None:
    table = rounded(100, Fraction(25), Fraction(1, 90_000))
    assert frame_rate(table, ()).duration_s(table) == 4


def test_last_picture_of_unknown_length_stays_for_the_middle_distance() -> None:
    table = table_of([0, 10, 30, 60, 61], Fraction(1, 100))  # distances 10, 20, 30, 1: median 15
    assert frame_rate(table, ()).duration_s(table) == Fraction(76, 100)
