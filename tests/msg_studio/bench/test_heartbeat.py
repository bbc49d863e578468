"""The heartbeat bench: its percentiles and its row."""

import pytest

from msg_studio.bench.heartbeat import Stretch, percentile


@pytest.mark.parametrize(("share", "value"), [(50, 50.0), (99, 99.0), (100, 100.0), (1, 1.0)])
def test_percentile_is_the_value_so_many_do_not_exceed(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], share) == value


def test_row_names_the_longest_wait() -> None:
    stretch = Stretch("flood", [20.0, 20.0, 31.5], 7)
    assert stretch.row() == ("flood", "3", "20.0", "31.5", "31.5", "7")
