"""What is said when every pair of an event was judged: counts, agreement, and how to train on them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from msg_studio.compare.ending import EndWords
from msg_studio.look.fonts import semibold
from msg_studio.views.compare.key_button import KeyButton

WIDTH_PX = 640
TITLE_GROWTH = 1.5


class EndPage(QWidget):
    """Words in the middle of the page.

    Signals:
        copy_wanted: The user wants the command on the clipboard (str).
        leave_wanted: The user is done here.
    """

    copy_wanted = Signal(str)
    leave_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title, self.counts, self.agreement, self.advice, self.command = (QLabel(self) for _ in range(5))
        self.copy_button = KeyButton("Ctrl+C", "Copy the command", self)
        self.leave_button = KeyButton("Esc", "Back to the project", self)
        self._lay_out()
        self.copy_button.clicked.connect(self.copy)
        self.leave_button.clicked.connect(self.leave_wanted)

    def show_words(self, words: EndWords) -> None:
        """Say how it stands."""
        lines = {
            self.title: words.title,
            self.counts: words.counts,
            self.agreement: words.agreement,
            self.advice: words.advice,
            self.command: words.command,
        }
        for label, text in lines.items():
            label.setText(text)
            label.setVisible(bool(text))
        self.copy_button.say("Copy the command")
        self.copy_button.setVisible(bool(words.command))
        self.setAccessibleName(words.title)
        self.setAccessibleDescription(" ".join(text for text in lines.values() if text))

    def copy(self) -> None:
        """Ask for the command on the clipboard, where there is one."""
        if self.command.text():
            self.copy_wanted.emit(self.command.text())
            self.copy_button.say("Copied")

    def _lay_out(self) -> None:
        font = semibold(self.font())
        font.setPointSizeF(TITLE_GROWTH * font.pointSizeF())
        self.title.setFont(font)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.command.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.command.setFrameShape(QFrame.Shape.StyledPanel)
        self.command.setMargin(10)
        self.command.setAutoFillBackground(True)
        self.command.setBackgroundRole(QPalette.ColorRole.Base)
        for label in (self.title, self.counts, self.agreement, self.advice, self.command):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.leave_button)
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addStretch(2)
        for part in (self.title, self.counts, self.agreement):
            column.addWidget(part)
        column.addSpacing(18)
        column.addWidget(self.advice)
        column.addWidget(self.command)
        column.addSpacing(10)
        column.addLayout(buttons)
        column.addStretch(3)
        middle = QWidget(self)
        middle.setLayout(column)
        middle.setMaximumWidth(WIDTH_PX)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(middle, stretch=8)
        row.addStretch(1)
