"""How takes of the selected event are made: variation, level, steps, guidance, and the seed of the next."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from engine.project.project import Project
from msg_studio.event_knobs import KNOBS, knob_value
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX
from msg_studio.views.settled_edits import CalmNumber, CalmSpin

MOST_SEED = 2**31 - 1 - int(KNOBS["takes"].most)  # take k has seed + k - 1
PERCENT = 100
PERCENT_STEP = 10
COLUMN_GAP_PX = 8
ABOUT = {
    "variation": "How much takes differ from the first one: 0 % not at all, 100 % fully",
    "level_db": "How loud takes are made, against the usual; Gain sets how loud the chosen one is heard",
    "steps": "Steps of the generator: more take longer and are cleaner",
    "guidance": "How closely takes keep to class, hits and picture; 1 and below: loosely",
    "seed": "The same number and settings give the same takes again; empty for new ones each time",
}


class OptionFields(QWidget):
    """Variation, level, steps and guidance of an event; the seed is for the next order alone.

    Args:
        parent: Owner.

    Signals:
        turned: The user set a knob (str: its name in KNOBS, float: its value).
        left: The user is done with a field.
    """

    turned = Signal(str, float)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.variation = CalmSpin(self, name="Variation in percent", limits=(0, PERCENT), value=PERCENT)
        self.level = self._number("level_db", "Level in decibels")
        steps = KNOBS["steps"]
        limits = (int(steps.least), int(steps.most))
        self.steps = CalmSpin(self, name="Steps", limits=limits, value=int(steps.usual))
        self.guidance = self._number("guidance", "Guidance")
        self.seed = QLineEdit(self)
        self._lay_out()
        self._connect()

    @property
    def fields(self) -> tuple[QWidget, ...]:
        """The fields in the order of Tab."""
        return (self.variation, self.level, self.steps, self.guidance, self.seed)

    def align(self, width: int) -> None:
        """Begin the fields where names of this width end."""
        self._grid.setColumnMinimumWidth(0, width)

    def show_event(self, project: Project, event_id: str) -> None:
        """Show how takes of an event are made."""
        shown: tuple[tuple[CalmSpin | CalmNumber, float], ...] = (
            (self.variation, PERCENT * knob_value(project, event_id, "variation")),
            (self.level, knob_value(project, event_id, "level_db")),
            (self.steps, knob_value(project, event_id, "steps")),
            (self.guidance, knob_value(project, event_id, "guidance")),
        )
        for field, value in shown:
            field.blockSignals(True)
            if isinstance(field, CalmSpin):
                field.setValue(round(value))
            else:
                field.setValue(value)
            field.blockSignals(False)

    def _number(self, name: str, words: str) -> CalmNumber:
        knob = KNOBS[name]
        return CalmNumber(self, name=words, limits=(knob.least, knob.most), value=knob.usual)

    def _connect(self) -> None:
        self.variation.valueChanged.connect(lambda value: self.turned.emit("variation", value / PERCENT))
        for name, field in (("level_db", self.level), ("steps", self.steps), ("guidance", self.guidance)):
            field.valueChanged.connect(partial(self.turned.emit, name))
        for field in (self.variation, self.level, self.steps, self.guidance):
            field.left.connect(self.left)
        self.seed.returnPressed.connect(self.left)

    def _lay_out(self) -> None:
        self.variation.setSuffix(" %")
        self.variation.setSingleStep(PERCENT_STEP)
        self.level.setSuffix(" dB")
        self.seed.setPlaceholderText("new each time")
        self.seed.setAccessibleName("Seed")
        self.seed.setMinimumHeight(SMALLEST_TARGET_PX)
        self.seed.setValidator(QIntValidator(0, MOST_SEED, self))
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(COLUMN_GAP_PX)
        cells: tuple[tuple[str, str, QWidget], ...] = (
            ("Variation", "variation", self.variation), ("Level", "level_db", self.level),
            ("Steps", "steps", self.steps), ("Guidance", "guidance", self.guidance),
            ("Seed", "seed", self.seed),
        )  # fmt: skip
        for place, (words, name, field) in enumerate(cells):
            label = QLabel(words, self)
            label.setBuddy(field)
            for part in (label, field):
                part.setToolTip(ABOUT[name])
            field.setAccessibleDescription(ABOUT[name])
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row, column = place // 2, 2 * (place % 2)
            grid.addWidget(label, row, column)
            grid.addWidget(field, row, column + 1, 1, 3 if name == "seed" else 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
