"""What was found out about this machine, line by line: for reading only."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from msg_studio.look.fonts import semibold
from msg_studio.look.icons import icon
from msg_studio.look.theme import Role, Theme, theme_of

WAITING, GOOD, TROUBLE = "waiting", "good", "trouble"
STATES = (WAITING, GOOD, TROUBLE)
ICON_PX = 18

_ICONS = {WAITING: "wait", GOOD: "ok", TROUBLE: "warning"}


@dataclass
class _Line:
    sign: QLabel
    name: QLabel
    words: QLabel
    state_word: QLabel
    state: str = WAITING


class CheckList(QWidget):
    """A line for each thing looked at: a sign, its name, what was found, and good or trouble in a word.

    Args:
        names: Things that are waited for from the start, in order.
        parent: Owner.
    """

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, _Line] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(2, 1)
        for name in names:
            self.set_check(name, "being looked at", WAITING)

    def set_check(self, name: str, words: str, state: str) -> None:
        """Say what was found.

        Args:
            name: The thing; one that is new gets a new line.
            words: What was found, in a few words.
            state: One of STATES.
        """
        if state not in STATES:
            raise ValueError(f"A check is {', '.join(STATES)}, got {state!r}")
        line = self._lines.get(name) or self._add_line(name)
        line.words.setText(words)
        line.state_word.setText(state)
        line.state = state
        for label in (line.words, line.name):
            label.setAccessibleDescription(f"{name}: {state}. {words}")
        self._paint_sign(line, theme_of(self))

    def text_of(self, name: str) -> tuple[str, str]:
        """What a line says now: its words, and the word of its state."""
        line = self._lines[name]
        return line.words.text(), line.state_word.text()

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for line in self._lines.values():
                self._paint_sign(line, theme_of(self))

    def _add_line(self, name: str) -> _Line:
        line = _Line(QLabel(self), QLabel(name, self), QLabel(self), QLabel(self))
        line.name.setFont(semibold(self.font()))
        line.words.setWordWrap(True)
        line.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        line.words.setTextFormat(Qt.TextFormat.PlainText)
        line.sign.setFixedSize(ICON_PX, ICON_PX)
        row = len(self._lines)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(line.sign, row, 0, top)
        self._grid.addWidget(line.name, row, 1, top)
        self._grid.addWidget(line.words, row, 2)
        self._grid.addWidget(line.state_word, row, 3, top | Qt.AlignmentFlag.AlignRight)
        self._lines[name] = line
        return line

    def _paint_sign(self, line: _Line, theme: Theme) -> None:
        colour = {WAITING: theme.muted_text, GOOD: theme.ok, TROUBLE: theme.warning}[line.state]
        line.sign.setPixmap(
            icon(_ICONS[line.state], colour=colour).pixmap(QSize(ICON_PX, ICON_PX), self.devicePixelRatio())
        )
        _set_text_colour(line.state_word, colour)
        _set_text_colour(line.words, theme.muted_text if line.state == WAITING else self._text_colour())

    def _text_colour(self) -> QColor:
        return self.palette().color(Role.WindowText)


def _set_text_colour(label: QLabel, colour: QColor) -> None:
    palette = QPalette(label.palette())
    palette.setColor(Role.WindowText, colour)
    label.setPalette(palette)
