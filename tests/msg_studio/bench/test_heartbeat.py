"""The heartbeat bench: its row."""

from msg_studio.bench.heartbeat import Stretch


def test_row_names_the_longest_wait() -> None:
    stretch = Stretch("flood", [20.0, 20.0, 31.5], 7)
    assert stretch.row() == ("flood", "3", "20.0", "31.5", "31.5", "7")
