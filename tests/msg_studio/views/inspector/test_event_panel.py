import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.timing import TimeRange
from msg_studio.commands import accept, delete_event
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.inspector.event_panel import EventPanel
from msg_studio.views.settled_edits import SettledLine
from tests.msg_studio.scene import opened_project


@pytest.fixture
def model(qapp: QApplication) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


@pytest.fixture
def playhead(qapp: QApplication) -> Playhead:
    playhead = Playhead(qapp)
    playhead.set_duration(100 * 48_000)
    return playhead


@pytest.fixture
def panel(qtbot: QtBot, model: ProjectModel, playhead: Playhead) -> EventPanel:
    panel = EventPanel(model, playhead)
    qtbot.addWidget(panel)
    panel.resize(320, 700)
    panel.show()
    panel.set_engine_words("Engine ready", True)
    return panel


def type_into(qtbot: QtBot, line: SettledLine, words: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, words)


def test_enter_in_a_field_gives_the_keys_back(qtbot: QtBot, panel: EventPanel) -> None:
    line = panel.form.lines["prompt"]
    qtbot.keyClicks(line, "boots")
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(line, Qt.Key.Key_Return)
    with qtbot.assertNotEmitted(panel.focus_returned):
        qtbot.keyClicks(line, " and more")
        qtbot.keyClick(line, Qt.Key.Key_Escape)  # takes the words back
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(line, Qt.Key.Key_Escape)


def test_the_selected_event_is_shown(model: ProjectModel, panel: EventPanel) -> None:
    form = panel.form
    assert panel.heading.text() == "Cue 1 · footstep"
    times = [line.text() for line in (form.start, form.end, form.length)]
    assert times == ["01:00:01:00", "01:00:01:12", "00:00:00:12"]
    assert (form.sound_class.currentText(), form.lane.currentText()) == ("footstep · FEETHmn", "Feet")
    assert form.hits.hits.rowCount() == 1
    model.select("e002")
    assert panel.heading.text() == "Cue 2 · door close"
    assert form.status.currentText() == "suggested"
    model.select(None)
    assert panel.heading.text() == "No event selected."
    assert not form.isVisible()


def test_a_prompt_is_one_step_when_editing_ends(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    line = panel.form.lines["prompt"]
    type_into(qtbot, line, "boots on gravel")
    assert model.undo_stack.count() == 0
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert model.project.setup("e001").prompt == "boots on gravel"
    assert model.undo_stack.count() == 1
    model.undo_stack.undo()
    assert line.text() == ""


def test_escape_takes_back_what_was_typed(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    line = panel.form.lines["prompt"]
    type_into(qtbot, line, "boots")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == ""
    panel.settle()
    assert model.undo_stack.count() == 0


def test_words_being_typed_go_to_the_event_they_were_typed_for(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    type_into(qtbot, panel.form.lines["prompt"], "boots")
    model.select("e002")
    assert model.project.setup("e001").prompt == "boots"
    assert model.project.setup("e002").prompt == ""
    assert panel.form.lines["prompt"].text() == ""


def test_words_being_typed_survive_another_change(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    line = panel.form.lines["prompt"]
    type_into(qtbot, line, "boo")
    accept(model, "e002")
    assert line.text() == "boo"


def test_times_are_typed_as_timecode(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    for line, words in ((panel.form.end, "01:00:02:00"), (panel.form.start, "01:00:01:05")):
        type_into(qtbot, line, words)
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert model.project.event("e001").range == TimeRange(57_600, 96_000)
    type_into(qtbot, panel.form.length, "00:00:01:00")
    qtbot.keyClick(panel.form.length, Qt.Key.Key_Return)
    assert model.project.event("e001").range == TimeRange(57_600, 105_600)


@pytest.mark.parametrize(
    ("words", "reason"),
    [("soon", "cannot be read"), ("01:00:01:00", "is empty"), ("00:59:00:00", "is empty")],
)
def test_a_time_that_cannot_be_is_refused_in_words(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel, words: str, reason: str
) -> None:
    type_into(qtbot, panel.form.end, words)
    qtbot.keyClick(panel.form.end, Qt.Key.Key_Return)
    assert reason in panel.refusal.text()
    assert panel.refusal.isVisible()
    assert (panel.form.start.text(), panel.form.end.text()) == ("01:00:01:00", "01:00:01:12")
    assert model.undo_stack.count() == 0


def test_a_class_is_found_by_any_of_its_letters(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    box = panel.form.sound_class
    completer = box.completer()
    assert completer is not None
    completer.setCompletionPrefix("EXPLReal")
    assert completer.completionCount() >= 1
    line = box.lineEdit()
    assert line is not None
    line.setText("Door Close · doorwood")  # typed keys would open the popup, which offscreen cannot
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert model.project.event("e001").cat_id == "DOORWood"
    assert model.undo_stack.count() == 1


def test_a_class_that_does_not_exist_goes_back(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    line = panel.form.sound_class.lineEdit()
    assert line is not None
    line.setText("zzz")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "footstep · FEETHmn"
    assert model.undo_stack.count() == 0


def test_setup_is_edited_and_follows_undo(model: ProjectModel, panel: EventPanel) -> None:
    form = panel.form
    form.lane.setCurrentIndex(2)
    form.lane.activated.emit(2)
    form.muted.click()
    form.gain.setValue(-3.0)
    form.gain.setValue(-3.5)  # the same gesture
    form.status.setCurrentText("approved")
    form.status.textActivated.emit("approved")
    setup = model.project.setup("e001")
    assert (model.project.event("e001").lane, setup.muted, setup.gain_db) == ("props", True, -3.5)
    assert (setup.status, model.undo_stack.count()) == ("approved", 4)
    for _ in range(4):
        model.undo_stack.undo()
    assert (form.lane.currentText(), form.muted.isChecked(), form.gain.value()) == ("Feet", False, 0.0)


def test_hit_points_are_added_at_the_playhead_and_removed(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel, playhead: Playhead
) -> None:
    hits = panel.form.hits
    assert not hits.add_button.isEnabled()  # the playhead is outside the event
    playhead.seek(60_000)
    qtbot.mouseClick(hits.add_button, Qt.MouseButton.LeftButton)
    assert [hit.sample for hit in model.project.event("e001").hit_points] == [50_000, 60_000]
    assert hits.heading.text() == "Hit points (2)"
    hits.table.selectRow(0)
    qtbot.mouseClick(hits.remove_button, Qt.MouseButton.LeftButton)
    assert [hit.sample for hit in model.project.event("e001").hit_points] == [60_000]


def test_the_strength_of_a_hit_is_typed_in_percent(model: ProjectModel, panel: EventPanel) -> None:
    hits = panel.form.hits.hits
    assert hits.setData(hits.index(0, 2), "40 %")
    assert model.project.event("e001").hit_points[0].strength == 0.4
    assert hits.setData(hits.index(0, 2), "hard")
    assert "no number" in panel.refusal.text()


def test_a_click_on_a_hit_moves_the_playhead_there(
    qtbot: QtBot, panel: EventPanel, playhead: Playhead
) -> None:
    table = panel.form.hits.table
    place = table.visualRect(panel.form.hits.hits.index(0, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert playhead.position == 50_000


def test_takes_are_asked_for_with_the_words_typed_so_far(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    type_into(qtbot, panel.form.lines["prompt"], "boots")
    panel.order.takes.setValue(2)
    panel.form.options.seed.setText("77")
    assert panel.order.button.text() == "Generate 2 takes  (G)"
    with qtbot.waitSignal(panel.generate_wanted) as asked:
        panel.generate()
    assert asked.args == ["e001", GenerateOptions(takes=2, steps=15, guidance=2.5, seed=77)]
    assert model.project.setup("e001").prompt == "boots"


def test_four_takes_of_a_new_seed_are_the_default(qtbot: QtBot, panel: EventPanel) -> None:
    with qtbot.waitSignal(panel.generate_wanted) as asked:
        qtbot.mouseClick(panel.order.button, Qt.MouseButton.LeftButton)
    assert asked.args[1] == GenerateOptions(takes=4, steps=15, guidance=2.5, seed=None)


def test_the_button_says_why_it_cannot_be_pressed(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    order = panel.order
    panel.set_engine_words("The engine is restarting, 1 of 3.", False)
    assert (order.button.isEnabled(), order.reason.text()) == (False, "The engine is restarting, 1 of 3.")
    with qtbot.assertNotEmitted(panel.generate_wanted):
        panel.generate()
    panel.set_engine_words("Engine ready", True)
    assert order.button.isEnabled()
    model.select("e002")
    assert "accept it first (A)" in order.reason.text()
    accept(model, "e002")
    assert order.button.isEnabled()
    model.select(None)
    assert "Select an event" in order.reason.text()
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    assert (order.button.isEnabled(), order.reason.text()) == (False, "Read-only: open elsewhere")
    assert not panel.form.isEnabled()


def test_the_rest_is_folded_until_asked_for(qtbot: QtBot, panel: EventPanel) -> None:
    assert not panel.form.more.isVisible()
    panel.form.fold.setFocus()
    qtbot.keyClick(panel.form.fold, Qt.Key.Key_Space)
    assert panel.form.more.isVisible()


def test_the_prompt_can_be_gone_to(qtbot: QtBot, panel: EventPanel) -> None:
    panel.activateWindow()
    panel.edit_prompt()
    qtbot.waitUntil(panel.form.lines["prompt"].hasFocus)


def test_words_for_an_event_that_is_gone_are_dropped(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    type_into(qtbot, panel.form.lines["prompt"], "boots")
    delete_event(model, "e001")
    assert panel.form.lines["prompt"].text() == ""
    assert model.undo_stack.count() == 1


def test_words_for_one_project_never_reach_another(
    qtbot: QtBot, model: ProjectModel, panel: EventPanel
) -> None:
    type_into(qtbot, panel.form.lines["prompt"], "boots")
    model.show_project(opened_project())  # its events have the same ids
    assert panel.form.lines["prompt"].text() == ""
    panel.settle()
    assert model.undo_stack.count() == 0


def test_enter_in_a_number_gives_the_keys_back(qtbot: QtBot, model: ProjectModel, panel: EventPanel) -> None:
    gain = panel.form.gain
    gain.setFocus()
    gain.selectAll()
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClicks(gain, "-3")
        qtbot.keyClick(gain, Qt.Key.Key_Return)
    assert model.project.setup("e001").gain_db == -3.0
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(panel.order.takes, Qt.Key.Key_Return)


@pytest.mark.qt_log_ignore("This plugin does not support")  # a list that pops up, offscreen
def test_a_choice_by_the_mouse_gives_the_keys_back_and_one_by_keys_stays(
    qtbot: QtBot, panel: EventPanel
) -> None:
    status = panel.form.status
    with qtbot.assertNotEmitted(panel.focus_returned):
        qtbot.keyClick(status, Qt.Key.Key_Down)
    qtbot.mouseClick(status, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(status.view(), Qt.Key.Key_Down)
        qtbot.keyClick(status.view(), Qt.Key.Key_Return)


def test_the_fields_of_an_event_are_seen_without_scrolling(model: ProjectModel, panel: EventPanel) -> None:
    panel.resize(330, 300)
    QApplication.processEvents()
    viewport = panel.scroll_area.viewport()
    for field in (panel.form.status, panel.form.end, panel.form.gain):
        assert viewport.rect().contains(field.rect().translated(field.mapTo(viewport, QPoint(0, 0))))


def test_an_event_without_hit_points_spares_their_list(model: ProjectModel, panel: EventPanel) -> None:
    assert panel.form.hits.table.isVisible()
    model.select("e002")
    assert not panel.form.hits.table.isVisible()


def test_a_class_that_was_typed_gives_the_keys_back(qtbot: QtBot, panel: EventPanel) -> None:
    line = panel.form.sound_class.lineEdit()
    assert line is not None
    with qtbot.waitSignal(panel.focus_returned):
        qtbot.keyClick(line, Qt.Key.Key_Return)
