"""A window's state with its files, without the window: what the tests of menu File work with."""

from dataclasses import dataclass, replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.project.take_files import add_take_file
from engine.records import Take
from msg_studio.files.project_files import ProjectFiles
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
from tests.engine.project.samples import write_wav
from tests.msg_studio.scene import STEP, make_take


@dataclass
class Desk:
    """A window's state with its files, in a folder of its own."""

    model: ProjectModel
    autosave: Autosave
    files: ProjectFiles
    root: Path

    def leave(self) -> None:
        self.files.shut_down()
        self.autosave.shut_down()


def make_desk(root: Path) -> Desk:
    model = ProjectModel()
    autosave = Autosave(model, root=root / "working")
    files = ProjectFiles(model, autosave, root=root, recent_file=root / "recent.json")
    return Desk(model, autosave, files, root)


def open_here(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_folder(folder)


def save_here(qtbot: QtBot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.files.saved):
        assert desk.files.save()


def new_take(desk: Desk, number: int, wav: Path) -> Take:
    """A take as the engine hands it over: its WAV lies in the folder for takes."""
    stored = add_take_file(desk.files.takes_folder(), write_wav(wav, bytes([number, 0]) * 4))
    return replace(make_take(STEP, number), path=stored)


def settle(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: not desk.files.busy)
