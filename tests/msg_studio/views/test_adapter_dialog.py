from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from msg_studio.qt_models.adapter_choice import AdapterChoice
from msg_studio.views.adapter_dialog import AdapterDialog
from tests.msg_studio.qt_models.test_adapter_choice import BASE, choice

__all__ = ["choice"]


@pytest.fixture
def dialog(qtbot: QtBot, choice: AdapterChoice) -> AdapterDialog:
    choice.set_base(BASE)
    dialog = AdapterDialog(choice)
    dialog.switched.connect(lambda name, on: choice.switch(name, on=on))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def rows(dialog: AdapterDialog) -> list[list[str]]:
    table = dialog.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def click(qtbot: QtBot, dialog: AdapterDialog, row: int, column: int) -> None:
    place = dialog.table.visualItemRect(dialog.table.item(row, column)).center()
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def ticked(dialog: AdapterDialog) -> list[str]:
    items = [dialog.table.item(row, 0) for row in range(dialog.table.rowCount())]
    return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]


def test_each_adapter_is_listed_with_its_base_its_pairs_and_its_agreement(dialog: AdapterDialog) -> None:
    foreign, hard, soft, torn = rows(dialog)
    assert soft == ["soft steps", "starter", "41", "agrees with 75% of the pairs kept apart"]
    assert hard[0] == "hard steps"
    assert foreign[3].startswith("made for starter cccccc")
    assert torn[3].startswith("damaged: ")


def test_one_click_switches_on_and_another_one_off(
    qtbot: QtBot, dialog: AdapterDialog, choice: AdapterChoice
) -> None:
    click(qtbot, dialog, 2, 3)
    assert (choice.active, ticked(dialog)) == ("soft steps", ["soft steps"])
    click(qtbot, dialog, 1, 1)
    assert (choice.active, ticked(dialog)) == ("hard steps", ["hard steps"])
    click(qtbot, dialog, 1, 2)
    assert (choice.active, ticked(dialog)) == ("", [])


def test_the_keyboard_ticks_as_well(qtbot: QtBot, dialog: AdapterDialog, choice: AdapterChoice) -> None:
    dialog.table.setCurrentCell(2, 0)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert choice.active == "soft steps"


def test_what_cannot_be_used_is_grey_and_takes_no_click(
    qtbot: QtBot, dialog: AdapterDialog, choice: AdapterChoice
) -> None:
    for row, name in ((0, "foreign"), (3, "torn")):
        assert not dialog.table.item(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled
        assert dialog.table.item(row, 0).toolTip().startswith(f"{name}: ")
        click(qtbot, dialog, row, 3)
    assert choice.active == ""


def test_without_adapters_it_says_how_to_get_one(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    dialog = AdapterDialog(AdapterChoice("", qapp, folder=tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.empty_words.isVisible()
    assert not dialog.table.isVisible()
    assert "msg-train tune --project" in dialog.empty_words.text()
