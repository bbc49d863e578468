import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.take_panel import TakePanel
from tests.msg_studio.scene import STEP, make_take, opened_project


@pytest.fixture
def model(qapp: QApplication) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


@pytest.fixture
def panel(qtbot: QtBot, model: ProjectModel) -> TakePanel:
    panel = TakePanel(model)
    qtbot.addWidget(panel)
    panel.resize(320, 330)
    panel.show()
    return panel


def looked_at(model: ProjectModel) -> str:
    take = model.selected_take
    return take.id if take is not None else ""


def picked_rows(panel: TakePanel) -> list[int]:
    return [index.row() for index in panel.table.selectionModel().selectedRows()]


def test_the_chosen_take_is_looked_at_first(model: ProjectModel, panel: TakePanel) -> None:
    assert (looked_at(model), picked_rows(panel)) == ("e001_t2", [1])


def test_a_number_asks_to_hear_that_take(qtbot: QtBot, model: ProjectModel, panel: TakePanel) -> None:
    with qtbot.waitSignal(panel.audition_wanted) as asked:
        panel.audition_number(1)
    assert asked.args == ["e001_t1"]
    assert (looked_at(model), picked_rows(panel)) == ("e001_t1", [0])
    with qtbot.assertNotEmitted(panel.audition_wanted):
        panel.audition_number(3)


def test_the_take_that_plays_is_marked_and_can_be_stopped(qtbot: QtBot, panel: TakePanel) -> None:
    panel.show_auditioning("e001_t2")
    assert panel.audition_button.text() == "Stop"
    assert panel.takes.record(1).heard
    with qtbot.waitSignal(panel.stop_wanted):
        qtbot.mouseClick(panel.audition_button, Qt.MouseButton.LeftButton)
    panel.show_auditioning(None)
    with qtbot.waitSignal(panel.audition_wanted):
        qtbot.mouseClick(panel.audition_button, Qt.MouseButton.LeftButton)


def test_a_take_is_chosen_by_number_and_by_button(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    panel.choose_number(1)
    assert model.project.chosen == {"e001_t1"}
    assert not panel.choose_button.isEnabled()
    panel.next_take()
    qtbot.mouseClick(panel.choose_button, Qt.MouseButton.LeftButton)
    assert model.project.chosen == {"e001_t2"}
    assert model.undo_stack.count() == 2


def test_next_and_previous_go_round(model: ProjectModel, panel: TakePanel) -> None:
    seen = []
    for step in (panel.next_take, panel.next_take, panel.previous_take):
        step()
        seen.append(looked_at(model))
    assert seen == ["e001_t1", "e001_t2", "e001_t1"]


def test_arrow_keys_walk_through_the_takes(qtbot: QtBot, model: ProjectModel, panel: TakePanel) -> None:
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Up)
    assert looked_at(model) == "e001_t1"


def test_a_rejected_take_folds_away_and_comes_back(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    panel.reject_selected()
    assert model.project.rejected == {"e001_t2"}
    assert len(model.project.takes) == 2  # never deleted
    assert (panel.takes.rowCount(), looked_at(model)) == (1, "e001_t1")
    assert panel.rejected_box.text() == "Show rejected (1)"
    panel.rejected_box.click()
    panel.next_take()
    assert panel.reject_button.text() == "Bring back"
    qtbot.mouseClick(panel.reject_button, Qt.MouseButton.LeftButton)
    assert model.project.rejected == frozenset()


def test_a_heatmap_is_asked_for(qtbot: QtBot, panel: TakePanel) -> None:
    with qtbot.waitSignal(panel.map_wanted) as asked:
        qtbot.mouseClick(panel.map_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["e001_t2"]


def test_the_empty_panel_says_what_to_do(model: ProjectModel, panel: TakePanel) -> None:
    model.select("e002")
    assert panel.empty_words.isVisible()
    assert "accept it with A" in panel.empty_words.text()
    assert not panel.audition_button.isEnabled()
    model.select(None)
    assert "Select an event" in panel.empty_words.text()
    model.select("e001")
    assert not panel.empty_words.isVisible()
    for _ in range(2):
        panel.reject_selected()
    assert "rejected" in panel.empty_words.text()


def test_takes_that_arrive_leave_the_look_where_it_was(model: ProjectModel, panel: TakePanel) -> None:
    panel.audition_number(1)
    model.add_takes([make_take(STEP, 3)])
    assert (panel.takes.rowCount(), looked_at(model), picked_rows(panel)) == (3, "e001_t1", [0])


def test_a_read_only_project_can_be_heard_not_changed(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    panel.choose_number(1)
    panel.reject_selected()
    assert (model.project.chosen, model.project.rejected) == ({"e001_t2"}, frozenset())
    with qtbot.waitSignal(panel.audition_wanted):
        panel.audition_selected()


def test_tab_goes_through_the_takes_and_then_leaves(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.audition_number(1)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Tab)
    assert (looked_at(model), panel.table.hasFocus()) == ("e001_t2", True)
    qtbot.keyClick(panel.table, Qt.Key.Key_Tab)
    assert (looked_at(model), panel.table.hasFocus()) == ("e001_t2", False)


def test_rejected_takes_are_spoken_of_only_where_there_are_any(panel: TakePanel) -> None:
    assert not panel.rejected_box.isVisible()
    panel.reject_selected()
    assert panel.rejected_box.isVisible()


def test_the_marked_stretch_of_the_take_looked_at_is_asked_for(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    panel.remake.strength.setValue(40)
    assert panel.remake.words.text() == "different"
    with qtbot.waitSignal(panel.remake_wanted) as asked:
        qtbot.mouseClick(panel.remake.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["e001_t2", 0.4]
    panel.audition_number(1)
    with qtbot.waitSignal(panel.remake_wanted) as asked:
        panel.remake_selected()
    assert asked.args == ["e001_t1", 0.4]


def test_without_a_take_or_a_right_to_edit_nothing_is_made_anew(
    qtbot: QtBot, model: ProjectModel, panel: TakePanel
) -> None:
    model.select("e002")
    with qtbot.assertNotEmitted(panel.remake_wanted):
        panel.remake_selected()
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    assert not panel.remake.button.isEnabled()
    with qtbot.assertNotEmitted(panel.remake_wanted):
        panel.remake_selected()


def test_enter_in_the_strength_gives_the_keys_back(qtbot: QtBot, panel: TakePanel) -> None:
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(panel.remake.strength, Qt.Key.Key_Return)
