"""The inspector: everything about the selected event, and the order for its takes."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.records import Event
from msg_studio.commands import set_knob
from msg_studio.qt_models.cue_numbers import cue_numbers
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.inspector.event_form import EventForm
from msg_studio.views.inspector.generate_box import GenerateBox

NO_EVENT = "No event selected."
NO_EVENT_REASON = "Select an event first, or make one: I, O, Enter."
SUGGESTION_REASON = "This is a suggestion: accept it first (A)."
STARTING = "The engine is starting."


class EventPanel(QWidget):
    """Fields of the selected event with the button that makes takes.

    Args:
        model: The open project.
        playhead: Where a hit point is added.
        parent: Owner.

    Signals:
        generate_wanted: The user asks for takes of an event: (event id, GenerateOptions).
        focus_returned: The user is done with a field; the keys belong to the timeline again.
    """

    generate_wanted = Signal(str, object)
    focus_returned = Signal()

    def __init__(self, model: ProjectModel, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._engine_words = STARTING
        self._engine_ready = False
        self.heading = QLabel(self)
        self.form = EventForm(model, playhead, self)
        self.scroll_area = QScrollArea(self)
        self.refusal = QLabel(self)
        self.order = GenerateBox(self.form.options, self)
        self._lay_out()
        self.form.refused.connect(self._show_refusal)
        self.form.left.connect(self.focus_returned)
        self.form.fold.toggled.connect(self._show_unfolded)
        self.order.pressed.connect(self._ask)
        self.order.takes.left.connect(self.focus_returned)
        self.order.turned.connect(self._turn)
        model.project_changed.connect(self._show)
        model.selection_changed.connect(self._show)
        model.saved_changed.connect(self._show)
        self._show()

    def set_engine_words(self, words: str, ready: bool) -> None:
        """Say what the engine does; takes can be asked for when it is ready."""
        self._engine_words, self._engine_ready = words, ready
        self._show_reason()

    def generate(self) -> None:
        """Ask for takes of the selected event, as the button does."""
        self.form.settle()
        self.order.press()

    @property
    def options(self) -> GenerateOptions:
        """How takes of the selected event are to be made, as it is set now."""
        return self.order.options

    def settle(self) -> None:
        """Hand over what is being typed, before something is saved or made of it."""
        self.form.settle()

    def edit_prompt(self) -> None:
        """Put the cursor into the prompt of the selected event."""
        self.form.lines["prompt"].setFocus()
        self.form.lines["prompt"].selectAll()

    def _turn(self, name: str, value: float) -> None:
        event = self._model.selected
        if event is not None:
            set_knob(self._model, event.id, name, value)

    def _ask(self, options: GenerateOptions) -> None:
        self.form.settle()
        event = self._model.selected
        if event is not None:
            self.generate_wanted.emit(event.id, options)

    def _show(self) -> None:
        event = self._model.selected
        self.form.show_event(event)
        self.order.takes.setEnabled(event is not None and not self._model.read_only_reason)
        if event is not None:
            self.order.show_event(self._model.project, event.id)
        self.scroll_area.setVisible(event is not None)
        self.heading.setText(self._heading(event))
        self._show_reason()

    def _heading(self, event: Event | None) -> str:
        if event is None:
            return NO_EVENT
        number = cue_numbers(self._model.project.events)[event.id]
        return f"Cue {number} · {self._model.project.setup(event.id).prompt or class_words(event.cat_id)}"

    def _show_reason(self) -> None:
        self.order.set_reason(self._reason())  # an engine that is ready says so in the status line

    def _reason(self) -> str:
        """Why no takes can be made now, empty when they can."""
        event = self._model.selected
        if event is None:
            return NO_EVENT_REASON
        if self._model.read_only_reason:
            return f"Read-only: {self._model.read_only_reason}"
        if self._model.project.setup(event.id).status == "suggested":
            return SUGGESTION_REASON
        return "" if self._engine_ready else self._engine_words

    def _show_unfolded(self, unfolded: bool) -> None:
        """Bring what was folded away to where it is seen."""
        if unfolded:
            self.form.adjustSize()  # the scroll area knows the new height only then
            bar = self.scroll_area.verticalScrollBar()
            bar.setValue(self.form.fold.y())

    def _show_refusal(self, reason: str) -> None:
        self.refusal.setText(f"Not changed. {reason}" if reason else "")
        self.refusal.setVisible(bool(reason))

    def _lay_out(self) -> None:
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.heading.setWordWrap(True)
        self.refusal.setWordWrap(True)
        self.refusal.setAccessibleName("Why the entry was refused")
        self.refusal.hide()
        scroll = self.scroll_area
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(scroll, stretch=1)
        layout.addStretch(0)  # takes the room while no form is shown
        layout.addWidget(self.refusal)
        layout.addWidget(self.order)
