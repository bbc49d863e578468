"""The open project and what is selected in it: its only writer, and what everything listens to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from engine.errors import ProjectError
from engine.project.project import Project, new_project
from engine.project.votes import Vote
from engine.records import Event, Take
from msg_studio.qt_models.edit import Edit


@dataclass(frozen=True)
class Arrival:
    """A take as it came.

    Attributes:
        take: The take.
        event_start: Where its event began then, in samples; None when it was deleted meanwhile.
    """

    take: Take
    event_start: int | None

    def beside(self, event_start: int) -> Take:
        """The take for an event that begins elsewhere."""
        if self.event_start is None:
            return self.take
        return replace(self.take, range=self.take.range.shifted(event_start - self.event_start))


class ProjectModel(QObject):
    """The project as the window sees it. Every change goes through `edit`, `add_takes` or `put_votes`.

    Signals:
        project_opened: Another project came in place of the last one.
        project_changed: Any new state: opened, edited, undone, takes arrived.
        selection_changed: Another event or take is looked at.
        saved_changed: The folder, or whether there is something to save, changed.
        recorded: An action is finished: (Project, what was done in words).
    """

    project_opened = Signal()
    project_changed = Signal()
    selection_changed = Signal()
    saved_changed = Signal()
    recorded = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.folder: Path | None = None
        self.is_open = False
        self.read_only_reason = ""
        self._project = new_project("")
        self._saved = self._project
        self._arrivals: dict[str, Arrival] = {}  # all takes that ever came: undo loses none
        self._votes: tuple[Vote, ...] = ()  # no edit changes them, and no undo of one
        self._event_id: str | None = None
        self._take_id: str | None = None

    @property
    def project(self) -> Project:
        """The present state."""
        return self._project

    @property
    def unsaved(self) -> bool:
        """Whether the present state differs from the saved one."""
        return self._project is not self._saved

    @property
    def selected(self) -> Event | None:
        """The event that every part of the window shows."""
        return next((event for event in self._project.events if event.id == self._event_id), None)

    @property
    def selected_take(self) -> Take | None:
        """The take looked at: the one picked, else the chosen take of the selected event."""
        event = self.selected
        if event is None:
            return None
        picked = (take for take in self._project.takes_of(event.id) if take.id == self._take_id)
        return next(picked, self._project.chosen_take(event.id))

    def show_project(
        self,
        project: Project,
        folder: Path | None = None,
        *,
        read_only_reason: str = "",
        unsaved: bool = False,
    ) -> None:
        """Put a project in place of the present one and select its first event.

        Args:
            project: What was opened, recovered or made.
            folder: Its folder, None for one never saved.
            read_only_reason: Why it must not be edited, empty when it may.
            unsaved: Whether it holds what its folder does not.
        """
        self.is_open = True
        self._begin(project, folder, read_only_reason=read_only_reason)
        if unsaved:
            self._saved = new_project("")
        self._announce_opened()

    def close_project(self) -> None:
        """Go back to no project; what was not saved is gone from here."""
        self.is_open = False
        self._begin(new_project(""), None, read_only_reason="")
        self._announce_opened()

    def edit(self, words: str, project: Project, *, merge: str = "") -> None:
        """Make another state the present one, as one step that can be undone.

        Args:
            words: What the user did ("move event").
            project: The state after it.
            merge: Steps in a row with the same key, which is not empty, are undone as one.

        Raises:
            ProjectError: When the project is open read-only.
        """
        if self.read_only_reason:
            raise ProjectError(f"This project is open read-only: {self.read_only_reason}")
        if project != self._project:
            self.undo_stack.push(Edit(words, self._project, project, merge=merge, apply=self._apply))

    def add_takes(self, takes: Iterable[Take]) -> None:
        """Add takes that were made; they are no step to undo, and undo loses none of them.

        The first take of an event without a choice becomes the chosen one. Takes of an event
        that was deleted meanwhile are kept for the undo that brings it back.
        """
        starts = event_starts(self._project)
        new = [Arrival(take, starts.get(take.event_id)) for take in takes]
        self._arrivals.update((arrival.take.id, arrival) for arrival in new)
        self._set_state(self._with_all_takes(self._project))
        self.recorded.emit(self._project, f"{len(new)} takes arrived")

    def put_votes(self, votes: Iterable[Vote], words: str) -> None:
        """Put the votes that stand in place of those before.

        They lie in a journal of their own: undoing an edit neither brings one back nor loses one.

        Args:
            votes: In the order given.
            words: What the user did ("take 3 preferred to take 1").
        """
        self._votes = tuple(votes)
        self._set_state(self._project.with_votes(self._votes))
        self.recorded.emit(self._project, words)

    def mark_saved(self, project: Project, folder: Path) -> None:
        """Note what was saved where, edits made since the saving began stay unsaved.

        Args:
            project: The state as it was saved, its takes where they lie now.
            folder: The project folder.
        """
        self.folder = folder
        for take in project.takes:
            arrival = self._arrivals[take.id]
            self._arrivals[take.id] = replace(arrival, take=replace(arrival.take, path=take.path))
        whole = replace(self._project, takes=self._placed(self._project.takes))
        self._saved = whole if whole == project else project
        self._project = whole
        self.saved_changed.emit()
        self.project_changed.emit()

    def select(self, event_id: str | None) -> None:
        """Make an event the one that every part of the window shows; nothing moves or starts."""
        if event_id != self._event_id:
            self._event_id, self._take_id = event_id, None
            self.selection_changed.emit()

    def select_take(self, take_id: str | None) -> None:
        """Look at a take of the selected event; None is the chosen one."""
        if take_id != self._take_id:
            self._take_id = take_id
            self.selection_changed.emit()

    def _begin(self, project: Project, folder: Path | None, *, read_only_reason: str) -> None:
        self._project = self._saved = project
        self._votes = project.votes
        starts = event_starts(project)
        self._arrivals = {take.id: Arrival(take, starts[take.event_id]) for take in project.takes}
        self.folder = folder
        self.read_only_reason = read_only_reason
        self.undo_stack.clear()
        self._event_id = project.events[0].id if project.events else None
        self._take_id = None

    def _announce_opened(self) -> None:
        self.project_opened.emit()
        self.project_changed.emit()
        self.selection_changed.emit()
        self.saved_changed.emit()

    def _apply(self, words: str, project: Project) -> None:
        """Show the state of a step done, undone or done again."""
        self._set_state(self._with_all_takes(project))
        self.recorded.emit(self._project, words)

    def _with_all_takes(self, project: Project) -> Project:
        """A state with the votes that stand and every take that ever came for its events, where it lies."""
        state = project if project.votes == self._votes else project.with_votes(self._votes)
        placed = self._placed(project.takes)
        state = state if placed == project.takes else replace(state, takes=placed)
        starts = event_starts(state)
        present = {take.id for take in state.takes}
        late = [
            arrival.beside(starts[arrival.take.event_id])
            for arrival in self._arrivals.values()
            if arrival.take.event_id in starts and arrival.take.id not in present
        ]
        for event_id in {take.event_id for take in late}:
            setup = state.setup(event_id)
            if setup.status in ("suggested", "to do"):
                state = state.with_event(state.event(event_id), replace(setup, status="review"))
        return state.with_takes(late) if late else state

    def _placed(self, takes: tuple[Take, ...]) -> tuple[Take, ...]:
        """Takes with the path where their file lies now; a save may have moved it."""
        return tuple(replace(take, path=self._arrivals[take.id].take.path) for take in takes)

    def _set_state(self, project: Project) -> None:
        was_unsaved, selected = self.unsaved, (self.selected, self.selected_take)
        self._project = self._saved if project == self._saved else project
        self.project_changed.emit()
        if (self.selected, self.selected_take) != selected:
            self.selection_changed.emit()
        if self.unsaved != was_unsaved:
            self.saved_changed.emit()


def event_starts(project: Project) -> dict[str, int]:
    """Where each event begins, in samples, by its id."""
    return {event.id: event.range.start_samples for event in project.events}
