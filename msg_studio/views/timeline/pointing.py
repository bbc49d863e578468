"""From mouse and keys to edits of the timeline: what a press began, and what letting go means."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import StudioError
from msg_studio.commands import add_hit, delete_event, remove_hit
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.timeline.geometry import EVENT_PARTS, Part, Target
from msg_studio.views.timeline.gestures import (
    Gesture,
    Ground,
    MakeEvent,
    MarkSegment,
    MoveEvent,
    MoveHit,
    MoveMark,
    Pointer,
    ResizeEvent,
    Scrub,
)
from msg_studio.views.timeline.scene import Preview

DRAG_FROM_PX = 3.0
NOTHING = Preview()

HINTS = {
    Part.RULER: "Click or drag to move the playhead; Alt-drag marks in and out",
    Part.GUIDE: "Production sound: click or drag to move the playhead",
    Part.MARK_IN: "In mark: drag to move it",
    Part.MARK_OUT: "Out mark: drag to move it",
    Part.LANE: "Drag to make an event; it catches on hit points, edges and frames, Shift lets it go free",
    Part.BODY: "Drag to move, also to another lane; double-click adds a hit point; Delete removes the event",
    Part.START: "Drag the start to resize; Shift lets it go free",
    Part.END: "Drag the end to resize; Shift lets it go free",
    Part.HIT: "Drag to move the hit point; Delete removes it",
    Part.NOTHING: "",
}
CURSORS = {
    Part.START: Qt.CursorShape.SizeHorCursor,
    Part.END: Qt.CursorShape.SizeHorCursor,
    Part.HIT: Qt.CursorShape.SizeHorCursor,
    Part.MARK_IN: Qt.CursorShape.SizeHorCursor,
    Part.MARK_OUT: Qt.CursorShape.SizeHorCursor,
    Part.LANE: Qt.CursorShape.CrossCursor,
}
SEEK_PARTS = (Part.RULER, Part.GUIDE)
MARK_PARTS = (Part.MARK_IN, Part.MARK_OUT)


@dataclass(frozen=True)
class Press:
    """Where a button went down.

    Attributes:
        at: The pointer.
        target: What lay under it.
        marking: Whether Alt was held: the drag marks in and out.
    """

    at: Pointer
    target: Target
    marking: bool


class Pointing(QObject):
    """Holds the drag that is under way, and which hit point is picked.

    Signals:
        changed: Something to draw changed.
        said: Words for the status line.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(
        self,
        model: ProjectModel,
        playhead: Playhead,
        *,
        target_at: Callable[[float, float], Target],
        ground_for: Callable[[str], Ground],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model, self._playhead = model, playhead
        self._target_at, self._ground_for = target_at, ground_for
        self._press: Press | None = None
        self._gesture: Gesture | None = None
        self._scrubbed_from: int | None = None
        self._picked: tuple[str, int] = ("", -1)
        self._hovered: Part | None = None
        self.preview = NOTHING
        model.project_changed.connect(self._keep_what_still_is)

    @property
    def dragging(self) -> bool:
        """Whether a drag is under way."""
        return self._gesture is not None

    @property
    def picked_hit(self) -> int:
        """Index of the picked hit point of the selected event, -1 for none."""
        event = self._model.selected
        name, index = self._picked
        if event is None or event.id != name or index >= len(event.hit_points):
            return -1
        return index

    def press(self, at: Pointer, *, alt: bool) -> None:
        """The button went down: select, or begin to scrub."""
        target = self._target_at(at.x, at.y)
        self._press = Press(at, target, alt and target.part in SEEK_PARTS)
        if target.part in EVENT_PARTS:
            self._picked = (target.event_id, target.hit)
            self._model.select(target.event_id)
        elif target.part in SEEK_PARTS and not alt:
            self._scrubbed_from = self._playhead.position
            self._gesture = Scrub(self._ground_for(""))
            self._gesture.drag(at)
        self.changed.emit()

    def move(self, to: Pointer) -> None:
        """The mouse moved, with the button down or without."""
        press = self._press
        if press is None:
            self._hover(self._target_at(to.x, to.y).part)
            return
        if self._gesture is None and _far(press.at, to):
            self._gesture = self._begin(press)
            if self._gesture is None:
                return
        if self._gesture is not None:
            self.preview = self._gesture.drag(to)
            if self.preview.words:
                self.said.emit(self.preview.words)
            self.changed.emit()

    def release(self) -> None:
        """The button came up: do what the drag showed, or what a click means."""
        press, gesture = self._press, self._gesture
        self._forget()
        if gesture is not None:
            self._try(gesture.drop)
        elif press is not None and press.target.part in (Part.LANE, Part.NOTHING):
            self._model.select(None)
        self.changed.emit()

    def double_click(self, at: Pointer) -> None:
        """Add a hit point to the event under the pointer, and pick it."""
        target = self._target_at(at.x, at.y)
        if target.part not in EVENT_PARTS or target.part is Part.HIT:
            return
        sample = self._ground_for("").sample(at)
        if self._try(lambda: add_hit(self._model, target.event_id, sample)):
            hits = self._model.project.event(target.event_id).hit_points
            self._picked = (target.event_id, [hit.sample for hit in hits].index(sample))
            self.changed.emit()

    def cancel(self) -> bool:
        """Give the drag up as if it had never begun.

        Returns:
            Whether there was one.
        """
        was_dragging = self.dragging or self._press is not None
        came_from = self._scrubbed_from
        self._forget()
        if came_from is not None:
            self._playhead.seek(came_from)
        if was_dragging:
            self.said.emit("Drag given up; nothing changed")
        self.changed.emit()
        return was_dragging

    def delete(self) -> None:
        """Remove the picked hit point, else the selected event."""
        event = self._model.selected
        if event is None or self.dragging:
            return
        index = self.picked_hit
        self._picked = ("", -1)
        if index >= 0:
            self._try(lambda: remove_hit(self._model, event.id, index))
        else:
            self._try(lambda: delete_event(self._model, event.id))
        self.changed.emit()

    def leave(self) -> None:
        """The mouse left: nothing to hint at."""
        self._hovered = None
        self.said.emit("")

    def _begin(self, press: Press) -> Gesture | None:
        target, part = press.target, press.target.part
        ground = self._ground_for(target.event_id)
        if press.marking:
            return MarkSegment(ground, press.at)
        if part in MARK_PARTS:
            return MoveMark(ground, part)
        if self._model.read_only_reason:
            self.said.emit(f"Read-only: {self._model.read_only_reason}")
            return None
        if part is Part.LANE:
            return MakeEvent(ground, target.lane, press.at)
        return self._begin_with_event(ground, press) if part in EVENT_PARTS else None

    def _begin_with_event(self, ground: Ground, press: Press) -> Gesture | None:
        event, target = self._model.selected, press.target
        if event is None or event.id != target.event_id:
            return None
        if target.part is Part.HIT and target.hit < len(event.hit_points):
            return MoveHit(ground, event, target.hit)
        if target.part in (Part.START, Part.END):
            return ResizeEvent(ground, event, target.part, press.at)
        return MoveEvent(ground, event, press.at)

    def _try(self, edit: Callable[[], object]) -> bool:
        """Make an edit; where it is refused, say why."""
        try:
            edit()
        except StudioError as error:
            self.said.emit(str(error))
            return False
        return True

    def _hover(self, part: Part) -> None:
        if part is self._hovered:
            return
        self._hovered = part
        reason = self._model.read_only_reason
        read_only = reason and part not in (*SEEK_PARTS, *MARK_PARTS, Part.NOTHING)
        self.said.emit(f"Read-only: {reason}" if read_only else HINTS[part])

    def _forget(self) -> None:
        self._press = self._gesture = self._scrubbed_from = None
        self.preview = NOTHING

    def _keep_what_still_is(self) -> None:
        """A drag of an event that is gone or has changed meanwhile cannot go on."""
        present = {event.id: event for event in self._model.project.events}
        if any(event_id not in present for event_id in self.preview.events):
            self._forget()


def cursor_for(part: Part, *, read_only: bool) -> Qt.CursorShape:
    """The mouse cursor over a part."""
    if read_only and part not in MARK_PARTS:
        return Qt.CursorShape.ArrowCursor
    return CURSORS.get(part, Qt.CursorShape.ArrowCursor)


def _far(one: Pointer, other: Pointer) -> bool:
    return max(abs(one.x - other.x), abs(one.y - other.y)) >= DRAG_FROM_PX
