"""The project model: every edit a step, no take lost by undo, saved or not."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.project.project import Project, new_project
from msg_studio.qt_models.project_model import ProjectModel
from tests.msg_studio.scene import DOOR, STEP, make_take


@pytest.fixture
def model() -> ProjectModel:
    model = ProjectModel()
    model.show_project(new_project("Film").with_event(STEP).with_event(DOOR))
    return model


def renamed(project: Project, name: str) -> Project:
    return replace(project, name=name)


def test_an_edit_is_one_step_that_can_be_undone_and_done_again(model: ProjectModel) -> None:
    model.edit("rename", renamed(model.project, "Other"))
    assert model.undo_stack.undoText() == "rename"
    model.undo_stack.undo()
    assert model.project.name == "Film"
    model.undo_stack.redo()
    assert model.project.name == "Other"


def test_every_finished_action_is_recorded_in_order(model: ProjectModel) -> None:
    actions: list[tuple[str, str]] = []
    model.recorded.connect(lambda project, words: actions.append((project.name, words)))
    model.edit("rename", renamed(model.project, "Other"))
    model.undo_stack.undo()
    assert actions == [("Other", "rename"), ("Film", "undo rename")]


def test_an_edit_that_changes_nothing_is_no_step(model: ProjectModel) -> None:
    model.edit("rename", renamed(model.project, "Film"))
    assert not model.undo_stack.canUndo()


def test_steps_of_one_gesture_are_undone_together(model: ProjectModel) -> None:
    for name in ("A", "B", "C"):
        model.edit("rename", renamed(model.project, name), merge="drag 1")
    model.edit("rename", renamed(model.project, "D"), merge="drag 2")
    model.undo_stack.undo()
    assert model.project.name == "C"
    model.undo_stack.undo()
    assert model.project.name == "Film"


def test_a_gesture_that_ends_where_it_began_leaves_no_step(model: ProjectModel) -> None:
    model.edit("rename", renamed(model.project, "A"), merge="drag 1")
    model.edit("rename", renamed(model.project, "Film"), merge="drag 1")
    assert not model.undo_stack.canUndo()
    assert not model.unsaved


def test_takes_survive_the_undo_of_what_came_before_them(model: ProjectModel) -> None:
    model.edit("rename", renamed(model.project, "Other"))
    model.add_takes([make_take(STEP, 1), make_take(STEP, 2)])
    model.undo_stack.undo()
    assert [take.id for take in model.project.takes_of("e001")] == ["e001_t1", "e001_t2"]
    assert model.project.chosen_take("e001") == make_take(STEP, 1)
    assert model.project.setup("e001").status == "review"


def test_takes_come_back_with_their_event(model: ProjectModel) -> None:
    model.edit("delete event", model.project.without_event("e001"))
    model.add_takes([make_take(STEP, 1)])
    assert model.project.takes == ()
    model.undo_stack.undo()
    assert model.project.takes_of("e001") == (make_take(STEP, 1),)


def test_undoing_everything_leaves_nothing_to_save(model: ProjectModel, tmp_path: Path) -> None:
    model.mark_saved(model.project, tmp_path)
    model.edit("rename", renamed(model.project, "Other"))
    assert model.unsaved
    model.undo_stack.undo()
    assert not model.unsaved


def test_edits_made_while_saving_stay_unsaved(model: ProjectModel, tmp_path: Path) -> None:
    as_saved = model.project
    model.edit("rename", renamed(model.project, "Other"))
    model.mark_saved(as_saved, tmp_path)
    assert model.unsaved
    assert model.project.name == "Other"


def test_saved_takes_lie_where_the_project_put_them(model: ProjectModel, tmp_path: Path) -> None:
    take = make_take(STEP, 1)
    model.edit("rename", renamed(model.project, "Other"))
    model.add_takes([take])
    inside = replace(take, path=tmp_path / "inside.wav")
    model.mark_saved(replace(model.project, takes=(inside,)), tmp_path)
    assert not model.unsaved
    model.undo_stack.undo()
    assert model.project.takes == (inside,)


def test_a_read_only_project_refuses_edits(model: ProjectModel) -> None:
    model.show_project(model.project, read_only_reason="another window has it.")
    with pytest.raises(ProjectError, match="another window has it"):
        model.edit("rename", renamed(model.project, "Other"))


def test_the_chosen_take_is_looked_at_until_another_is_picked(model: ProjectModel) -> None:
    first, second = make_take(STEP, 1), make_take(STEP, 2)
    model.add_takes([first, second])
    model.select("e001")
    assert model.selected_take == first
    model.select_take(second.id)
    assert model.selected_take == second
    model.select("e002")
    assert model.selected_take is None


def test_the_selection_follows_an_edit_of_its_event(model: ProjectModel) -> None:
    model.select("e001")
    moved = replace(STEP, lane="props")
    changes: list[str] = []
    model.selection_changed.connect(lambda: changes.append("changed"))
    model.edit("move event", model.project.with_event(moved))
    assert model.selected == moved
    assert changes == ["changed"]
