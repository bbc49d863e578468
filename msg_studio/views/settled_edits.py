"""Fields that speak once, when editing is finished, and that follow the project in between."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from engine.errors import InputError
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def select_on_click(box: QAbstractSpinBox, event: QFocusEvent) -> None:
    """Select the number a click went into, as Tab does: else "-6" typed into "0.0" makes -60."""
    if event.reason() == Qt.FocusReason.MouseFocusReason:
        QTimer.singleShot(0, box, box.selectAll)  # the click sets the cursor first


class SettledLine(QLineEdit):
    """A line of text: one signal when editing ends with other words; Escape takes them back.

    Signals:
        settled: The new words (str).
        left: Enter, or Escape with nothing to take back: the user is done here.
    """

    settled = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setAccessibleName(name)
        self.setMinimumHeight(SMALLEST_TARGET_PX)
        self.editingFinished.connect(self.settle)
        self.returnPressed.connect(self._leave)

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
        """Escape takes back what was typed, and leaves when that is nothing."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.pending:
            self.forget()
        else:
            self.left.emit()

    def _leave(self) -> None:
        self.settle()
        self.left.emit()


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

    Signals:
        left: Something was chosen by the mouse: the user is done here.
    """

    left = Signal()

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent)
        self._by_mouse = False
        self.activated.connect(self._leave)
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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The list is opened by the mouse."""
        self._by_mouse = True
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys choose, and stay here for the next field."""
        self._by_mouse = False
        super().keyPressEvent(event)

    def _leave(self) -> None:
        if self._by_mouse:
            self._by_mouse = False
            self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmSpin(QSpinBox):
    """A whole number that the mouse wheel changes only when it has the focus.

    Signals:
        left: Enter: the user is done here.
    """

    left = Signal()

    def __init__(self, parent: QWidget, *, name: str, limits: tuple[int, int], value: int) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(SMALLEST_TARGET_PX)
        self.setKeyboardTracking(False)
        self.setRange(*limits)
        self.setValue(value)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is typed after a click replaces the number."""
        super().focusInEvent(event)
        select_on_click(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter hands the number over and leaves."""
        super().keyPressEvent(event)
        if event.key() in ENTER:
            self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmNumber(QDoubleSpinBox):
    """A number in steps of a half that the mouse wheel changes only when it has the focus.

    Signals:
        gesture_ended: The focus left; the next change is another gesture.
        left: Enter: the user is done here.
    """

    gesture_ended = Signal()
    left = Signal()

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter hands the number over and leaves."""
        super().keyPressEvent(event)
        if event.key() in ENTER:
            self.left.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A gesture ends here."""
        super().focusOutEvent(event)
        self.gesture_ended.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is typed after a click replaces the number."""
        super().focusInEvent(event)
        select_on_click(self, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
