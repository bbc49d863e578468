"""What comes wrong from outside, through the real window: each is said in words, and the rest works on."""

import hashlib
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.project.file_names import DATABASE
from engine.project.project_file import open_project
from engine.project.project_lock import ProjectLock
from msg_studio import commands
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio
from msg_studio.views.export_dialog import ExportDialog
from msg_studio.workers import audio_output
from msg_studio.workers.engine_process import engine_command
from tests.engine.small_networks import write_small_model
from tests.journeys.journey import (
    KNOCK,
    STEP,
    answer,
    dialog_of,
    notice,
    only_row,
    open_here,
    pick,
    press_notice,
    project_of,
    running_studio,
    said,
    short_film,
    wait_until,
)

SLOW_TAKES = GenerateOptions(takes=2, steps=200, guidance=2.5, seed=7)
QUICK_TAKES = GenerateOptions(takes=1, steps=2, guidance=2.5, seed=1)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder, "starter")
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Hash of each file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def has_picture(studio: Studio) -> bool:
    return studio.window.work.picture.picture is not None


# ── the film ──


def test_missing_film_is_found_again_in_another_folder_under_another_name(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "archive" / "reel 3"
    elsewhere.mkdir(parents=True)
    moved = film.rename(elsewhere / "renamed.mp4")
    short_film(elsewhere / "walk.mp4", seconds=2)  # of the same name, but another film
    open_here(studio, qtbot, folder)
    wait_until(qtbot, lambda: "walk.mp4 is not at" in notice(studio))
    assert not has_picture(studio)
    model = studio.workshop.stage.model
    commands.set_setup(model, STEP.id, prompt="boots")  # all else works
    press_notice(studio, "Search a folder...")
    picker = dialog_of(studio, qtbot, QFileDialog)
    assert Path(picker.directory().absolutePath()) == folder.parent  # where the project was opened
    pick(studio, qtbot, tmp_path / "archive")
    wait_until(qtbot, lambda: has_picture(studio))
    assert studio.workshop.stage.settings.folder == tmp_path / "archive"
    assert project_of(studio).clip.path == moved
    assert notice(studio) == ""
    assert model.undo_stack.undoText() == "locate film"


def test_film_that_was_picked_but_is_another_is_used_on_the_users_word(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path, tmp_path: Path
) -> None:
    film.unlink()
    other = short_film(tmp_path / "other.mp4", seconds=7)
    open_here(studio, qtbot, folder)
    wait_until(qtbot, lambda: "is not at" in notice(studio))
    press_notice(studio, "Locate...")
    pick(studio, qtbot, other)
    wait_until(qtbot, lambda: "other.mp4 is not the same film. It is longer" in notice(studio))
    assert project_of(studio).clip.path == film
    press_notice(studio, "Use it")
    wait_until(qtbot, lambda: has_picture(studio))
    assert studio.workshop.stage.playhead.duration == 7 * 48_000
    assert project_of(studio).events == (STEP, KNOCK)


def test_changed_film_is_named_and_used_on_the_users_word(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path
) -> None:
    short_film(film, seconds=3)
    open_here(studio, qtbot, folder)
    wait_until(qtbot, lambda: "walk.mp4 has changed. It is shorter" in notice(studio))
    assert not has_picture(studio)
    press_notice(studio, "Use it")
    wait_until(qtbot, lambda: has_picture(studio))
    studio.window.action("undo").trigger()
    wait_until(qtbot, lambda: "has changed" in notice(studio))


def test_film_with_other_content_is_not_taken_for_the_old_one(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path
) -> None:
    film.write_bytes(film.read_bytes() + bytes(64))
    open_here(studio, qtbot, folder)
    wait_until(qtbot, lambda: "It has the same length but other content" in notice(studio))
    before = project_of(studio).clip.fingerprint
    press_notice(studio, "Use it")
    wait_until(qtbot, lambda: has_picture(studio))
    assert project_of(studio).clip.fingerprint != before


def test_film_that_cannot_be_read_any_more_is_named(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path
) -> None:
    film.write_bytes(film.read_bytes()[:3000])
    open_here(studio, qtbot, folder)
    wait_until(qtbot, lambda: "The film cannot be read any more." in notice(studio))
    assert len(project_of(studio).events) == 2


def test_what_is_no_film_and_no_project_is_refused_in_words(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    problem = studio.window.welcome.problem
    text, no_film, empty = tmp_path / "notes.txt", tmp_path / "notes.mp4", tmp_path / "empty.mp4"
    for path in (text, no_film):
        path.write_text("no film")
    empty.touch()
    studio.window.dropped.emit(text)
    assert "notes.txt is a .txt file" in problem.text()
    studio.open(tmp_path / "Gone.msgproj")
    assert "There is no project at" in problem.text()
    studio.open(tmp_path)
    assert "is not a project" in problem.text()
    studio.open(no_film)
    wait_until(qtbot, lambda: "notes.mp4" in problem.text())
    studio.open(empty)
    wait_until(qtbot, lambda: "empty.mp4" in problem.text())
    assert not studio.workshop.stage.model.is_open
    open_here(studio, qtbot, folder)
    studio.open(no_film)
    wait_until(qtbot, lambda: "notes.mp4" in notice(studio))
    assert project_of(studio).name == "Walk"


# ── the project ──


def test_second_window_reads_only_and_may_save_a_copy(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    first = ProjectLock(folder)
    assert first.acquire() == ""
    before = contents(folder)
    open_here(studio, qtbot, folder)
    window, model = studio.window, studio.workshop.stage.model
    assert f"process {os.getpid()}" in notice(studio)
    assert "(read-only)" in window.windowTitle()
    qtbot.keyClick(window.work.timeline.canvas, Qt.Key.Key_Delete)
    assert said(studio).startswith(("Read-only: ", "This project is open read-only: "))
    assert "Read-only" in window.work.inspector.order.reason.text()
    refused = ("make event", "find", "accept", "generate", "choose 1", "reject")
    assert not any(window.action(name).isEnabled() for name in refused)
    assert (len(model.project.events), model.unsaved) == (2, False)
    press_notice(studio, "Save a copy...")
    with qtbot.waitSignal(studio.workshop.files.saved):
        pick(studio, qtbot, tmp_path / "Copy")
    assert contents(folder) == before
    assert (model.folder, model.read_only_reason) == (tmp_path / "Copy.msgproj", "")
    assert all(window.action(name).isEnabled() for name in refused)
    commands.delete_event(model, KNOCK.id)
    first.release()


def test_project_of_a_newer_program_is_shown_but_not_changed(
    studio: Studio, qtbot: QtBot, folder: Path
) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = contents(folder)
    open_here(studio, qtbot, folder)
    assert "schema version 99" in notice(studio)
    assert [event.id for event in project_of(studio).events] == [STEP.id, KNOCK.id]
    studio.window.action("save").trigger()  # asks for another name
    with qtbot.waitSignal(studio.workshop.files.save_failed):
        pick(studio, qtbot, folder)
    assert "newer program" in notice(studio)
    assert contents(folder) == before


def test_project_of_a_much_newer_program_is_refused_in_words(
    studio: Studio, qtbot: QtBot, folder: Path
) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("ALTER TABLE lane DROP COLUMN title")
        connection.commit()
    studio.open(folder)
    wait_until(qtbot, lambda: "cannot even be shown by this one" in studio.window.welcome.problem.text())
    assert not studio.workshop.stage.model.is_open


def test_damaged_project_is_rescued_on_the_users_word(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"SQLite format 3\0" + bytes(500))
    studio.open(folder)
    answer(studio, qtbot, "Open what can be saved")
    wait_until(qtbot, lambda: studio.workshop.stage.model.is_open)
    assert "project.json" in notice(studio)
    assert studio.workshop.stage.model.unsaved
    with qtbot.waitSignal(studio.workshop.files.saved):
        studio.window.action("save").trigger()
    assert [event.id for event in open_project(folder).events] == [STEP.id, KNOCK.id]


# ── sound ──


def test_no_sound_device_is_said_in_the_transport_bar_and_all_runs_on(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(**_: object) -> None:
        raise audio_output.DeviceError("no device")

    monkeypatch.setenv("MSG_AUDIO", "auto")
    monkeypatch.setattr(audio_output, "SoundDeviceOutput", none_here)
    monkeypatch.setattr(audio_output, "MiniaudioOutput", none_here)
    with running_studio(qtbot) as studio:
        open_here(studio, qtbot, folder)
        labels = studio.window.work.transport.findChildren(type(studio.window.work.transport._output))
        assert any("No sound device: " in label.accessibleName() and label.isVisible() for label in labels)
        playhead = studio.workshop.stage.playhead
        playhead.play()
        wait_until(qtbot, lambda: playhead.position > 0)


def test_unknown_sound_output_is_silence_that_says_so(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_AUDIO", "gramophone")
    with running_studio(qtbot) as studio:
        open_here(studio, qtbot, folder)
        assert "'gramophone': use auto, silent" in studio.workshop.playback.words


# ── the engine ──


def test_without_weights_the_window_says_why_and_all_but_the_engine_works(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "models"
    empty.mkdir()
    with running_studio(qtbot, command=engine_command("--models-folder", str(empty))) as studio:
        open_here(studio, qtbot, folder)
        wait_until(qtbot, lambda: "The engine is not running: " in notice(studio))
        assert str(empty) in notice(studio)
        order = studio.window.work.inspector.order
        assert not order.button.isEnabled()
        assert "stopped" in order.reason.text()
        studio.window.action("find").trigger()
        row = only_row(studio, qtbot)
        wait_until(qtbot, lambda: "failed: " in row.stage.text())
        wait_until(qtbot, lambda: has_picture(studio))
        model = studio.workshop.stage.model
        commands.delete_event(model, KNOCK.id)
        with qtbot.waitSignal(studio.workshop.files.saved):
            studio.window.action("save").trigger()
    assert [event.id for event in open_project(folder).events] == [STEP.id]


@pytest.mark.skipif(sys.platform != "linux", reason="kill -9")
def test_engine_killed_at_work_leaves_the_project_and_comes_back_for_a_retry(
    qtbot: QtBot, folder: Path, models: Path
) -> None:
    command = engine_command("--models-folder", str(models), "--threads", "1")
    with running_studio(qtbot, command=command) as studio:
        open_here(studio, qtbot, folder)
        engine, model = studio.workshop.engine, studio.workshop.stage.model
        wait_until(qtbot, lambda: engine.state == "ready")
        before = contents(folder)
        told: list[str] = []
        studio.workshop.stage.jobs.changed.connect(lambda: told.append(notice(studio)))
        engine.state_changed.connect(lambda _: told.append(notice(studio)))
        studio.window.work.inspector.generate_wanted.emit(STEP.id, SLOW_TAKES)
        wait_until(qtbot, lambda: studio.workshop.stage.jobs.job(1).stage == "denoise")
        os.kill(engine.pid, signal.SIGKILL)
        row = only_row(studio, qtbot)
        wait_until(qtbot, lambda: row.retry_button.isVisible())
        assert row.stage.text().startswith("interrupted: The engine stopped")
        assert contents(folder) == before
        wait_until(qtbot, lambda: engine.state == "ready")
        assert any("Your project is safe. Restarting, 1 of 3" in words for words in told)
        assert notice(studio) == ""
        row.retry_button.click()
        wait_until(qtbot, lambda: len(model.project.takes_of(STEP.id)) == 2)
        assert [take.seed for take in model.project.takes] == [7, 8]
        assert all(take.path.is_file() for take in model.project.takes)


def test_export_folder_that_cannot_be_written_leaves_nothing_half_done(
    qtbot: QtBot, folder: Path, models: Path, tmp_path: Path
) -> None:
    command = engine_command("--models-folder", str(models), "--threads", "1")
    with running_studio(qtbot, command=command) as studio:
        open_here(studio, qtbot, folder)
        model, window = studio.workshop.stage.model, studio.window
        window.work.inspector.generate_wanted.emit(STEP.id, QUICK_TAKES)
        wait_until(qtbot, lambda: len(model.project.takes) == 1)
        place = tmp_path / "deliver"
        (place / "day 1").mkdir(parents=True)

        window.action("export").trigger()
        dialog = dialog_of(studio, qtbot, ExportDialog)
        (tmp_path / "file").write_text("a file")
        dialog.folder_box.setText(str(tmp_path / "file"))
        assert "is a file" in dialog.problem.text()
        assert not dialog.export_button.isEnabled()
        if sys.platform == "linux":  # where even the super-user cannot write
            dialog.folder_box.setText("/proc/out")
            assert "/proc" in dialog.problem.text()
            assert not dialog.export_button.isEnabled()
        dialog.folder_box.setText(str(place / "day 1" / "out"))
        assert dialog.export_button.isEnabled()
        (place / "day 1").rmdir()  # vanishes while the dialog is open
        dialog.export_button.click()
        assert dialog.isVisible()
        assert dialog.problem.text()
        assert not studio.workshop.orders.unfinished

        dialog.folder_box.setText(str(place / "out"))
        dialog.export_button.click()
        place.rename(tmp_path / "renamed")  # vanishes with the order on its way
        place.write_text("a file in its place")
        wait_until(qtbot, lambda: not studio.workshop.orders.unfinished)
        job = studio.workshop.stage.jobs.jobs[-1]
        assert (job.state, str(place) in job.message) == ("failed", True)
        assert list((tmp_path / "renamed").iterdir()) == []
