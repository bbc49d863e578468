import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from msg_studio.commands import accept, make_event, set_setup
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.cue_table import ChoiceDelegate, CueTable
from tests.msg_studio.scene import DOOR, STEP, opened_project

WHAT, STATUS = 1, 4


@pytest.fixture
def model(qapp: QApplication) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


@pytest.fixture
def cues(qtbot: QtBot, model: ProjectModel) -> CueTable:
    cues = CueTable(model)
    qtbot.addWidget(cues)
    cues.resize(900, 420)
    cues.show()
    return cues


def selected_rows(cues: CueTable) -> list[int]:
    return [index.row() for index in cues.table.selectionModel().selectedRows()]


def test_picking_a_row_selects_the_event(model: ProjectModel, cues: CueTable, qtbot: QtBot) -> None:
    assert model.selected == STEP
    place = cues.table.visualRect(cues.shown.index(1, WHAT)).center()
    qtbot.mouseClick(cues.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert model.selected == DOOR


def test_rows_are_walked_with_the_arrow_keys(model: ProjectModel, cues: CueTable, qtbot: QtBot) -> None:
    cues.table.setFocus()
    qtbot.keyClick(cues.table, Qt.Key.Key_Down)
    assert model.selected == DOOR
    qtbot.keyClick(cues.table, Qt.Key.Key_Up)
    assert model.selected == STEP


def test_selecting_an_event_picks_its_row(model: ProjectModel, cues: CueTable) -> None:
    assert selected_rows(cues) == [0]
    model.select("e002")
    assert selected_rows(cues) == [1]
    model.select(None)
    assert selected_rows(cues) == []


def test_an_edit_keeps_selection_and_scroll(model: ProjectModel, cues: CueTable) -> None:
    model.select("e002")
    cues.resize(300, 120)
    cues.table.horizontalScrollBar().setValue(40)
    set_setup(model, "e002", prompt="slam")
    assert (selected_rows(cues), cues.table.horizontalScrollBar().value()) == ([1], 40)


def test_filter_hides_rows_and_never_changes_what_is_selected(
    model: ProjectModel, cues: CueTable, qtbot: QtBot
) -> None:
    qtbot.keyClicks(cues.filter_box, "props")
    assert cues.shown.rowCount() == 1
    assert model.selected == STEP
    assert selected_rows(cues) == []
    qtbot.keyClicks(cues.filter_box, " nothing")
    assert cues.empty_words.isVisible()
    cues.filter_box.clear()
    assert selected_rows(cues) == [0]
    assert not cues.empty_words.isVisible()


def test_the_empty_table_says_how_to_begin(model: ProjectModel, cues: CueTable) -> None:
    model.close_project()
    assert cues.empty_words.isVisible()
    assert "Find events" in cues.empty_words.text()
    assert cues.count_words.text() == "0 cues"


def test_what_is_typed_into_a_cell_is_one_step(model: ProjectModel, cues: CueTable, qtbot: QtBot) -> None:
    index = cues.shown.index(0, WHAT)
    cues.table.setCurrentIndex(index)
    cues.table.edit(index)
    editor = cues.table.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "boots")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.project.setup("e001").prompt == "boots")
    assert model.undo_stack.count() == 1


def test_status_is_chosen_from_a_list(model: ProjectModel, cues: CueTable) -> None:
    index = cues.shown.index(0, STATUS)
    cues.table.setCurrentIndex(index)
    cues.table.edit(index)
    editor = cues.table.viewport().findChild(QComboBox)
    assert editor is not None
    assert editor.currentText() == "to do"
    editor.setCurrentText("approved")
    editor.activated.emit(editor.currentIndex())
    assert model.project.setup("e001").status == "approved"


def test_suggestions_are_accepted_and_dropped_by_buttons(
    model: ProjectModel, cues: CueTable, qtbot: QtBot
) -> None:
    assert not cues.accept_button.isEnabled()
    assert cues.count_words.text() == "2 cues, 1 suggested"
    qtbot.mouseClick(cues.next_button, Qt.MouseButton.LeftButton)
    assert model.selected == DOOR
    qtbot.mouseClick(cues.accept_button, Qt.MouseButton.LeftButton)
    assert model.project.setup("e002").status == "to do"
    assert not cues.accept_button.isEnabled()
    model.undo_stack.undo()
    qtbot.mouseClick(cues.drop_button, Qt.MouseButton.LeftButton)
    assert [event.id for event in model.project.events] == ["e001"]


def test_dropping_goes_on_to_the_next_suggestion(model: ProjectModel, cues: CueTable) -> None:
    set_setup(model, "e001", status="suggested")
    model.select("e001")
    cues.drop_selected()
    assert model.selected == DOOR


def test_next_suggestion_goes_round(model: ProjectModel, cues: CueTable) -> None:
    set_setup(model, "e001", status="suggested")
    visited = []
    for _ in range(3):
        cues.next_suggestion()
        assert model.selected is not None
        visited.append(model.selected.id)
    assert visited == ["e002", "e001", "e002"]


def test_accepted_events_are_neither_accepted_nor_dropped_again(model: ProjectModel, cues: CueTable) -> None:
    accept(model, "e002")
    model.select("e002")
    cues.accept_selected()
    cues.drop_selected()
    assert model.undo_stack.count() == 1
    assert len(model.project.events) == 2


def test_a_read_only_project_offers_no_judgement(model: ProjectModel, cues: CueTable) -> None:
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    model.select("e002")
    cues.accept_selected()
    cues.drop_selected()
    assert not cues.accept_button.isEnabled()
    assert model.project.setup("e002").status == "suggested"
    assert cues.table.selectionModel().isRowSelected(1, QModelIndex())


def test_a_status_nobody_gives_by_hand_is_kept_when_editing_ends(model: ProjectModel, cues: CueTable) -> None:
    index = cues.shown.index(1, STATUS)
    cues.table.setCurrentIndex(index)
    cues.table.edit(index)
    editor = cues.table.viewport().findChild(QComboBox)
    assert editor is not None
    assert [editor.itemText(row) for row in range(editor.count())] == [
        "suggested", "to do", "review", "approved",
    ]  # fmt: skip
    cues.table.commitData(editor)
    assert model.project.setup("e002").status == "suggested"


def cell_words(cues: CueTable, column: int) -> str:
    index = cues.shown.index(0, column)
    option = QStyleOptionViewItem()
    option.rect = cues.table.visualRect(index)
    delegate = cues.table.itemDelegate()
    assert isinstance(delegate, ChoiceDelegate)
    delegate.initStyleOption(option, index)
    return option.text


def test_a_narrow_status_is_a_sign_and_a_wide_one_has_its_words(cues: CueTable) -> None:
    assert cell_words(cues, STATUS) == "○"
    assert cues.shown.index(0, STATUS).data(Qt.ItemDataRole.ToolTipRole) == "to do"
    cues.table.setColumnWidth(STATUS, 200)
    assert cell_words(cues, STATUS) == "○ to do"


def test_a_status_is_chosen_from_a_list_that_can_be_read(cues: CueTable) -> None:
    cues.table.edit(cues.shown.index(0, STATUS))
    editor = cues.table.viewport().findChild(QComboBox)
    assert editor is not None
    assert editor.width() > cues.table.columnWidth(STATUS)
    assert editor.width() >= editor.fontMetrics().horizontalAdvance("approved") + 20


def test_going_to_a_suggestion_says_where_it_begins(cues: CueTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(cues.jumped) as jumped:
        qtbot.mouseClick(cues.next_button, Qt.MouseButton.LeftButton)
    assert jumped.args == [DOOR.range.start_samples]


def test_events_are_looked_for_where_no_suggestion_waits(model: ProjectModel, cues: CueTable) -> None:
    assert (cues.find_button.isVisible(), cues.accept_button.isVisible()) == (False, True)
    accept(model, DOOR.id)
    assert (cues.find_button.isVisible(), cues.accept_button.isVisible()) == (True, False)


def test_enter_in_the_filter_goes_on_to_the_cues(cues: CueTable, qtbot: QtBot) -> None:
    cues.activateWindow()
    qtbot.waitUntil(cues.isActiveWindow)
    cues.filter_box.setFocus()
    qtbot.keyClick(cues.filter_box, Qt.Key.Key_Return)
    assert cues.table.hasFocus()


def test_cues_that_begin_together_stand_in_the_order_of_their_numbers(
    model: ProjectModel, cues: CueTable
) -> None:
    for lane in ("props", "ambience", "moves"):
        make_event(model, lane, STEP.range)
    numbers = [cues.shown.index(row, 0).data() for row in range(cues.shown.rowCount())]
    assert numbers == ["1", "2", "3", "4", "5"]
