from fractions import Fraction

import numpy as np
import pytest

from engine.media.frame_table import FrameTable


def table_of(pts: list[int], *, time_base: Fraction) -> FrameTable:
    keyframe = np.zeros(len(pts), dtype=np.bool_)
    keyframe[::3] = True
    times = np.array(pts, dtype=np.int64)
    return FrameTable(times, keyframe, time_base, seek_points=times[keyframe])


def test_picture_is_shown_from_its_time_to_the_next() -> None:
    # Pictures at 0, 10 and 30 ms after the first, which lies at 5 ms.
    table = table_of([5, 15, 35], time_base=Fraction(1, 1000))
    assert [table.index_at(sample) for sample in (-1, 0, 479, 480, 1439, 1440, 99_999)] == [
        0,
        0,
        0,
        1,
        1,
        2,
        2,
    ]


def test_first_sample_of_a_picture_is_rounded_up() -> None:
    # At 30000/1001 a picture lasts 1601.6 samples.
    table = table_of([0, 1001, 2002, 3003], time_base=Fraction(1, 30_000))
    assert [table.sample_of(index) for index in range(4)] == [0, 1602, 3204, 4805]


@pytest.mark.parametrize("time_base", [Fraction(1, 90_000), Fraction(1, 24_000), Fraction(1, 1000)])
def test_sample_of_a_picture_leads_back_to_it(time_base: Fraction) -> None:
    steps = np.random.default_rng(5).integers(20, 4000, 500)
    table = table_of([-77, *(np.cumsum(steps) - 77).tolist()], time_base=time_base)
    assert [table.index_at(table.sample_of(index)) for index in range(len(table))] == list(range(501))


def test_sample_before_a_picture_shows_the_one_before() -> None:
    table = table_of([0, 1001, 2002, 3003], time_base=Fraction(1, 30_000))
    assert [table.index_at(table.sample_of(index) - 1) for index in (1, 2, 3)] == [0, 1, 2]


def test_seek_point_is_the_last_keyframe_not_after_the_picture() -> None:
    table = table_of([0, 10, 20, 30, 40, 50, 60], time_base=Fraction(1, 100))
    assert [table.seek_point_before(index) for index in range(7)] == [0, 0, 0, 1, 1, 1, 2]


def test_only_exact_times_are_pictures() -> None:
    table = table_of([0, 10, 20], time_base=Fraction(1, 100))
    assert [table.index_of_pts(pts) for pts in (10, 11, -1, 21, None)] == [1, None, None, None, None]
