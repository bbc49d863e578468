"""How the user listens on this machine: remembered, heard at once, taken back when not confirmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from msg_studio.qt_models.playhead import Playhead
from msg_studio.settings import Settings
from msg_studio.views.main_window import MainWindow
from msg_studio.wiring.monitoring import MonitorWiring
from msg_studio.workers.playback import Playback
from tests.msg_studio.workers.hand_output import HandOutput


class NotingPlayback(Playback):
    """Notes what it is set to."""

    def __init__(self) -> None:
        super().__init__(Playhead(), open_output=lambda **_: HandOutput())
        self.offsets: list[float] = []
        self.scrub_sounds: list[bool] = []

    def set_monitor_offset_ms(self, offset_ms: float) -> None:
        self.offsets.append(offset_ms)

    def set_scrub_sound(self, on: bool) -> None:
        self.scrub_sounds.append(on)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "window.ini")


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=MainWindow.let_close)
    window.show()
    return window


@pytest.fixture
def playback(qtbot: QtBot) -> Iterator[NotingPlayback]:
    made = NotingPlayback()
    yield made
    made.shut_down()


def ask_offset(window: MainWindow) -> QInputDialog:
    window.action("monitor offset").trigger()
    dialog = window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    return dialog


def test_what_was_remembered_is_used_from_the_start(
    settings: Settings, window: MainWindow, playback: NotingPlayback
) -> None:
    settings.set_monitor_offset_ms(40)
    settings.set_scrub_sound(False)
    MonitorWiring(settings, playback, window, QObject(window))
    assert (playback.offsets, playback.scrub_sounds) == ([40], [False])
    assert not window.action("scrub sound").isChecked()


def test_sound_while_scrubbing_is_switched_and_remembered(
    settings: Settings, window: MainWindow, playback: NotingPlayback
) -> None:
    MonitorWiring(settings, playback, window, QObject(window))
    window.action("scrub sound").trigger()
    assert (playback.scrub_sounds, settings.scrub_sound) == ([True, False], False)


def test_monitor_offset_is_heard_while_it_is_set_and_kept_when_confirmed(
    settings: Settings, window: MainWindow, playback: NotingPlayback
) -> None:
    MonitorWiring(settings, playback, window, QObject(window))
    dialog = ask_offset(window)
    dialog.setIntValue(60)
    assert (playback.offsets, settings.monitor_offset_ms) == ([0, 60], 0)
    dialog.accept()
    assert (playback.offsets[-1], settings.monitor_offset_ms) == (60, 60)


def test_monitor_offset_that_was_only_tried_is_taken_back(
    settings: Settings, window: MainWindow, playback: NotingPlayback
) -> None:
    settings.set_monitor_offset_ms(20)
    MonitorWiring(settings, playback, window, QObject(window))
    dialog = ask_offset(window)
    assert dialog.intValue() == 20
    dialog.setIntValue(500)
    dialog.reject()
    assert (playback.offsets, settings.monitor_offset_ms) == ([20, 500, 20], 20)
