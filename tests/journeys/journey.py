"""The real window for journeys: started, fed and looked at the way a user does it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QAbstractButton, QDialog, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engine.media.video_reader import probe
from engine.project.project import EventSetup, Project, new_project
from engine.project.project_file import save_project
from engine.records import Event, HitPoint
from engine.timing import TimeRange
from msg_studio.studio import Studio
from msg_studio.views.job_panel import JobRow
from msg_studio.workers.engine_client import EngineClient, Patience
from tests.coded_film import even_pts, impulse_at, make_film
from tests.journeys.scripted_engine import COMMAND

LONG_MS = 60_000
AT_ONCE = Patience(pauses_s=(0.01, 0.01, 0.01))
STEP = Event("e001", "props", "METLImpt", TimeRange(28_800, 144_000), (HitPoint(36_000),), 1.0, "by hand")
KNOCK = Event("e002", "props", "METLImpt", TimeRange(168_000, 216_000), (), 1.0, "by hand")
USER_FOLDERS = ("DATA", "CONFIG", "STATE", "CACHE")

Dialog = TypeVar("Dialog", bound=QDialog)


@contextmanager
def running_studio(
    qtbot: QtBot, *, command: Sequence[str] = COMMAND, patience: Patience = AT_ONCE
) -> Iterator[Studio]:
    """A window with its workshop moved in.

    Args:
        qtbot: Of the test.
        command: The engine; the scripted one when not given.
        patience: How long its client waits.
    """
    studio = Studio(engine=lambda parent: EngineClient(parent, command=command, patience=patience))
    studio.window.show()
    try:
        with qtbot.waitSignal(studio.ready, timeout=LONG_MS):
            studio.start()
        yield studio
    finally:
        studio.shut_down()


def short_film(path: Path, *, seconds: int = 5) -> Path:
    """A small film with production sound, at 25 pictures a second."""
    sound = impulse_at(24_000, length=48_000 * seconds)
    return make_film(path, pts=even_pts(25 * seconds, Fraction(25)), sound=sound)


def stored_project(place: Path, film: Path) -> Path:
    """A project folder with two events to do and no takes."""
    project = new_project(place.stem, probe(film))
    for event, prompt in ((STEP, "step on metal"), (KNOCK, "knock")):
        project = project.with_event(event, EventSetup(prompt=prompt))
    save_project(project, place)
    return place


def open_here(studio: Studio, qtbot: QtBot, path: Path) -> None:
    """Open a project or a film and wait for it."""
    opened = studio.workshop.files.opened
    with qtbot.waitSignal(opened, timeout=LONG_MS):
        studio.open(path)


def wait_until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    """Wait for something that comes in its own time."""
    qtbot.waitUntil(condition, timeout=LONG_MS)


def project_of(studio: Studio) -> Project:
    """The open project."""
    return studio.workshop.stage.model.project


def said(studio: Studio) -> str:
    """What the status line says."""
    return studio.window.statusBar().currentMessage()


def notice(studio: Studio) -> str:
    """What the strip above the page says, empty when it is hidden."""
    strip = studio.window.notices
    return "" if strip.isHidden() else strip.words.text()


def press_notice(studio: Studio, words: str) -> None:
    """Press a button of the strip."""
    button = next(one for one in studio.window.notices.buttons if one.text() == words and not one.isHidden())
    button.click()


def dialog_of(studio: Studio, qtbot: QtBot, kind: type[Dialog]) -> Dialog:
    """The dialog of a kind that is open, waited for."""

    def shown() -> list[Dialog]:
        return [one for one in studio.window.findChildren(kind) if one.isVisible()]

    wait_until(qtbot, lambda: len(shown()) == 1)
    return shown()[0]


def pick(studio: Studio, qtbot: QtBot, path: Path) -> None:
    """Pick a file or folder in the file dialog that is open."""
    dialog = dialog_of(studio, qtbot, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def answer(studio: Studio, qtbot: QtBot, words: str) -> None:
    """Press a button of the question that is open."""
    box = dialog_of(studio, qtbot, QMessageBox)
    button_of(box.buttons(), words).click()


def button_of(buttons: Sequence[QAbstractButton], words: str) -> QAbstractButton:
    """The button with these words."""
    return next(one for one in buttons if one.text().replace("&", "") == words)


def only_row(studio: Studio, qtbot: QtBot) -> JobRow:
    """The one job that is listed."""
    jobs = studio.window.work.jobs
    wait_until(qtbot, lambda: len(jobs.rows) == 1)
    return next(iter(jobs.rows.values()))


def user_folders(root: Path) -> dict[str, str]:
    """The environment of a user of one's own."""
    return {f"XDG_{kind}_HOME": str(root / kind.lower()) for kind in USER_FOLDERS}


def window_process_environment(root: Path) -> dict[str, str]:
    """The environment of a window in a process of its own."""
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    quiet = {"QT_QPA_PLATFORM": "offscreen", "MSG_AUDIO": "silent", "PYTHONPATH": paths}
    return {**os.environ, **user_folders(root), **quiet}
