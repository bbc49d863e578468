"""The order for takes: how many, how, and the button that asks for them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.views.settled_edits import CalmNumber, CalmSpin

TAKES, MOST_TAKES = 4, 8
STEPS, MOST_STEPS = 15, 200
GUIDANCE, MOST_GUIDANCE = 2.5, 20.0
MOST_SEED = 2**31 - 1 - MOST_TAKES  # take k has seed + k - 1
BUTTON_PX = 32


class OptionFields(QWidget):
    """Steps, guidance and seed of the next order."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.steps = CalmSpin(self, name="Steps", limits=(1, MOST_STEPS), value=STEPS)
        self.guidance = CalmNumber(self, name="Guidance", limits=(0.0, MOST_GUIDANCE), value=GUIDANCE)
        self.seed = QLineEdit(self)
        self.seed.setPlaceholderText("new each time")
        self.seed.setAccessibleName("Seed")
        self.seed.setValidator(QIntValidator(0, MOST_SEED, self))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        for words, field in (("Steps", self.steps), ("Guidance", self.guidance), ("Seed", self.seed)):
            form.addRow(words, field)


class GenerateBox(QWidget):
    """The big button with the number of takes, and why it cannot be pressed.

    Args:
        fields: Where steps, guidance and seed are set.
        parent: Owner.

    Signals:
        pressed: The user asks for takes (GenerateOptions).
    """

    pressed = Signal(object)

    def __init__(self, fields: OptionFields, parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = fields
        self.takes = CalmSpin(self, name="Number of takes", limits=(1, MOST_TAKES), value=TAKES)
        self.button = QPushButton(self)
        self.reason = QLabel(self)
        self._lay_out()
        self.takes.valueChanged.connect(self._name_button)
        self.button.clicked.connect(self.press)
        self._name_button()
        self.set_reason("")

    @property
    def options(self) -> GenerateOptions:
        """The order as it is set now."""
        seed = self._fields.seed.text()
        return GenerateOptions(
            self.takes.value(),
            self._fields.steps.value(),
            self._fields.guidance.value(),
            int(seed) if seed and self._fields.seed.hasAcceptableInput() else None,
        )

    def set_reason(self, reason: str, *, words: str = "") -> None:
        """Say why nothing can be generated now; with an empty reason it can, and `words` are shown."""
        self.button.setEnabled(not reason)
        self.button.setToolTip(reason)
        self.button.setAccessibleDescription(reason)
        self.reason.setText(reason or words)
        self.reason.setVisible(bool(reason or words))

    def press(self) -> None:
        """Ask for takes, if they can be made."""
        if self.button.isEnabled():
            self.pressed.emit(self.options)

    def _name_button(self) -> None:
        count = self.takes.value()
        self.button.setText(f"Generate {count} take{'' if count == 1 else 's'}  (G)")

    def _lay_out(self) -> None:
        self.button.setMinimumHeight(BUTTON_PX)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.takes.setMinimumHeight(BUTTON_PX)
        self.takes.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reason.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.takes)
        row.addWidget(self.button, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.reason)
