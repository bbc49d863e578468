"""The studio's beginning and end: closed while it starts, what cannot be loaded, what is posted late."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

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


def test_closed_while_it_starts_nothing_moves_in_any_more(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, go_on = Event(), Event()

    def load(_: str) -> None:
        loading.set()
        go_on.wait(30)

    monkeypatch.setattr(studio_module.importlib, "import_module", load)
    studio = Studio()
    ready: list[bool] = []
    studio.ready.connect(lambda: ready.append(True))
    studio.window.show()
    studio.start()
    qtbot.waitUntil(loading.is_set)
    studio.window.close()
    qtbot.waitUntil(lambda: not studio.window.isVisible())
    go_on.set()
    studio.shut_down()
    QCoreApplication.processEvents()
    assert ready == []


def test_closed_before_it_begins_to_load_it_never_does(qtbot: QtBot) -> None:
    studio = Studio()
    studio.start()
    studio.shut_down()
    QCoreApplication.processEvents()
    assert studio._thread is None


def test_types_of_qt_are_complete_before_a_thread_needs_them(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Module:
        def __dir__(self) -> list[str]:
            return ["QThing"]

        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return object

    def load(_: str) -> None:
        asked.append("loaded")

    monkeypatch.setattr(studio_module, "QT_MODULES", (Module(), Module()))
    monkeypatch.setattr(studio_module.importlib, "import_module", load)
    studio = Studio()
    studio._loaded.disconnect(studio._move_in)
    with qtbot.waitSignal(studio._loaded):
        studio.start()
    assert asked == ["QThing", "QThing", "loaded"]
    studio.shut_down()


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
