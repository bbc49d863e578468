"""Waiting lets Qt work, returns at once when there is nothing to wait for, and gives up in time."""

import pytest
from PySide6.QtCore import QObject, QTimer

from engine.errors import WorkError
from msg_studio.event_wait import wait_until

pytestmark = pytest.mark.usefixtures("qapp")


def test_qt_goes_on_while_we_wait() -> None:
    beats: list[int] = []
    owner = QObject()
    timer = QTimer(owner, interval=1)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start()
    wait_until(lambda: len(beats) >= 5, "Five beats", limit_s=30)
    timer.stop()
    assert len(beats) >= 5


def test_what_is_so_already_takes_no_time() -> None:
    asked: list[int] = []
    wait_until(lambda: asked.append(1) is None, "Nothing", limit_s=30)
    assert len(asked) == 2


def test_what_does_not_come_is_named() -> None:
    with pytest.raises(WorkError, match="The moon did not come within 0 s"):
        wait_until(lambda: False, "The moon", limit_s=0.05)
