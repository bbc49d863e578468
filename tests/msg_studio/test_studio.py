"""The studio's beginning and end: closed while it starts, what cannot be loaded, what is posted late."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from engine.project.project_lock import LOCK_FILE
from msg_studio import studio as studio_module
from msg_studio.studio import Studio
from tests.msg_studio.scene import saved_project


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MSG_AUDIO", "silent")
    yield
    QCoreApplication.processEvents()  # what was posted too late shows here


def test_closed_while_it_starts_nothing_moves_in_any_more(qtbot: QtBot) -> None:
    studio = Studio()
    ready: list[bool] = []
    studio.ready.connect(lambda: ready.append(True))
    studio.window.show()
    studio.start()
    studio.window.close()
    qtbot.waitUntil(lambda: not studio.window.isVisible())
    studio.shut_down()
    QCoreApplication.processEvents()
    assert ready == []


def test_closed_while_a_project_opens_late_answers_reach_nobody(qtbot: QtBot, tmp_path: Path) -> None:
    studio = Studio()
    with qtbot.waitSignal(studio.ready, timeout=60_000):
        studio.start()
    folder = saved_project(tmp_path)
    studio.open(folder)
    studio.open_sample()
    studio.shut_down()
    assert not (folder / LOCK_FILE).exists()
    QCoreApplication.processEvents()  # an answer to a destroyed window would be an error here


def test_what_cannot_be_loaded_is_said_on_the_welcome_page(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(studio_module, "WORKSHOP", "msg_studio.no_such_workshop")
    studio = Studio()
    studio.start()
    qtbot.waitUntil(lambda: "The program is not whole" in studio.window.welcome.problem.text())
    studio.open(tmp_path)
    studio.shut_down()
