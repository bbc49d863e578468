import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from msg_studio.commands import set_knob
from msg_studio.event_knobs import knob_value
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.inspector.event_panel import EventPanel
from tests.msg_studio.scene import opened_project


@pytest.fixture
def model(qapp: QApplication) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication, model: ProjectModel) -> EventPanel:
    panel = EventPanel(model, Playhead(qapp))
    qtbot.addWidget(panel)
    panel.resize(330, 330)
    panel.show()
    panel.set_engine_words("Engine ready", True)
    return panel


def test_each_event_has_its_own_knobs(model: ProjectModel, panel: EventPanel) -> None:
    options = panel.form.options
    options.variation.setValue(30)
    options.level.setValue(-6.0)
    options.steps.setValue(40)
    options.guidance.setValue(4.0)
    panel.order.takes.setValue(2)
    model.select("e002")
    shown = (
        options.variation.value(),
        options.level.value(),
        options.steps.value(),
        options.guidance.value(),
    )
    assert (*shown, panel.order.takes.value()) == (100, 0.0, 15, 2.5, 4)
    model.select("e001")
    assert panel.options == GenerateOptions(2, 40, 4.0, None, 0.3, -6.0)
    assert panel.order.button.text() == "Generate 2 takes  (G)"
    assert model.undo_stack.count() == 5


def test_an_undo_turns_a_knob_back(model: ProjectModel, panel: EventPanel) -> None:
    panel.form.options.variation.setValue(50)
    panel.form.options.variation.setValue(20)
    assert knob_value(model.project, "e001", "variation") == 0.2
    model.undo_stack.undo()
    assert panel.form.options.variation.value() == 100
    assert model.project.settings == {}


def test_looking_at_events_turns_nothing(model: ProjectModel, panel: EventPanel) -> None:
    set_knob(model, "e001", "takes", 7)
    for event_id in ("e002", "e001", None, "e001"):
        model.select(event_id)
    assert panel.order.takes.value() == 7
    assert model.undo_stack.count() == 1


def test_the_fold_says_that_something_below_it_is_set(model: ProjectModel, panel: EventPanel) -> None:
    fold = panel.form.fold
    assert (fold.text(), fold.toolTip()) == ("More", "")
    panel.form.options.variation.setValue(50)
    panel.form.lines["negative_prompt"].setText("rain")
    panel.settle()
    assert fold.text() == "More •"
    assert fold.accessibleDescription() == "Set for this event: not wanted, variation"
    model.select("e002")
    assert fold.text() == "More"


def test_what_is_unfolded_is_brought_into_view(qtbot: QtBot, panel: EventPanel) -> None:
    panel.form.fold.setFocus()
    qtbot.keyClick(panel.form.fold, Qt.Key.Key_Space)
    viewport = panel.scroll_area.viewport()
    field = panel.form.options.guidance

    def seen() -> bool:
        place = field.mapTo(viewport, field.rect().center())
        return viewport.rect().contains(place)

    qtbot.waitUntil(seen)
    assert panel.form.width() <= viewport.width()  # nothing is cut off at the right


def test_every_knob_has_a_name_a_tip_and_its_place_under_tab(panel: EventPanel) -> None:
    for field in (*panel.form.options.fields, panel.order.takes):
        assert field.accessibleName()
        assert field.toolTip()
        assert field.accessibleDescription() == field.toolTip()
        assert field.focusPolicy() & Qt.FocusPolicy.TabFocus
    order = [panel.form.lines["negative_prompt"], *panel.form.options.fields, panel.form.lines["character"]]
    for one, after in zip(order, order[1:], strict=False):
        following = one.nextInFocusChain()
        while following.focusPolicy() == Qt.FocusPolicy.NoFocus or following.parent() is one:
            following = following.nextInFocusChain()
        assert following is after


def test_a_read_only_project_keeps_its_knobs(model: ProjectModel, panel: EventPanel) -> None:
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    assert not panel.order.takes.isEnabled()
    assert not panel.form.options.isEnabled()
