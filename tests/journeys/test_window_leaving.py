"""Leaving a project by every way the window has: what was made is kept, or the user gave it up in words."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.project.project_file import open_project
from engine.project.recovery import find_recoveries
from msg_studio import commands
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio
from tests.journeys.journey import (
    KNOCK,
    STEP,
    answer,
    notice,
    only_row,
    open_here,
    pick,
    press_notice,
    project_of,
    said,
    stored_project,
    wait_until,
)

TWO_TAKES = GenerateOptions(takes=2, steps=4, guidance=2.5, seed=None)


def generate(studio: Studio, prompt: str) -> None:
    commands.set_setup(studio.workshop.stage.model, STEP.id, prompt=prompt)
    studio.workshop.stage.model.select(STEP.id)
    studio.window.work.inspector.generate_wanted.emit(STEP.id, TWO_TAKES)


def wait_for_denoising(studio: Studio, qtbot: QtBot) -> None:
    wait_until(qtbot, lambda: any(job.stage == "denoise" for job in studio.workshop.stage.jobs.jobs))


def unsaved_takes(user: Path) -> list[Path]:
    return list((user / "data" / "MultiSoundGen Studio" / "unsaved").rglob("*.wav"))


def test_takes_that_a_cancelled_job_had_finished_are_there_when_saving_is_asked(
    studio: Studio, qtbot: QtBot, folder: Path
) -> None:
    open_here(studio, qtbot, folder)
    generate(studio, "wait")
    wait_for_denoising(studio, qtbot)
    studio.window.action("close").trigger()
    answer(studio, qtbot, "Cancel the jobs")
    answer(studio, qtbot, "Save")
    wait_until(qtbot, lambda: not studio.workshop.stage.model.is_open)
    (take,) = open_project(folder).takes_of(STEP.id)
    assert take.path.is_file()


def test_staying_leaves_job_and_project_alone(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    open_here(studio, qtbot, folder)
    generate(studio, "wait")
    wait_for_denoising(studio, qtbot)
    studio.window.close()
    answer(studio, qtbot, "Stay")
    assert studio.workshop.stage.model.is_open
    assert studio.workshop.orders.unfinished == 1
    only_row(studio, qtbot).cancel_button.click()
    wait_until(qtbot, lambda: not studio.workshop.orders.unfinished)
    assert len(project_of(studio).takes) == 1


def test_window_closed_with_a_job_asks_twice_and_keeps_nothing_that_was_given_up(
    studio: Studio, qtbot: QtBot, film: Path, tmp_path: Path
) -> None:
    open_here(studio, qtbot, film)
    commands.make_event(studio.workshop.stage.model, "props", STEP.range, prompt="wait")
    (event,) = project_of(studio).events
    studio.window.work.inspector.generate_wanted.emit(event.id, TWO_TAKES)
    wait_for_denoising(studio, qtbot)
    studio.window.close()
    answer(studio, qtbot, "Cancel the jobs")
    answer(studio, qtbot, "Don't save")
    wait_until(qtbot, lambda: not studio.window.isVisible() and not studio.workshop.files.busy)
    assert unsaved_takes(tmp_path / "user") == []
    assert find_recoveries() == ()


def test_takes_of_a_never_saved_project_move_in_with_save_as_and_stay_through_undo(
    studio: Studio, qtbot: QtBot, film: Path, tmp_path: Path
) -> None:
    model = studio.workshop.stage.model
    open_here(studio, qtbot, film)
    event = commands.make_event(model, "props", STEP.range, prompt="knock")
    studio.window.work.inspector.generate_wanted.emit(event.id, TWO_TAKES)
    wait_until(qtbot, lambda: len(model.project.takes) == 2)
    commands.set_starred(model, model.project.takes[0].id, True)
    studio.window.action("save").trigger()  # it has no folder: asks for one
    with qtbot.waitSignal(studio.workshop.files.saved):
        pick(studio, qtbot, tmp_path / "Film.msgproj")
    studio.window.action("undo").trigger()
    takes = model.project.takes
    assert not model.project.starred
    assert all(take.path.is_relative_to(tmp_path / "Film.msgproj") and take.path.is_file() for take in takes)
    assert model.unsaved
    studio.window.action("close").trigger()
    answer(studio, qtbot, "Don't save")
    wait_until(qtbot, lambda: not model.is_open and not studio.workshop.files.busy)
    assert unsaved_takes(tmp_path / "user") == []
    assert len(open_project(tmp_path / "Film.msgproj").takes) == 2


def test_another_project_while_a_job_runs_gets_none_of_its_takes_nor_its_retry(
    studio: Studio, qtbot: QtBot, folder: Path, film: Path, tmp_path: Path
) -> None:
    open_here(studio, qtbot, folder)
    generate(studio, "wait")
    wait_for_denoising(studio, qtbot)
    studio.workshop.engine.restart()  # the job is interrupted
    row = only_row(studio, qtbot)
    wait_until(qtbot, lambda: row.retry_button.isVisible())
    other = stored_project(tmp_path / "Other.msgproj", film)
    studio.open(other)
    answer(studio, qtbot, "Don't save")
    wait_until(qtbot, lambda: project_of(studio).name == "Other")
    row.retry_button.click()
    assert "belongs to another project" in said(studio)
    assert studio.workshop.orders.unfinished == 0


def test_refused_orders_are_said_in_words(studio: Studio, qtbot: QtBot, film: Path, tmp_path: Path) -> None:
    open_here(studio, qtbot, film)
    event = commands.make_event(studio.workshop.stage.model, "props", STEP.range, prompt="knock")
    place = tmp_path / "user" / "data" / "MultiSoundGen Studio" / "unsaved"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way")
    studio.window.work.inspector.generate_wanted.emit(event.id, TWO_TAKES)
    assert said(studio).startswith("No takes can be made: ")
    assert studio.workshop.orders.unfinished == 0


def test_failed_save_says_so_until_a_save_succeeds_elsewhere(
    studio: Studio, qtbot: QtBot, film: Path, tmp_path: Path
) -> None:
    open_here(studio, qtbot, film)
    commands.make_event(studio.workshop.stage.model, "props", STEP.range)
    studio.window.action("save").trigger()
    (tmp_path / "file.msgproj").write_text("a file")
    with qtbot.waitSignal(studio.workshop.files.save_failed):
        pick(studio, qtbot, tmp_path / "file.msgproj")
    assert "a file has that name" in notice(studio)
    press_notice(studio, "Save as...")
    with qtbot.waitSignal(studio.workshop.files.saved):
        pick(studio, qtbot, tmp_path / "Film.msgproj")
    assert notice(studio) == ""


def test_closing_takes_back_what_was_said_of_the_project(
    studio: Studio, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    open_here(studio, qtbot, folder)
    studio.workshop.autosave.failed.emit("The disk is full.")
    assert "The disk is full." in notice(studio)
    studio.window.action("close").trigger()
    assert not studio.workshop.stage.model.is_open
    assert notice(studio) == ""


def test_sample_is_not_offered_to_be_saved_inside_the_program(studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.workshop.files.opened):
        studio.open_sample()
    studio.window.action("save").trigger()
    wait_until(qtbot, lambda: studio.window.findChild(QFileDialog) is not None)
    dialog = studio.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert Path(dialog.directory().absolutePath()) == Path.home()
    dialog.reject()


def test_saving_first_then_going_on(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    open_here(studio, qtbot, folder)
    commands.delete_event(studio.workshop.stage.model, KNOCK.id)
    studio.open_sample()
    answer(studio, qtbot, "Save")
    wait_until(qtbot, lambda: project_of(studio).name != "Walk")
    assert [event.id for event in open_project(folder).events] == [STEP.id]
