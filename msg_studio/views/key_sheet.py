"""The sheet of keys: every action that has one, under the menu it stands in."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QMenu, QMenuBar, QScrollArea, QVBoxLayout, QWidget

COLUMNS = 3
WIDTH, HEIGHT = 900, 560


class KeySheet(QDialog):
    """Lists the keys of all menus.

    Args:
        menus: The menu bar whose actions are listed.
        parent: The window it lies over.
    """

    def __init__(self, menus: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QWidget(self)
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(20)
        for number, (title, rows) in enumerate(keys_by_menu(menus)):
            block = key_block(title, rows, page)
            grid.addWidget(block, number // COLUMNS, number % COLUMNS, Qt.AlignmentFlag.AlignTop)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.resize(WIDTH, HEIGHT)


def keys_by_menu(menus: QMenuBar) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title of each menu with the words and keys of its actions, menus without keys left out."""
    for entry in menus.actions():
        menu = entry.menu()
        actions = menu.actions() if isinstance(menu, QMenu) else []
        rows = [(plain(action.text()), key_words(action)) for action in actions if action.shortcuts()]
        if rows:
            yield plain(entry.text()), rows


def key_words(action: QAction) -> str:
    """All keys of an action, as people write them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(keys.toString(native) for keys in action.shortcuts() if not keys.isEmpty())


def key_block(title: str, rows: list[tuple[str, str]], parent: QWidget) -> QWidget:
    """One menu's keys under its title."""
    block = QWidget(parent)
    grid = QGridLayout(block)
    grid.setContentsMargins(0, 0, 0, 0)
    heading = QLabel(title, block)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (words, keys) in enumerate(rows, start=1):
        grid.addWidget(QLabel(words, block), number, 0)
        grid.addWidget(QLabel(keys, block), number, 1, Qt.AlignmentFlag.AlignRight)
    return block


def plain(words: str) -> str:
    """An action's words without the mark for the Alt key."""
    return words.replace("&", "").removesuffix("...")
