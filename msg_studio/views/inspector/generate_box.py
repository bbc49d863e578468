"""The order for takes: how many, how, and the button that asks for them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.project.project import Project
from msg_studio.event_knobs import KNOBS, knob_value
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.views.inspector.option_fields import PERCENT, OptionFields
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX
from msg_studio.views.settled_edits import CalmSpin

BUTTON_PX = 32
ABOUT_TAKES = "How many takes are made at once"
ABOUT_ADAPTER = "What you prefer, learned: switch an adapter on or off"


class GenerateBox(QWidget):
    """The big button with the number of takes, and why it cannot be pressed.

    Args:
        fields: Where the other numbers of the order are set.
        parent: Owner.

    Signals:
        pressed: The user asks for takes (GenerateOptions).
        turned: The user set a knob (str: its name in KNOBS, float: its value).
        adapters_wanted: The user wants to switch an adapter on or off.
    """

    pressed = Signal(object)
    turned = Signal(str, float)
    adapters_wanted = Signal()

    def __init__(self, fields: OptionFields, parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = fields
        knob = KNOBS["takes"]
        limits = (int(knob.least), int(knob.most))
        self.takes = CalmSpin(self, name="Number of takes", limits=limits, value=int(knob.usual))
        self.button = QPushButton(self)
        self.reason = QLabel(self)
        self.adapter_button = QToolButton(self)
        self._adapter = ""
        self._lay_out()
        self.takes.valueChanged.connect(self._turn)
        self.button.clicked.connect(self.press)
        self.adapter_button.clicked.connect(self.adapters_wanted)
        self._name_button()
        self.set_reason("")
        self.show_adapter("")

    @property
    def options(self) -> GenerateOptions:
        """The order as it is set now."""
        seed = self._fields.seed.text()
        return GenerateOptions(
            self.takes.value(),
            self._fields.steps.value(),
            self._fields.guidance.value(),
            int(seed) if seed and self._fields.seed.hasAcceptableInput() else None,
            self._fields.variation.value() / PERCENT,
            self._fields.level.value(),
            self._adapter,
        )

    def show_event(self, project: Project, event_id: str) -> None:
        """Show how many takes of an event are made at once."""
        self.takes.blockSignals(True)
        self.takes.setValue(int(knob_value(project, event_id, "takes")))
        self.takes.blockSignals(False)
        self._name_button()

    def show_adapter(self, name: str) -> None:
        """Make takes with an adapter from now on and say which; an empty name is none."""
        self._adapter = name
        self.adapter_button.setText(f"Adapter: {name or 'none'}")
        self.adapter_button.setAccessibleName(self.adapter_button.text())

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

    def _turn(self, takes: int) -> None:
        self._name_button()
        self.turned.emit("takes", takes)

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
        self.takes.setToolTip(ABOUT_TAKES)
        self.takes.setAccessibleDescription(ABOUT_TAKES)
        self.takes.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reason.setWordWrap(True)
        self.adapter_button.setAutoRaise(True)
        self.adapter_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.adapter_button.setMinimumHeight(SMALLEST_TARGET_PX)
        self.adapter_button.setToolTip(ABOUT_ADAPTER)
        row = QHBoxLayout()
        row.addWidget(self.takes)
        row.addWidget(self.button, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.reason)
        layout.addWidget(self.adapter_button, alignment=Qt.AlignmentFlag.AlignRight)
