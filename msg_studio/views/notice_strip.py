"""A strip across the window for what the user must know: the engine died, the film is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from msg_studio.look.theme import theme_of
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX

Kind = Literal["done", "warning", "alarm"]
SIGNS: dict[Kind, tuple[str, str]] = {
    "done": ("✓", "Done"), "warning": ("⚠", "Warning"), "alarm": ("✖", "Alarm"),
}  # fmt: skip
BUTTON_SHADE = 112  # percent
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
        kind: "alarm" when work may be lost (red), "warning" when something is to be seen to (amber),
            "done" when something went well (green).
        buttons: At most two.
    """

    words: str
    kind: Kind
    buttons: tuple[NoticeButton, ...]


class NoticeStrip(QWidget):
    """Shows one notice at a time, alarms first, good news last; hidden when there is none.

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
        gravest = sorted(self._notices, key=lambda key: list(SIGNS).index(self._notices[key].kind))
        return next(reversed(gravest), "")

    def show_notice(
        self,
        key: str,
        words: str,
        *,
        alarm: bool = False,
        done: bool = False,
        buttons: tuple[NoticeButton, ...] = (),
    ) -> None:
        """Show a notice, in place of the one of the same key.

        Args:
            key: What it is about ("engine", "autosave", "film"), to withdraw it later.
            words: What happened and what to do next.
            alarm: Red instead of amber: work may be lost.
            done: Green instead of amber: something went well.
            buttons: At most two.
        """
        if len(buttons) > MOST_BUTTONS:
            raise ValueError(f"A notice has at most {MOST_BUTTONS} buttons, got {len(buttons)}")
        self._notices.pop(key, None)
        kind: Kind = "alarm" if alarm else "done" if done else "warning"
        self._notices[key] = Notice(words, kind, buttons)
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
        self._colour(notice.kind)
        sign, spoken = SIGNS[notice.kind]
        self.sign.setText(sign)
        self.sign.setAccessibleName(spoken)
        others = len(self._notices) - 1
        self.words.setText(f"{notice.words}  (and {others} more)" if others else notice.words)
        self.setAccessibleDescription(notice.words)
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(notice.buttons))
            if place < len(notice.buttons):
                button.setText(notice.buttons[place].text)

    def _colour(self, kind: Kind) -> None:
        theme = theme_of(self.window())
        ground, words = {
            "alarm": (theme.error_strip, theme.error_strip_text),
            "warning": (theme.warning_strip, theme.warning_strip_text),
            "done": (theme.done_strip, theme.done_strip_text),
        }[kind]
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, ground)
        shaded = ground.darker(BUTTON_SHADE) if kind == "warning" else ground.lighter(BUTTON_SHADE)
        palette.setColor(QPalette.ColorRole.Button, shaded)
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
