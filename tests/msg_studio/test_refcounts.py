"""Calls into Qt leave the counts of None and True as they were; PySide6 6.12 on Python 3.11 lowers them."""

import gc
import sys

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from msg_studio.bench.repaints import Drift, measure

CALLS = 500
FEW = 50


class Sender(QObject):
    sent = Signal(int)


def counts() -> tuple[int, int]:
    gc.collect()
    return sys.getrefcount(None), sys.getrefcount(True)


def test_updates_keep_the_count_of_none(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = counts()
    for _ in range(CALLS):
        widget.update()
    assert abs(counts()[0] - before[0]) < FEW


def test_signals_keep_the_count_of_true(qtbot: QtBot) -> None:
    sender = Sender()
    received: list[int] = []
    sender.sent.connect(received.append)
    before = counts()
    for number in range(CALLS):
        sender.sent.emit(number)
    assert len(received) == CALLS
    assert abs(counts()[1] - before[1]) < FEW


def test_new_images_in_a_plot_lose_no_reference(qtbot: QtBot) -> None:
    plot = pyqtgraph.PlotWidget()
    qtbot.addWidget(plot)
    item = pyqtgraph.ImageItem(axisOrder="row-major")
    plot.addItem(item)
    plot.show()
    images = [np.full((8, 8), value, dtype=np.float32) for value in (0.2, 0.8)]
    shown = iter(images * CALLS)

    def show_next() -> None:
        item.setImage(next(shown), levels=(0, 1))
        plot.repaint()

    drift = measure("heatmap", show_next, CALLS)
    plot.close()
    assert min(drift.of_none, drift.of_true) > -FEW
    assert drift.of_objects < FEW


@pytest.mark.parametrize(
    ("changes", "sound"),
    [
        ((0, 0, 0), True),
        ((-500, 0, 0), False),
        ((0, -500, 0), False),
        ((9000, 0, 0), True),
        ((0, 0, 500), False),
    ],
)
def test_bench_calls_lost_references_and_piled_up_objects_unsound(
    changes: tuple[int, int, int], sound: bool
) -> None:
    assert Drift("timeline", 500, *changes).is_sound is sound
