"""What goes wrong on a user's desk, met by the whole window: nothing is lost, and every refusal is said."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.assets import asset_path
from engine.media.video_reader import probe
from engine.project.project import Project, new_project
from engine.project.project_file import save_project
from engine.project.project_lock import ProjectLock
from engine.records import Event, HitPoint
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio import commands
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio
from msg_studio.views.recovery_view import RecoveryView
from msg_studio.workers.engine_client import INTERRUPTED, EngineClient
from msg_studio.workers.engine_process import engine_command

DEMO = asset_path("demo", "demo.mp4")
LONG_MS = 60_000
KNOCK = Event(
    "e001", "props", "WOODImpt", TimeRange(0, PROJECT_RATE_HZ), (HitPoint(12_000),), 1.0, "made by hand"
)
QUICK = GenerateOptions(takes=1, steps=4, guidance=2.5, seed=1)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of the user's own."""
    path = tmp_path / "films" / "film.mp4"
    path.parent.mkdir()
    shutil.copy(DEMO, path)
    return path


@pytest.fixture
def folder(tmp_path: Path, film: Path) -> Path:
    """A saved project with one event and that film."""
    place = tmp_path / "Film.msgproj"
    save_project(project_of(film), place)
    return place


def project_of(film: Path) -> Project:
    return new_project("Film", probe(film)).with_event(KNOCK)


def open_and_wait(studio: Studio, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(studio.workshop.files.opened, timeout=LONG_MS):
        studio.open(path)


def notice(studio: Studio) -> str:
    return studio.window.notices.words.text()


def test_a_missing_film_leaves_the_project_usable_until_it_is_located(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "archive" / "renamed.mp4"
    elsewhere.parent.mkdir()
    film.rename(elsewhere)
    open_and_wait(studio, qtbot, folder)
    qtbot.waitUntil(lambda: "film.mp4 is not at" in notice(studio), timeout=LONG_MS)
    model = studio.workshop.stage.model
    commands.set_setup(model, "e001", prompt="knock")
    studio.workshop.film.search(elsewhere.parent)
    qtbot.waitUntil(lambda: studio.window.work.picture.picture is not None, timeout=LONG_MS)
    assert model.project.clip is not None
    assert model.project.clip.path == elsewhere
    assert studio.window.notices.shown != "film"


def test_a_changed_film_is_not_taken_for_the_old_one(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path
) -> None:
    film.write_bytes(film.read_bytes() + b"\x00" * 64)
    open_and_wait(studio, qtbot, folder)
    qtbot.waitUntil(lambda: "has changed" in notice(studio), timeout=LONG_MS)
    use = next(button for button in studio.window.notices.buttons if button.text() == "Use it")
    qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.window.work.picture.picture is not None, timeout=LONG_MS)
    clip = studio.workshop.stage.model.project.clip
    assert clip is not None
    assert clip.fingerprint == probe(film).fingerprint


@pytest.mark.parametrize("content", [b"", b"this is a letter, not a film\n" * 50])
def test_what_is_no_film_is_refused_on_the_welcome_page(
    studio: Studio, qtbot: QtBot, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content)
    studio.open(broken)
    qtbot.waitUntil(lambda: "broken.mp4" in studio.window.welcome.problem.text(), timeout=LONG_MS)
    assert not studio.workshop.stage.model.is_open


def test_a_bad_film_does_not_take_the_open_project_away(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    open_and_wait(studio, qtbot, folder)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    studio.open(broken)
    qtbot.waitUntil(lambda: "broken.mp4" in studio.window.statusBar().currentMessage(), timeout=LONG_MS)
    assert studio.workshop.stage.model.project.events == (KNOCK,)


def test_the_engine_dies_while_generating_and_the_takes_come_by_retry(
    studio: Studio, qtbot: QtBot, folder: Path
) -> None:
    workshop = studio.workshop
    stage = workshop.stage
    open_and_wait(studio, qtbot, folder)
    qtbot.waitUntil(lambda: workshop.engine.state == "ready", timeout=LONG_MS)
    before = (folder / "project.db").read_bytes()
    workshop.orders.generate("e001", GenerateOptions(takes=4, steps=50, guidance=2.5, seed=1))
    qtbot.waitUntil(lambda: stage.jobs.jobs[0].stage == "denoise", timeout=LONG_MS)
    os.kill(workshop.engine.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: stage.jobs.jobs[0].state == INTERRUPTED, timeout=LONG_MS)
    assert "Your project is safe" in notice(studio)
    assert (folder / "project.db").read_bytes() == before
    workshop.orders.retry(1)
    workshop.orders.cancel(2)
    workshop.orders.generate("e001", QUICK)
    qtbot.waitUntil(lambda: not stage.jobs.unfinished(), timeout=LONG_MS)
    assert [job.state for job in stage.jobs.jobs][1:] == ["cancelled", "done"]
    assert len(stage.model.project.takes_of("e001")) == 1
    qtbot.waitUntil(lambda: studio.window.notices.shown != "engine")


def test_the_export_folder_vanishes(studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    workshop = studio.workshop
    stage = workshop.stage
    open_and_wait(studio, qtbot, folder)
    workshop.orders.generate("e001", QUICK)
    qtbot.waitUntil(lambda: not stage.jobs.unfinished(), timeout=LONG_MS)
    drive = tmp_path / "drive"
    drive.write_text("a file where a folder was")
    workshop.orders.export(drive / "stems", preview=False, cue_sheet=True)
    qtbot.waitUntil(lambda: not stage.jobs.unfinished(), timeout=LONG_MS)
    failed = stage.jobs.jobs[-1]
    assert failed.state == "failed"
    assert str(drive) in failed.message
    assert drive.read_text() == "a file where a folder was"


def test_a_second_window_reads_and_may_save_a_copy(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    other = ProjectLock(folder)
    assert other.acquire() == ""
    open_and_wait(studio, qtbot, folder)
    model = studio.workshop.stage.model
    assert "(read-only)" in studio.window.windowTitle()
    assert "read-only" in notice(studio)
    assert not studio.window.action("make event").isEnabled()
    with qtbot.waitSignal(studio.workshop.files.saved, timeout=LONG_MS):
        studio.workshop.files.save_as(tmp_path / "Copy")
    assert model.read_only_reason == ""
    commands.set_setup(model, "e001", prompt="knock")
    other.release()


def test_a_project_of_a_newer_version_is_never_written(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    with sqlite3.connect(folder / "project.db") as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("UPDATE meta SET schema_version = ?", (version + 1,))
    connection.close()
    before = (folder / "project.db").read_bytes()
    open_and_wait(studio, qtbot, folder)
    assert "newer" in studio.workshop.stage.model.read_only_reason
    assert not studio.workshop.files.save()
    assert (folder / "project.db").read_bytes() == before


def test_no_sound_device_is_said_where_one_looks_for_it(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    open_and_wait(studio, qtbot, folder)
    words = [label.text() for label in studio.window.work.transport.findChildren(QLabel)]
    assert any("timing runs on the computer clock" in text for text in words)
    playhead = studio.workshop.stage.playhead
    playhead.play()
    qtbot.waitUntil(lambda: playhead.position > 4_800)


def test_weights_that_are_missing_leave_the_rest_usable(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_AUDIO", "silent")
    nothing = tmp_path / "models"
    nothing.mkdir()
    command = engine_command("--models-folder", str(nothing))
    studio = Studio(engine=lambda parent: EngineClient(parent, command=command))
    studio.window.show()
    with qtbot.waitSignal(studio.ready, timeout=LONG_MS):
        studio.start()
    engine = studio.workshop.engine
    qtbot.waitUntil(lambda: engine.state == "stopped" and bool(engine.reason), timeout=LONG_MS)
    assert "The engine is not running" in notice(studio)
    open_and_wait(studio, qtbot, folder)
    model = studio.workshop.stage.model
    commands.set_setup(model, "e001", prompt="knock")
    assert not studio.window.work.inspector.order.button.isEnabled()
    studio.shut_down()


def test_a_crashed_window_is_offered_and_brought_back(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    workshop = studio.workshop
    open_and_wait(studio, qtbot, folder)
    commands.set_setup(workshop.stage.model, "e001", prompt="what I typed last")
    qtbot.waitUntil(lambda: studio.window.autosave_words.text() == "Autosaved")
    workshop.files.close(keep=True)  # what a crash leaves: the working copy
    workshop.files.look_for_recoveries()
    qtbot.waitUntil(lambda: studio.window.findChild(RecoveryView) is not None, timeout=LONG_MS)
    view = studio.window.findChild(RecoveryView)
    with qtbot.waitSignal(workshop.files.opened, timeout=LONG_MS):
        qtbot.mouseClick(view.recover, Qt.MouseButton.LeftButton)
    model = workshop.stage.model
    assert model.project.setup("e001").prompt == "what I typed last"
    assert model.unsaved
