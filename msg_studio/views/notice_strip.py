"""A strip across the window for what the user must know: the engine died, the film is missing."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from msg_studio.theme import theme_of
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX

WARNING_SIGN, ALARM_SIGN = "⚠", "✖"
MOST_BUTTONS = 2


@dataclass(frozen=True)
class NoticeButton:
    """What the user can do about a notice.

    Attributes:
        text: Words on the button.
        pressed: Called when it is pressed; the notice stays until it is withdrawn.
    """

    text: str
    pressed: Callable[[], object]


@dataclass(frozen=True)
class Notice:
    """Something the user must know.

    Attributes:
        words: What happened and what to do next.
        alarm: Whether work may be lost (red), else something is to be seen to (amber).
        buttons: At most two.
    """

    words: str
    alarm: bool
    buttons: tuple[NoticeButton, ...]


class NoticeStrip(QWidget):
    """Shows one notice at a time, alarms first; hidden when there is none.

    Args:
        parent: Owner.

    Signals:
        dismissed: The user closed a notice (str: its key).
    """

    dismissed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: dict[str, Notice] = {}
        self.sign = QLabel(self)
        self.words = QLabel(self)
        self.buttons = [QPushButton(self) for _ in range(MOST_BUTTONS)]
        self.close_button = QToolButton(self)
        self._lay_out()
        self._show()

    @property
    def shown(self) -> str:
        """Key of the notice that is shown, empty when none is."""
        alarms = [key for key, notice in self._notices.items() if notice.alarm]
        return next(reversed(alarms or list(self._notices)), "")

    def show_notice(
        self, key: str, words: str, *, alarm: bool = False, buttons: tuple[NoticeButton, ...] = ()
    ) -> None:
        """Show a notice, in place of the one of the same key.

        Args:
            key: What it is about ("engine", "autosave", "film"), to withdraw it later.
            words: What happened and what to do next.
            alarm: Red instead of amber: work may be lost.
            buttons: At most two.
        """
        if len(buttons) > MOST_BUTTONS:
            raise ValueError(f"A notice has at most {MOST_BUTTONS} buttons, got {len(buttons)}")
        self._notices.pop(key, None)
        self._notices[key] = Notice(words, alarm, buttons)
        self._show()

    def withdraw(self, key: str) -> None:
        """Take a notice back because its cause is gone; nothing happens where there is none."""
        if self._notices.pop(key, None) is not None:
            self._show()

    def _dismiss(self) -> None:
        key = self.shown
        self.withdraw(key)
        self.dismissed.emit(key)

    def _press(self, place: int) -> None:
        self._notices[self.shown].buttons[place].pressed()

    def _show(self) -> None:
        notice = self._notices.get(self.shown)
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._colour(alarm=notice.alarm)
        self.sign.setText(ALARM_SIGN if notice.alarm else WARNING_SIGN)
        self.sign.setAccessibleName("Alarm" if notice.alarm else "Warning")
        others = len(self._notices) - 1
        self.words.setText(f"{notice.words}  (and {others} more)" if others else notice.words)
        self.setAccessibleDescription(notice.words)
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(notice.buttons))
            if place < len(notice.buttons):
                button.setText(notice.buttons[place].text)

    def _colour(self, *, alarm: bool) -> None:
        theme = theme_of(self.window())
        ground = theme.error_strip if alarm else theme.warning_strip
        words = theme.error_strip_text if alarm else theme.warning_strip_text
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, ground)
        palette.setColor(QPalette.ColorRole.Button, ground.lighter(112) if alarm else ground.darker(112))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
            palette.setColor(role, words)
        # One by one: under a style sheet children do not inherit a palette.
        for part in (self, self.sign, self.words, *self.buttons, self.close_button):
            part.setPalette(palette)

    def _lay_out(self) -> None:
        self.setAutoFillBackground(True)
        self.setAccessibleName("Notice")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setAccessibleName("Dismiss the notice")
        self.close_button.setToolTip("Dismiss the notice")
        self.close_button.clicked.connect(self._dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 4)
        layout.addWidget(self.sign)
        layout.addWidget(self.words, stretch=1)
        for place, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, place=place: self._press(place))
            layout.addWidget(button)
        layout.addWidget(self.close_button)
        for control in (*self.buttons, self.close_button):
            control.setMinimumSize(SMALLEST_TARGET_PX, SMALLEST_TARGET_PX)
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
