"""Autosave: in order, in its own thread, every word kept, and patient with a full disk."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.project.project import new_project
from engine.project.recovery import find_recoveries, recover
from engine.project.working_copy import WorkingCopy
from msg_studio import commands
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
from tests.failing_disk import files_limited_to
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take

RETRY_S = 0.05


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "working"


@pytest.fixture
def model(qtbot: QtBot) -> ProjectModel:
    return ProjectModel()


@pytest.fixture
def autosave(model: ProjectModel, root: Path) -> Iterator[Autosave]:
    made = Autosave(model, root=root, retry_s=RETRY_S)
    yield made
    made.shut_down()


def show(model: ProjectModel, **kinds: object) -> None:
    film = make_film(Path("/films/film.mp4"))
    model.show_project(new_project("Film", film).with_event(STEP), **kinds)  # type: ignore[arg-type]


def test_actions_are_on_the_disk_in_order(
    qtbot: QtBot, model: ProjectModel, autosave: Autosave, root: Path
) -> None:
    show(model)
    with qtbot.waitSignal(autosave.written, check_params_cb=lambda count: count == 4):
        commands.set_setup(model, "e001", prompt="boots")
        commands.move_event(model, "e001", 480)
        model.undo_stack.undo()
        model.add_takes([make_take(STEP, 1)])
    autosave.shut_down()
    (found,) = find_recoveries(root)
    assert found.actions == ("set prompt", "move event", "undo move event", "1 takes arrived")
    assert recover(found).event("e001") == STEP
    assert recover(found).setup("e001").prompt == "boots"


def test_burst_keeps_every_word(model: ProjectModel, autosave: Autosave, root: Path) -> None:
    show(model)
    for number in range(200):
        commands.move_event(model, "e001", 1, gesture=f"drag{number}")
    assert autosave.position == 200
    autosave.shut_down()  # waits for the queue
    (found,) = find_recoveries(root)
    assert found.actions == ("move event",) * 200
    assert recover(found).events == model.project.events


def test_clean_end_leaves_nothing(qtbot: QtBot, model: ProjectModel, autosave: Autosave, root: Path) -> None:
    show(model)
    with qtbot.waitSignal(autosave.written, check_params_cb=lambda count: count == 1):
        commands.move_event(model, "e001", 480)
    assert any(root.iterdir())
    autosave.end()
    model.close_project()
    autosave.shut_down()
    assert list(root.iterdir()) == []


def test_project_that_was_not_ended_is_offered(model: ProjectModel, autosave: Autosave, root: Path) -> None:
    show(model)
    commands.move_event(model, "e001", 480)
    model.show_project(new_project("Next"))
    autosave.shut_down()
    assert [found.name for found in find_recoveries(root)] == ["Film"]


def test_read_only_project_has_no_copy(model: ProjectModel, autosave: Autosave, root: Path) -> None:
    show(model, read_only_reason="open elsewhere")
    autosave.shut_down()
    assert not root.exists() or list(root.iterdir()) == []


def test_edits_while_saving_stay_unsaved(
    model: ProjectModel, autosave: Autosave, root: Path, tmp_path: Path
) -> None:
    show(model)
    commands.move_event(model, "e001", 480)
    saved, through = model.project, autosave.position
    commands.set_setup(model, "e001", prompt="boots")
    model.mark_saved(saved, tmp_path / "Film.msgproj")
    autosave.mark_saved(model.project, tmp_path / "Film.msgproj", through=through)
    commands.move_event(model, "e001", 480)
    autosave.shut_down()
    (found,) = find_recoveries(root)
    assert (found.actions, found.folder) == (("set prompt", "move event"), tmp_path / "Film.msgproj")
    assert recover(found) == model.project


def test_recovered_actions_are_taken_over(model: ProjectModel, autosave: Autosave, root: Path) -> None:
    crashed = WorkingCopy(new_project("Film").with_event(STEP), root=root)
    crashed.record(new_project("Film").with_event(DOOR), "made a door")
    crashed.close(keep=True)
    (found,) = find_recoveries(root)
    project = recover(found)
    autosave.begin(project, None, found)
    model.show_project(project, unsaved=True)
    autosave.shut_down()
    (again,) = find_recoveries(root)
    assert again.path != found.path
    assert again.actions == ("made a door",)


def test_copy_taken_by_another_window_is_said_and_this_one_goes_on(
    qtbot: QtBot, model: ProjectModel, autosave: Autosave, root: Path
) -> None:
    crashed = WorkingCopy(new_project("Film").with_event(STEP), root=root)
    crashed.record(new_project("Film").with_event(DOOR), "made a door")
    crashed.close(keep=True)
    (found,) = find_recoveries(root)
    other = WorkingCopy(recover(found), root=root, recovered_from=found)
    told: list[str] = []
    autosave.failed.connect(told.append)
    mine = new_project("Mine").with_event(DOOR)
    with qtbot.waitSignal(autosave.healed):
        autosave.begin(mine, None, found)
        model.show_project(mine, unsaved=True)
    assert "was recovered by another window" in told[0]
    other.close()
    autosave.shut_down()
    (kept,) = find_recoveries(root)
    assert (kept.name, kept.actions) == ("Mine", ("recover",))


def test_full_disk_keeps_the_project_in_memory_and_heals_by_itself(
    qtbot: QtBot, model: ProjectModel, autosave: Autosave, root: Path
) -> None:
    with qtbot.waitSignal(autosave.written):
        show(model)
    with files_limited_to(4096):
        with qtbot.waitSignal(autosave.failed) as refused:
            commands.set_setup(model, "e001", note="x" * 300_000)
        assert "Free some disk space and save the project; it is whole in memory" in refused.args[0]
        assert autosave.trouble
        with qtbot.waitSignal(autosave.failed):  # tried again without a new action
            pass
        commands.set_setup(model, "e001", prompt="boots")
    with qtbot.waitSignal(autosave.healed):
        pass
    assert autosave.trouble == ""
    autosave.shut_down()
    (found,) = find_recoveries(root)
    assert found.actions == ("set note", "set prompt")
    assert recover(found) == model.project


def test_no_place_for_working_copies_is_said_and_work_goes_on(
    qtbot: QtBot, model: ProjectModel, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    autosave = Autosave(model, root=tmp_path / "file", retry_s=RETRY_S)
    with qtbot.waitSignal(autosave.failed):
        show(model)
    commands.set_setup(model, "e001", prompt="boots")
    (tmp_path / "file").unlink()
    with qtbot.waitSignal(autosave.written, check_params_cb=lambda count: count == 1):
        pass
    autosave.shut_down()
    (found,) = find_recoveries(tmp_path / "file")
    assert found.actions == ("set prompt",)


def autosave_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "autosave"]


def test_shutting_down_twice_is_no_fault(model: ProjectModel, root: Path) -> None:
    before = autosave_threads()
    autosave = Autosave(model, root=root)
    (own,) = set(autosave_threads()) - set(before)
    autosave.shut_down()
    assert not own.is_alive()
    autosave.shut_down()
    assert autosave_threads() == before
