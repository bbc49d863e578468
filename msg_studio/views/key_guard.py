"""Keeps keys with the widget that has the focus where a shortcut of the window would take them away."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

Key = Qt.Key

_SIDEWAYS = frozenset({Key.Key_Left, Key.Key_Right})
_UP_AND_DOWN = frozenset({Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End})
_SHIFTED = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
_TEXT_FIELDS = (QLineEdit, QPlainTextEdit, QTextEdit)
_OF_NUMBERS = "0123456789+-\N{MINUS SIGN}.,"
_LISTS = (QAbstractItemView, QComboBox)
_LETTERS_TO_WINDOW = "letters_to_window"


def give_letters_to_window(view: QAbstractItemView) -> None:
    """Let Space, letters, digits, left and right work as the window's keys in a list without type-ahead.

    Up, down, Home and End still move inside it.
    """
    view.setProperty(_LETTERS_TO_WINDOW, True)


class KeyGuard(QObject):
    """Watches the focus, and lets the focused widget keep what it uses itself.

    Text fields keep what is typed, what moves in the text, and Enter; boxes for numbers keep what
    belongs to a number; buttons keep Space; lists and combo boxes keep Space, letters for type-ahead,
    and what moves in them; sliders and tab bars keep arrows. Everything else, and all with Ctrl or
    Alt, is the window's.

    Args:
        application: Whose focus is watched.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._watched: QWidget | None = None
        application.focusChanged.connect(self._watch)
        self._watch(None, application.focusWidget())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 (Qt's)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            widget = self._watched
            if widget is not None and watched is widget:
                if keeps(widget, event):
                    event.accept()
                    return True
                if gives_away(widget, event):
                    event.ignore()
                    return True
        return False

    def _watch(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Look at one widget only: a filter on all of the application would slow every event down."""
        if self._watched is not None and isValid(self._watched):  # the last one may be gone with its focus
            self._watched.removeEventFilter(self)
        self._watched = new
        if new is not None:
            new.installEventFilter(self)


def gives_away(widget: QWidget, event: QKeyEvent) -> bool:
    """Whether a key is the window's though the widget would take it: letters in a box for numbers."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier in _SHIFTED
    return (
        isinstance(widget, QAbstractSpinBox) and plain and event.text().isprintable() and bool(event.text())
    )


def keeps(widget: QWidget, event: QKeyEvent) -> bool:
    """Whether a focused widget uses a key itself, so that no shortcut may have it."""
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier not in _SHIFTED:
        return False
    key, typed = Key(event.key()), event.text()
    types = bool(typed) and typed.isprintable()
    moves = key in _SIDEWAYS or key in _UP_AND_DOWN
    if isinstance(widget, _TEXT_FIELDS):
        return types or moves or key in _ENTER
    if isinstance(widget, QAbstractSpinBox):
        return moves or key in _ENTER or (types and typed in _OF_NUMBERS)
    if isinstance(widget, QAbstractButton):
        return key == Key.Key_Space
    if isinstance(widget, _LISTS):
        plain = widget.property(_LETTERS_TO_WINDOW) is True
        return key in _UP_AND_DOWN or (not plain and (types or moves))
    if isinstance(widget, QAbstractSlider | QTabBar):
        return moves
    return False
