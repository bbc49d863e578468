"""The row below the takes that makes the marked stretch of one anew, and how far it may go."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from msg_studio.views.panel_parts import make_button
from msg_studio.views.settled_edits import CalmSpin

LEAST, MOST, STEP = 10, 100, 10  # percent
ABOUT = "Make the stretch between In and Out anew: the take stays, new ones come beside it (R)"
ABOUT_STRENGTH = "How far the new may go from the old: 10 % a little different, 100 % anew"
# The least percentage each word stands for.
WORDS = ((100, "anew"), (70, "quite different"), (40, "different"), (LEAST, "a little different"))


class RemakeRow(QWidget):
    """Button, strength in percent, and what that means.

    Args:
        parent: Owner.

    Signals:
        pressed: The user wants the marked stretch made anew (float: strength, 0.1 to 1).
        left: The user is done with the strength.
    """

    pressed = Signal(float)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = make_button("Regenerate", ABOUT, self)
        self.strength = CalmSpin(self, name="Strength in percent", limits=(LEAST, MOST), value=MOST)
        self.words = QLabel(self)
        self.strength.setSuffix(" %")
        self.strength.setSingleStep(STEP)
        self.strength.setToolTip(ABOUT_STRENGTH)
        self.strength.setAccessibleDescription(ABOUT_STRENGTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.button)
        row.addWidget(self.strength)
        row.addWidget(self.words, stretch=1)
        self.button.clicked.connect(self.press)
        self.strength.valueChanged.connect(self._name)
        self.strength.left.connect(self.left)
        self._name()

    def press(self) -> None:
        """Ask for the stretch, where that is possible."""
        if self.button.isEnabled():
            self.pressed.emit(self.strength.value() / 100)

    def _name(self) -> None:
        self.words.setText(strength_words(self.strength.value()))


def strength_words(percent: int) -> str:
    """What a strength means."""
    return next(words for least, words in WORDS if percent >= least)
