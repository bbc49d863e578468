"""Fields that speak once, when editing is finished, and that follow the project in between."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from engine.errors import InputError
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX


class SettledLine(QLineEdit):
    """A line of text: one signal when editing ends with other words; Escape takes them back.

    Signals:
        settled: The new words (str).
    """

    settled = Signal(str)

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setAccessibleName(name)
        self.setMinimumHeight(SMALLEST_TARGET_PX)
        self.editingFinished.connect(self.settle)

    @property
    def pending(self) -> bool:
        """Whether the user typed what was not handed over yet."""
        return self.text() != self._shown

    def show_text(self, text: str) -> None:
        """Show what the project holds; words being typed stay, unless they are the same anyway."""
        if self.pending and self.hasFocus() and text == self._shown:
            return
        self._shown = text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)

    def forget(self) -> None:
        """Drop what was typed."""
        self.setText(self._shown)

    def settle(self) -> None:
        """Hand over what was typed."""
        if self.pending:
            self._shown = self.text()
            self.settled.emit(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.pending:
            self.forget()
            return
        super().keyPressEvent(event)


class TimeLine(SettledLine):
    """A time as words, such as a timecode; what cannot be read is refused with the reason.

    Args:
        parent: Owner.
        name: What the time is, for screen readers.
        read: Words to samples at 48 kHz; raises InputError with the reason.

    Signals:
        entered: The new time in samples (int).
        refused: Why the words cannot be used (str).
    """

    entered = Signal(int)
    refused = Signal(str)

    def __init__(self, parent: QWidget, *, name: str, read: Callable[[str], int]) -> None:
        super().__init__(parent, name=name)
        self._read = read
        self.settled.connect(self._enter)

    def _enter(self, words: str) -> None:
        try:
            sample = self._read(words)
        except InputError as error:
            self.refused.emit(str(error))
        else:
            self.entered.emit(sample)


class CalmCombo(QComboBox):
    """A list of choices that the mouse wheel changes only when it has the focus.

    Args:
        parent: Owner.
        name: What is chosen, for screen readers.
    """

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(SMALLEST_TARGET_PX)

    def show_choice(self, choice: str, choices: tuple[str, ...]) -> None:
        """Show a choice; one that is not for the user to make is listed while it stands."""
        listed = choices if choice in choices else (choice, *choices)
        if listed != tuple(self.itemText(row) for row in range(self.count())):
            self.clear()
            self.addItems(listed)
        self.setCurrentText(choice)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmSpin(QSpinBox):
    """A whole number that the mouse wheel changes only when it has the focus."""

    def __init__(self, parent: QWidget, *, name: str, limits: tuple[int, int], value: int) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(SMALLEST_TARGET_PX)
        self.setKeyboardTracking(False)
        self.setRange(*limits)
        self.setValue(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmNumber(QDoubleSpinBox):
    """A number that the mouse wheel changes only when it has the focus.

    Signals:
        gesture_ended: The focus left; the next change is another gesture.
    """

    gesture_ended = Signal()

    def __init__(self, parent: QWidget, *, name: str, limits: tuple[float, float], value: float) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(SMALLEST_TARGET_PX)
        self.setKeyboardTracking(False)
        self.setRange(*limits)
        self.setDecimals(1)
        self.setSingleStep(0.5)
        self.setValue(value)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A gesture ends here."""
        super().focusOutEvent(event)
        self.gesture_ended.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
