"""The sheet of keys: every action that has one, under the menu it stands in."""

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMenuBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

COLUMNS = 3
WIDTH, MOST_HEIGHT = 900, 680
ROW_GAP_PX = 5
NUMBERED = re.compile(r"(.*) \d")  # "Audition take 3"
BEYOND_MENUS = {
    "Transport": (("Slow forward, slow reverse", "K+L, K+J"),),
    "Takes": (("Next, previous take", "Tab, Shift+Tab"),),
}


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
        columns = [QVBoxLayout() for _ in range(COLUMNS)]
        for title, rows in keys_by_menu(menus):
            lowest = min(columns, key=lambda column: column.sizeHint().height())
            lowest.addWidget(key_block(title, rows, page))
        side_by_side = QHBoxLayout(page)
        side_by_side.setSpacing(32)
        for column in columns:
            column.setSpacing(18)
            column.addStretch(1)
            side_by_side.addLayout(column, stretch=1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.resize(WIDTH, min(MOST_HEIGHT, page.sizeHint().height() + 2))


def keys_by_menu(menus: QMenuBar) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title of each menu with the words and keys of its actions, menus without keys left out."""
    for entry in menus.actions():
        menu = entry.menu()
        actions = menu.actions() if isinstance(menu, QMenu) else []
        rows = [(words_of(action), key_words(action)) for action in actions if action.shortcuts()]
        if rows:
            title = plain(entry.text())
            yield title, [*folded(rows), *BEYOND_MENUS.get(title, ())]


def words_of(action: QAction) -> str:
    """What an action does, without what it would undo just now ("Undo add hit point")."""
    words = plain(action.text())
    return next((word for word in ("Undo", "Redo") if words.startswith(f"{word} ")), words)


def folded(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rows that differ in a number only as one: "Audition take 1" to "8" with "1" to "8"."""
    made: list[tuple[str, str]] = []
    runs: dict[str, list[str]] = {}
    for words, keys in rows:
        numbered = NUMBERED.fullmatch(words)
        name = numbered[1] if numbered else words
        if name not in runs:
            made.append((name, keys))
        runs.setdefault(name, []).append(keys)
    return [(name, keys if len(runs[name]) == 1 else f"{keys} to {runs[name][-1]}") for name, keys in made]


def key_words(action: QAction) -> str:
    """All keys of an action, as people write them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(keys.toString(native) for keys in action.shortcuts() if not keys.isEmpty())


def key_block(title: str, rows: list[tuple[str, str]], parent: QWidget) -> QWidget:
    """One menu's keys under its title."""
    block = QWidget(parent)
    grid = QGridLayout(block)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(ROW_GAP_PX)
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
