"""The fields of one event, and the edits they make."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.errors import StudioError
from engine.project.project import PERSPECTIVES, EventSetup
from engine.records import Event
from engine.timecode import format_timecode, sample_of_timecode
from engine.timing import TimeRange
from engine.ucs import SoundClass
from msg_studio.commands import move_event, set_class, set_knob, set_range, set_setup
from msg_studio.event_knobs import turned_knobs
from msg_studio.qt_models.event_table import OPEN_STATUSES
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.inspector.class_choice import ClassChoice, prompt_for
from msg_studio.views.inspector.hit_list import HitList
from msg_studio.views.inspector.option_fields import COLUMN_GAP_PX, OptionFields
from msg_studio.views.panel_parts import make_fold
from msg_studio.views.settled_edits import CalmCombo, CalmNumber, SettledLine, TimeLine

ROW_GAP_PX = 3
LEAST_GAIN_DB, MOST_GAIN_DB = -60.0, 24.0
ZERO = "00:00:00:00"
LINES = {
    "prompt": "Prompt",
    "negative_prompt": "Not wanted",
    "character": "Character",
    "surface": "Surface",
    "note": "Note",
}
EXAMPLES = {"prompt": "what should sound", "negative_prompt": "rain, wind", "surface": "gravel, wood"}
ABOUT_UNWANTED = (
    "Sounds takes keep away from, parted by commas; what the model does not know is said with them"
)
WIDEST_NAME = "Perspective"
FOLD, FOLD_TURNED = "More", "More \N{BULLET}"


class EventForm(QWidget):
    """Fields of the selected event; each change is one step that can be undone.

    Args:
        model: The open project.
        playhead: For the hit points.
        parent: Owner.

    Signals:
        refused: Why an entry could not be used, empty when one was (str).
        left: The user is done with a field.
    """

    refused = Signal(str)
    left = Signal()

    def __init__(self, model: ProjectModel, playhead: Playhead, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._event_id = ""
        self._gesture = 0
        self.sound_class = ClassChoice(self)
        self.lane = CalmCombo(self, name="Lane")
        self.status = CalmCombo(self, name="Status")
        self.perspective = CalmCombo(self, name="Perspective")
        self.lines = {field: SettledLine(self, name=name) for field, name in LINES.items()}
        self.start = TimeLine(self, name="In", read=self._read_timecode)
        self.end = TimeLine(self, name="Out", read=self._read_timecode)
        self.length = TimeLine(self, name="Length", read=self._read_length)
        limits = (LEAST_GAIN_DB, MOST_GAIN_DB)
        self.gain = CalmNumber(self, name="Gain in decibels", limits=limits, value=0.0)
        self.muted = QCheckBox("Mute", self)
        self.muted.setAccessibleName("Mute this event")
        self.hits = HitList(model, playhead, self)
        self.more = QWidget(self)
        self.options = OptionFields(self.more)
        self.fold = make_fold(FOLD, self.more, self)
        self._lay_out()
        self._connect()

    def show_event(self, event: Event | None) -> None:
        """Show an event; what was typed for the last one goes to the last one first."""
        event_id = event.id if event is not None else ""
        if event_id != self._event_id:
            self._leave()
            self._event_id = event_id
            self.refused.emit("")
        self.setEnabled(not self._model.read_only_reason)
        self.hits.show_event(event)
        if event is not None:
            self._show_times(event)
            self._show_setup(event, self._model.project.setup(event.id))
            self.options.show_event(self._model.project, event.id)
            self._mark_fold(event.id)

    def settle(self) -> None:
        """Hand over what is being typed."""
        for line in self._all_lines():
            line.settle()

    def _leave(self) -> None:
        """Hand over what was typed for the last event, if that still exists."""
        if any(event.id == self._event_id for event in self._model.project.events):
            self.settle()
        else:
            self._forget()

    def _forget(self) -> None:
        """Another project: what was typed belongs to none of its events, whatever their ids are."""
        for line in self._all_lines():
            line.forget()
        self._event_id = ""

    def _all_lines(self) -> tuple[SettledLine, ...]:
        return (*self.lines.values(), self.start, self.end, self.length)

    def _show_times(self, event: Event) -> None:
        project = self._model.project
        places = ((self.start, event.range.start_samples), (self.end, event.range.end_samples))
        for line, sample in places:
            line.show_text(format_timecode(project.rate, project.start_label, sample))
        self.length.show_text(format_timecode(project.rate, ZERO, event.range.duration_samples))

    def _show_setup(self, event: Event, setup: EventSetup) -> None:
        self.sound_class.show_class(event.cat_id, setup.prompt)
        for field, line in self.lines.items():
            line.show_text(str(getattr(setup, field)))
        lanes = [(lane.title, lane.name) for lane in self._model.project.lanes]
        if lanes != [(self.lane.itemText(n), self.lane.itemData(n)) for n in range(self.lane.count())]:
            self.lane.clear()
            for title, name in lanes:
                self.lane.addItem(title, name)
        self.lane.setCurrentIndex(self.lane.findData(event.lane))
        self.status.show_choice(setup.status, OPEN_STATUSES)
        self.perspective.show_choice(setup.perspective, PERSPECTIVES)
        self.gain.blockSignals(True)
        self.gain.setValue(setup.gain_db)
        self.gain.blockSignals(False)
        self.muted.setChecked(setup.muted)

    def _mark_fold(self, event_id: str) -> None:
        """Say on the fold that something below it is not as usual."""
        unwanted = ["not wanted"] if self._model.project.setup(event_id).negative_prompt else []
        turned = [*unwanted, *turned_knobs(self._model.project, event_id)]
        self.fold.setText(FOLD_TURNED if turned else FOLD)
        words = f"Set for this event: {', '.join(turned)}" if turned else ""
        self.fold.setToolTip(words)
        self.fold.setAccessibleDescription(words)

    def _turn(self, name: str, value: float) -> None:
        self._try(lambda: set_knob(self._model, self._event_id, name, value))

    def _edit(self, field: str, value: str | float | bool, *, gesture: str = "") -> None:
        if not self._event_id or getattr(self._model.project.setup(self._event_id), field) == value:
            return
        self._try(lambda: set_setup(self._model, self._event_id, gesture=gesture, **{field: value}))

    def _pick_class(self, sound: SoundClass) -> None:
        prompt = self._model.project.setup(self._event_id).prompt
        chosen = prompt_for(sound, prompt)
        self._try(lambda: set_class(self._model, self._event_id, sound.cat_id, prompt=chosen))

    def _set_gain(self, gain_db: float) -> None:
        self._edit("gain_db", gain_db, gesture=f"gain {self._event_id} {self._gesture}")

    def _set_muted(self, muted: bool) -> None:
        self._edit("muted", muted)

    def _end_gesture(self) -> None:
        self._gesture += 1

    def _set_lane(self, row: int) -> None:
        lane = str(self.lane.itemData(row))
        if lane != self._model.project.event(self._event_id).lane:
            self._try(lambda: move_event(self._model, self._event_id, 0, lane=lane))

    def _set_start(self, sample: int) -> None:
        end = self._model.project.event(self._event_id).range.end_samples
        self._try(lambda: set_range(self._model, self._event_id, TimeRange(sample, end)))

    def _set_end(self, sample: int) -> None:
        start = self._model.project.event(self._event_id).range.start_samples
        self._try(lambda: set_range(self._model, self._event_id, TimeRange(start, sample)))

    def _set_length(self, samples: int) -> None:
        self._set_end(self._model.project.event(self._event_id).range.start_samples + samples)

    def _try(self, edit: Callable[[], object]) -> None:
        """Make an edit; a refusal is told, and the fields go back to what the project holds."""
        try:
            edit()
        except StudioError as error:
            self._refuse(str(error))
        else:
            self.refused.emit("")

    def _refuse(self, reason: str) -> None:
        event = next((one for one in self._model.project.events if one.id == self._event_id), None)
        if event is not None:
            self._show_times(event)
        self.refused.emit(reason)

    def _read_timecode(self, words: str) -> int:
        project = self._model.project
        return sample_of_timecode(project.rate, project.start_label, words)

    def _read_length(self, words: str) -> int:
        return sample_of_timecode(self._model.project.rate, ZERO, words)

    def _connect(self) -> None:
        self._model.project_opened.connect(self._forget)
        for field, line in self.lines.items():
            line.settled.connect(partial(self._edit, field))
        controls: list[SettledLine | CalmCombo | CalmNumber | OptionFields] = [
            *self._all_lines(), self.sound_class, self.lane, self.status, self.perspective,
            self.gain, self.options,
        ]  # fmt: skip
        for control in controls:
            control.left.connect(self.left)
        self.options.turned.connect(self._turn)
        for combo, field in ((self.status, "status"), (self.perspective, "perspective")):
            combo.textActivated.connect(partial(self._edit, field))
        self.sound_class.picked.connect(self._pick_class)
        self.lane.activated.connect(self._set_lane)
        self.gain.valueChanged.connect(self._set_gain)
        self.gain.gesture_ended.connect(self._end_gesture)
        self.muted.clicked.connect(self._set_muted)
        for line, edit in (
            (self.start, self._set_start),
            (self.end, self._set_end),
            (self.length, self._set_length),
        ):
            line.entered.connect(edit)
            line.refused.connect(self._refuse)
        self.hits.refused.connect(self.refused)

    def _lay_out(self) -> None:
        for field, example in EXAMPLES.items():
            self.lines[field].setPlaceholderText(example)
        self.gain.setSuffix(" dB")
        self._lay_out_more()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(ROW_GAP_PX)
        layout.addLayout(self._make_grid())
        layout.addWidget(self.hits)
        foot = QHBoxLayout()
        foot.addWidget(self.fold)
        foot.addStretch(1)
        foot.addWidget(self.muted)
        layout.addLayout(foot)
        layout.addWidget(self.more)
        layout.addStretch(1)

    def _lay_out_more(self) -> None:
        """How takes are made above, what stands in the cue sheet below."""
        unwanted = self.lines["negative_prompt"]
        unwanted.setToolTip(ABOUT_UNWANTED)
        unwanted.setAccessibleDescription(ABOUT_UNWANTED)
        made, sheet = QFormLayout(), QFormLayout()
        rows: tuple[tuple[QFormLayout, str, QWidget], ...] = (
            (made, LINES["negative_prompt"], unwanted),
            (sheet, LINES["character"], self.lines["character"]),
            (sheet, LINES["surface"], self.lines["surface"]),
            (sheet, "Perspective", self.perspective),
            (sheet, LINES["note"], self.lines["note"]),
        )
        width = self.fontMetrics().horizontalAdvance(WIDEST_NAME)
        self.options.align(width)
        for form, words, field in rows:
            name = self._name_of(words, field)
            name.setMinimumWidth(width)
            form.addRow(name, field)
        for form in (made, sheet):
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            form.setVerticalSpacing(ROW_GAP_PX)
            form.setHorizontalSpacing(COLUMN_GAP_PX)
        inside = QVBoxLayout(self.more)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(ROW_GAP_PX)
        inside.addLayout(made)
        inside.addWidget(self.options)
        inside.addLayout(sheet)
        order = (unwanted, *self.options.fields, self.lines["character"])
        for one, after in pairwise(order):
            self.setTabOrder(one, after)

    def _make_grid(self) -> QGridLayout:
        """What is wanted over the whole width; below, two fields beside each other."""
        for one, after in pairwise(
            (self.lines["prompt"], self.sound_class, self.lane, self.status, self.start)
        ):
            self.setTabOrder(one, after)
        grid = QGridLayout()
        grid.setVerticalSpacing(ROW_GAP_PX)
        for row, (words, field) in enumerate((("Prompt", self.lines["prompt"]), ("Class", self.sound_class))):
            grid.addWidget(self._name_of(words, field), row, 0)
            grid.addWidget(field, row, 1, 1, 3)
        pairs: tuple[tuple[str, QWidget], ...] = (
            ("Lane", self.lane), ("Status", self.status),
            ("In", self.start), ("Out", self.end),
            ("Length", self.length), ("Gain", self.gain),
        )  # fmt: skip
        for place, (words, field) in enumerate(pairs):
            row, column = 2 + place // 2, 2 * (place % 2)
            grid.addWidget(self._name_of(words, field), row, column)
            grid.addWidget(field, row, column + 1)
        for combo in (self.lane, self.status):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for field in (self.lane, self.status, self.start, self.end, self.length, self.gain):
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        return grid

    def _name_of(self, words: str, field: QWidget) -> QLabel:
        label = QLabel(words, self)
        label.setBuddy(field)
        return label
