"""The recovery window: what it lists, and that only a confirmed discard removes anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.project.recovery import Recovery
from msg_studio.views.recovery_view import RecoveryView

LEFT = Qt.MouseButton.LeftButton
WHEN = datetime(2026, 3, 4, 12, tzinfo=UTC)
SAVED = Recovery(
    Path("/w/a-1-1.db"), "Harbour", Path("/f/H.msgproj"), WHEN, ("make event", "move event"), 12, True
)
NEVER_SAVED = Recovery(Path("/w/b-1-1.db"), "Night", None, WHEN, ("make event",), 1, True)
DAMAGED = Recovery(Path("/w/c-1-1.db"), "", None, WHEN, (), 0, False)


@pytest.fixture
def view(qtbot: QtBot) -> RecoveryView:
    made = RecoveryView([SAVED, NEVER_SAVED, DAMAGED])
    qtbot.addWidget(made)
    made.open()
    return made


def row(view: RecoveryView, number: int) -> list[str]:
    cells = [view.table.item(number, column) for column in range(view.table.columnCount())]
    return [cell.text() for cell in cells if cell is not None]


def test_it_lists_project_time_actions_and_events(view: RecoveryView) -> None:
    name, when, actions, last, events = row(view, 0)
    assert (name, actions, last, events) == ("Harbour", "2", "move event", "12")
    assert "Mar 2026" in when
    assert row(view, 2)[0] == "damaged"


def test_recover_takes_the_chosen_one(qtbot: QtBot, view: RecoveryView) -> None:
    view.table.selectRow(1)
    with qtbot.waitSignal(view.recover_wanted) as wanted:
        qtbot.mouseClick(view.recover, LEFT)
    assert wanted.args == [NEVER_SAVED]
    assert not view.isVisible()


def test_last_save_is_offered_where_there_is_one(qtbot: QtBot, view: RecoveryView) -> None:
    view.table.selectRow(1)
    assert not view.last_save.isEnabled()
    assert "Never saved" in view.detail.text()
    view.table.selectRow(0)
    with qtbot.waitSignal(view.last_save_wanted) as wanted:
        qtbot.mouseClick(view.last_save, LEFT)
    assert wanted.args == [SAVED]


def test_damaged_copy_cannot_be_recovered_and_is_said_to_be_kept(view: RecoveryView) -> None:
    view.table.selectRow(2)
    assert not view.recover.isEnabled()
    assert not view.last_save.isEnabled()
    assert "kept at /w/c-1-1.db" in view.detail.text()


def test_later_closes_and_asks_for_nothing(qtbot: QtBot, view: RecoveryView) -> None:
    with qtbot.assertNotEmitted(view.discard_wanted), qtbot.assertNotEmitted(view.recover_wanted):
        qtbot.mouseClick(view.later, LEFT)
    assert not view.isVisible()


def answer(qtbot: QtBot, view: RecoveryView, which: QMessageBox.StandardButton) -> None:
    qtbot.mouseClick(view.discard, LEFT)
    assert view.question is not None
    assert "Discard 2 unsaved actions of Harbour?" in view.question.text()
    qtbot.mouseClick(view.question.button(which), LEFT)
    qtbot.waitUntil(lambda: view.question is None)


def test_discard_asks_first(qtbot: QtBot, view: RecoveryView) -> None:
    with qtbot.assertNotEmitted(view.discard_wanted):
        answer(qtbot, view, QMessageBox.StandardButton.Cancel)
    with qtbot.waitSignal(view.discard_wanted) as wanted:
        answer(qtbot, view, QMessageBox.StandardButton.Discard)
    assert wanted.args == [SAVED]
    assert view.isVisible()


def test_window_goes_when_nothing_is_left(view: RecoveryView) -> None:
    view.show_recoveries([NEVER_SAVED])
    assert view.chosen == NEVER_SAVED
    view.show_recoveries([])
    assert not view.isVisible()
