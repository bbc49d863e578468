"""Autosave: each finished action goes into the local working copy, in one thread of its own."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import InputError, ProjectError, WriteError
from engine.project.project import Project
from engine.project.recovery import Recovery
from engine.project.working_copy import WorkingCopy, time_stamp
from msg_studio.qt_models.project_model import ProjectModel

RETRY_S = 5.0

Report = int | str  # actions on the disk, or why there are fewer than there should be


@dataclass(frozen=True)
class _Begin:
    project: Project
    folder: Path | None
    recovered_from: Recovery | None


@dataclass(frozen=True)
class _Record:
    project: Project
    words: str
    at: str


@dataclass(frozen=True)
class _MarkSaved:
    project: Project
    folder: Path
    through: int


@dataclass(frozen=True)
class _End:
    keep: bool


@dataclass(frozen=True)
class _Stop:
    pass


_Order = _Begin | _Record | _MarkSaved | _End | _Stop


class Autosave(QObject):
    """Keeps the working copy of the open project as new as the model, however the window ends.

    What arrives while the disk is busy is written together, in one transaction that keeps the
    words of every action. What the disk refuses stays in memory and is tried again.

    Args:
        model: The open project; its `recorded` and `project_opened` are listened to.
        parent: Owner.
        root: Folder of working copies, by default the user's data folder.
        retry_s: How long to wait before the disk is tried again, in seconds.

    Signals:
        written: So many actions since the project was opened are on the disk.
        failed: The disk refused, in a sentence; the project is whole in memory.
        healed: After a failure everything is on the disk again.
    """

    written = Signal(int)
    failed = Signal(str)
    healed = Signal()
    _reported = Signal(object)

    def __init__(
        self,
        model: ProjectModel,
        parent: QObject | None = None,
        *,
        root: Path | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._begun: Project | None = None
        self._position = 0
        self._trouble = ""
        self._orders: list[_Order] = []
        self._arrival = threading.Condition()
        self._thread = threading.Thread(target=self._work, args=(root, retry_s), name="autosave", daemon=True)
        self._reported.connect(self._take_report, Qt.ConnectionType.QueuedConnection)
        model.recorded.connect(self.record)
        model.project_opened.connect(self._follow_model)
        self._thread.start()

    @property
    def position(self) -> int:
        """Actions recorded since the project was opened, on the disk or on their way to it."""
        return self._position

    @property
    def trouble(self) -> str:
        """Why the disk is behind, in a sentence; empty when all is well."""
        return self._trouble

    def begin(
        self, project: Project, folder: Path | None = None, recovered_from: Recovery | None = None
    ) -> None:
        """Start the working copy of a project, just before the model shows it.

        The copy of a project that was not ended is kept, for the next start to offer.

        Args:
            project: The project as opened or recovered.
            folder: Its folder, None for one never saved.
            recovered_from: The copy of a crashed window it comes from; its actions are taken over.
        """
        self._begun, self._position = project, 0
        self._order(_Begin(project, folder, recovered_from))

    def record(self, project: Project, words: str) -> None:
        """Write the project as it is after an action."""
        if self._begun is not None:
            self._position += 1
            self._order(_Record(project, words, time_stamp()))

    def mark_saved(self, project: Project, folder: Path, *, through: int) -> None:
        """Note that the project was saved.

        Args:
            project: The project as it is now.
            folder: Where it was saved.
            through: `position` when the saving began; later actions stay unsaved.
        """
        if self._begun is not None:
            self._order(_MarkSaved(project, folder, through))

    def end(self, keep: bool = False) -> None:
        """End the working copy; it is removed unless it is kept for the next start to offer."""
        if self._begun is not None:
            self._begun = None
            self._order(_End(keep))

    def shut_down(self) -> None:
        """Write what is left and stop the thread; a copy that was not ended is kept."""
        if self._thread.is_alive():
            self._begun = None
            self._order(_Stop())
            self._thread.join()

    def _follow_model(self) -> None:
        """A project that came without `begin` gets its copy here; no project, or one to look at, none."""
        if not self._model.is_open or self._model.read_only_reason:
            self.end(keep=True)
        elif self._begun is not self._model.project:
            self.begin(self._model.project, self._model.folder)

    def _order(self, order: _Order) -> None:
        with self._arrival:
            self._orders.append(order)
            self._arrival.notify()

    def _take_report(self, report: Report) -> None:
        if isinstance(report, str):
            self._trouble = report
            self.failed.emit(report)
            return
        was_in_trouble, self._trouble = bool(self._trouble), ""
        self.written.emit(report)
        if was_in_trouble:
            self.healed.emit()

    def _work(self, root: Path | None, retry_s: float) -> None:
        desk = _Desk(root)
        try:
            while not desk.stopped:
                for report in desk.work_off(self._arrived(retry_s if desk.behind else None)):
                    self._reported.emit(report)
        finally:
            if not desk.stopped:
                self._reported.emit("The autosave ended by a fault of the program: save, then restart it.")

    def _arrived(self, timeout_s: float | None) -> list[_Order]:
        with self._arrival:
            self._arrival.wait_for(lambda: self._orders, timeout=timeout_s)
            orders, self._orders = self._orders, []
        return orders


@dataclass
class _Desk:
    """The thread's own side: what should be on the disk, and the copy that it goes into."""

    root: Path | None
    stopped: bool = False
    _copy: WorkingCopy | None = None
    _opening: _Begin | None = None
    _project: Project | None = None
    _total: int = 0
    _waiting: list[tuple[str, str]] = field(default_factory=list)
    _saved: _MarkSaved | None = None

    @property
    def behind(self) -> bool:
        """Whether something still has to reach the disk."""
        return self._opening is not None or bool(self._waiting) or self._saved is not None

    def work_off(self, orders: list[_Order]) -> list[Report]:
        """Take orders in; the disk is written once, or before the project changes."""
        reports: list[Report] = []
        for order in orders:
            match order:
                case _Begin():
                    reports += self._finish(keep=True)
                    self._opening, self._project = order, order.project
                case _Record(project, words, at):
                    self._project = project
                    self._total += 1
                    self._waiting.append((words, at))
                case _MarkSaved(project):
                    self._project, self._saved = project, order
                case _End(keep):
                    reports += self._finish(keep=keep)
                case _Stop():
                    reports += self._finish(keep=True)
                    self.stopped = True
        return reports + self._catch_up()

    def _catch_up(self) -> list[Report]:
        """Bring the disk up to date; what it refuses waits."""
        if not self.behind:
            return []
        try:
            self._write()
        except (WriteError, InputError) as error:  # InputError: no place to write, or a name no disk takes
            if isinstance(error, ProjectError) and self._opening is not None:
                return [str(error), *self._go_on_alone(self._opening)]
            return [str(error)]
        return [self._total]

    def _go_on_alone(self, begun: _Begin) -> list[Report]:
        """Another window recovers the same copy: what this one recovered becomes its own first action."""
        self._opening = _Begin(begun.project, begun.folder, None)
        self._waiting.insert(0, ("recover", time_stamp()))
        return self._catch_up()

    def _write(self) -> None:
        if self._opening is not None:
            begun = self._opening
            self._copy = WorkingCopy(
                begun.project, begun.folder, root=self.root, recovered_from=begun.recovered_from
            )
            self._opening = None
        if self._copy is None or self._project is None:
            raise RuntimeError("an action was recorded with no project open")
        if self._saved is not None:  # what the project folder holds need not be written here any more
            newer = self._total - self._saved.through
            self._waiting = self._waiting[max(0, len(self._waiting) - newer) :]
        if self._waiting:
            self._copy.record_all(self._project, self._waiting)
            self._waiting = []
        if self._saved is not None:
            newer = self._total - self._saved.through
            self._copy.mark_saved(self._project, self._saved.folder, newer_actions=newer)
            self._saved = None

    def _finish(self, *, keep: bool) -> list[Report]:
        """Close the copy of the present project, written as far as the disk lets it if it is kept."""
        reports = self._catch_up() if keep else []
        copy, self._copy = self._copy, None
        self._opening = self._project = self._saved = None
        self._waiting, self._total = [], 0
        if copy is not None:
            try:
                copy.close(keep=keep)
            except OSError as error:
                reports.append(f"The working copy {copy.path} could not be removed: {error.strerror}.")
        return reports
