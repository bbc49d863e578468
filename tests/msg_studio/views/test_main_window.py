"""The window: up without a project, its menus whole, and never closed without being asked."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from msg_studio.views.key_sheet import KeySheet, keys_by_menu
from msg_studio.views.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=MainWindow.let_close)
    window.show()
    return window


def test_it_is_up_without_a_work_page(window: MainWindow) -> None:
    assert window.welcome.isVisible()
    assert window.pages.count() == 1


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys = Counter(
        keys.toString()
        for entry in window.menuBar().actions()
        for action in window.menu(entry.text()).actions()
        for keys in action.shortcuts()
    )
    assert [key for key, count in keys.items() if count > 1] == []
    assert keys["G"] == 1


def test_the_window_closes_only_when_it_may(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()
    assert window.isVisible()
    window.let_close()
    assert not window.isVisible()


def test_the_answer_to_closing_may_close_it_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.closing.connect(window.let_close)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_what_is_dropped_is_handed_on(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(film))])
    nowhere = QPointF(5, 5)
    drop = QDropEvent(
        nowhere,
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.dropped) as dropped:
        window.dropEvent(drop)
    assert dropped.args == [film]


def test_the_title_says_what_is_open(window: MainWindow) -> None:
    window.show_title("Film[*] - Studio", modified=True)
    assert window.isWindowModified()
    assert window.windowTitle() == "Film[*] - Studio"


def test_the_key_sheet_lists_every_key(qtbot: QtBot, window: MainWindow) -> None:
    sheet = KeySheet(window.menuBar(), window)
    sheet.open()
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for _, rows in keys_by_menu(window.menuBar()):
        assert {words for row in rows for words in row} <= shown
    assert "Generate takes" in shown
    sheet.done(QDialog.DialogCode.Accepted)


def test_the_key_sheet_folds_numbered_takes(window: MainWindow) -> None:
    takes = dict(keys_by_menu(window.menuBar()))["Takes"]
    assert ("Audition take", "1 to 8") in takes
    assert ("Choose take", "Shift+1 to Shift+8") in takes
    assert ("Regenerate the marked stretch", "R") in takes
    assert ("Compare blind", "C") in takes
    assert len(takes) == 6


def test_the_key_sheet_says_undo_without_what_it_would_undo(window: MainWindow) -> None:
    window.action("undo").setText("&Undo add hit point")
    assert ("Undo", "Ctrl+Z") in dict(keys_by_menu(window.menuBar()))["Edit"]
