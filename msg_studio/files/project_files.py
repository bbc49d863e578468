"""What menu File does, without its dialogs: new, open, recover, save, close, and the list of recent projects.

All reading and writing happens in a thread; the model changes here, in the window's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from engine.errors import StudioError
from engine.media.video_reader import probe
from engine.project.project import new_project
from engine.project.recovery import Recovery, find_recoveries
from engine.records import ClipInfo
from msg_studio.files import project_work, recent_projects
from msg_studio.files.film_link import missing_takes_in_words
from msg_studio.files.project_work import Opened, RescueOffer, Saved
from msg_studio.files.recent_projects import RecentProject
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
from msg_studio.workers.file_work import FileWork

if TYPE_CHECKING:
    from engine.project.project_lock import ProjectLock


Found = TypeVar("Found", "Opened | RescueOffer", Opened, Saved)


@dataclass(frozen=True)
class _Asked:
    """When a project was asked for.

    Attributes:
        wish: Its number among all that were asked for.
        session: The project that was open then.
        position: The actions recorded in that one.
    """

    wish: int
    session: int
    position: int


class ProjectFiles(QObject):
    """Opens, saves and closes the project of a window; one per window.

    The project at hand stays until another one is really there. Of several that were asked for, the
    one asked for last comes. Whoever calls `open_folder`, `begin_with`, `new_from_film`,
    `open_recovery` or `close` has asked about unsaved changes before; a project that was edited since
    then is not given up: its working copy is kept.

    Args:
        model: The open project.
        autosave: Keeps its working copy.
        parent: Owner.
        root: Folder for the data of this user, by default the system's: working copies, takes of
            projects never saved.
        recent_file: The list of recent projects, by default in the user's configuration.

    Signals:
        opened: A project came into the model; `read_only_reason` there says why it cannot be edited.
        refused: Something could not be opened, in a sentence; nothing changed.
        rescue_offered: A project is damaged (RescueOffer); `open_rescued` takes it up.
        other_machine_noted: It is open read-only because another machine left a note (folder, sentence);
            `open_folder(folder, over_other_machines=True)` edits it on the user's word.
        save_begun: The project is being written.
        saved: It was written to this folder. Where it was asked to save again meanwhile, this comes once.
        save_failed: It was not, in a sentence; the last save stays.
        noticed: Something the user should know, in a sentence.
        recent_changed: The list of recent projects (tuple of RecentProject).
        recoveries_found: What crashed windows left (tuple of Recovery).
        busy_changed: Whether the disk is at work.
    """

    opened = Signal()
    refused = Signal(str)
    rescue_offered = Signal(object)
    other_machine_noted = Signal(object, str)
    save_begun = Signal()
    saved = Signal(object)
    save_failed = Signal(str)
    noticed = Signal(str)
    recent_changed = Signal(object)
    recoveries_found = Signal(object)
    busy_changed = Signal(bool)

    def __init__(
        self,
        model: ProjectModel,
        autosave: Autosave,
        parent: QObject | None = None,
        *,
        root: Path | None = None,
        recent_file: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._autosave = autosave
        self._root = root
        self._recent_file = recent_file
        self._lock: ProjectLock | None = None
        self._saving = False
        self._next_save: Path | None = None  # asked for while the last one was under way
        self._session = 0  # which project a piece of work was begun for
        self._wish = 0  # the last project asked for: answers to earlier wishes are dropped
        self._undelivered: list[Opened | RescueOffer | Saved] = []  # they hold locks
        self._reading = FileWork(self)  # a long film keeps no save waiting
        self._work = FileWork(self)
        self._work.busy_changed.connect(self.busy_changed)

    @property
    def busy(self) -> bool:
        """Whether the disk is at work."""
        return self._work.busy

    @property
    def saving(self) -> bool:
        """Whether the project is being written now."""
        return self._saving

    def begin_with(self, film: Path) -> None:
        """Begin a project with a film once that was read through; ends in `opened` or `refused`."""
        self._open(partial(_new_with, film), self._reading)

    def new_from_film(self, film: ClipInfo) -> None:
        """Begin a project for a film that was read."""
        self._wish += 1
        self._show(_begun_with(film))

    def open_folder(self, folder: Path, *, over_other_machines: bool = False) -> None:
        """Open a project folder; ends in `opened`, `refused` or `rescue_offered`."""
        if self._is_open_here(folder) and not over_other_machines:
            self._wish += 1  # to stay here is a wish as well
            self.noticed.emit(f"{folder.name} is open in this window already.")
            return
        open_it = partial(project_work.open_folder, folder, over_other_machines=over_other_machines)
        self._open(open_it)

    def open_copy(self, folder: Path) -> None:
        """Open a project, such as the sample, as a new one that was never saved."""
        self._open(partial(project_work.open_copy, folder))

    def open_rescued(self, offer: RescueOffer) -> None:
        """Open what could be saved of a damaged project."""
        self._open(partial(project_work.open_rescued, offer))

    def open_recovery(self, recovery: Recovery) -> None:
        """Open what a crashed window left, with its unsaved actions."""
        self._open(partial(project_work.open_recovery, recovery))

    def look_for_recoveries(self) -> None:
        """Find what crashed windows left; ends in `recoveries_found`."""
        root = None if self._root is None else self._root / "working"
        self._work.run(partial(find_recoveries, root), done=self.recoveries_found.emit, failed=self._tell)

    def discard_recovery(self, recovery: Recovery) -> None:
        """Remove what a crashed window left for good, on the user's word; then looks for more."""
        self._work.run(
            partial(project_work.discard_recovery, recovery, self._root),
            done=lambda _: self.look_for_recoveries(),
            failed=self._tell,
        )

    def save(self) -> bool:
        """Write the project into its folder; ends in `saved` or `save_failed`.

        Returns:
            False when it has no folder or is read-only: ask for one and call `save_as`.
        """
        if self._model.folder is None or self._model.read_only_reason:
            return False
        self._save_to(self._model.folder)
        return True

    def save_as(self, folder: Path) -> None:
        """Write the project into another folder, which becomes its own; `.msgproj` is appended."""
        self._save_to(project_work.with_suffix(folder))

    def close(self, *, keep: bool = False) -> None:
        """Close the project; what was not saved is given up, on the user's word.

        Args:
            keep: Keep the working copy, so that the next start offers it.
        """
        self._wish += 1
        self._leave(keep=keep)
        self._model.close_project()

    def look_up_recent(self) -> None:
        """Read the list of recent projects; ends in `recent_changed`."""
        self._change_recent(partial(recent_projects.recent_projects, self._recent_file))

    def remove_recent(self, folder: Path) -> None:
        """Take a project off the list of recent ones."""
        self._change_recent(partial(recent_projects.remove_recent, folder, self._recent_file))

    def takes_folder(self) -> Path:
        """Where new takes of the open project are written; made for a project never saved.

        Raises:
            OutputLocationError: When it cannot be made.
            WriteError: When the disk refuses.
        """
        return self._model.folder or project_work.make_unsaved_folder(self._model.project.id, self._root)

    def shut_down(self) -> None:
        """Wait for the disk, give the project's folder free."""
        self._reading.shut_down()
        self._work.shut_down()
        for found in self._undelivered:
            if not isinstance(found, RescueOffer) and found.lock is not None:
                found.lock.release()
        self._undelivered.clear()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _open(self, open_it: Callable[[], Opened | RescueOffer], work: FileWork | None = None) -> None:
        self._wish += 1
        asked = _Asked(self._wish, self._session, self._autosave.position)
        (work or self._work).run(
            partial(self._noted, open_it),
            done=partial(self._take_opened, asked),
            failed=partial(self._refuse, asked.wish),
        )

    def _noted(self, work: Callable[[], Found]) -> Found:
        """Do a piece of work in its thread, and remember what it found until that is delivered."""
        found = work()
        self._undelivered.append(found)
        return found

    def _deliver(self, found: Opened | RescueOffer | Saved) -> None:
        self._undelivered = [one for one in self._undelivered if one is not found]

    def _take_opened(self, asked: _Asked, found: Opened | RescueOffer) -> None:
        self._deliver(found)
        if asked.wish != self._wish:
            if isinstance(found, Opened) and found.lock is not None:
                found.lock.release()
        elif isinstance(found, RescueOffer):
            self.rescue_offered.emit(found)
        else:
            # Edits made since the user was asked about changes were never given up.
            now = self._session, self._autosave.position
            keep_last = self._model.unsaved and now != (asked.session, asked.position)
            left = self._model.project.name
            self._show(found, keep_last=keep_last)
            if keep_last:
                self.noticed.emit(
                    f"{left} was changed while {found.project.name} was being opened: the changes are kept, "
                    "and the next start of the program offers them."
                )

    def _show(self, found: Opened, *, keep_last: bool = False) -> None:
        self._leave(keep=keep_last)
        self._lock = found.lock
        if not found.read_only_reason:
            self._autosave.begin(found.project, found.folder, found.recovered_from)
        self._model.show_project(
            found.project,
            found.folder,
            read_only_reason=found.read_only_reason,
            unsaved=found.unsaved,
        )
        if found.unsaved and found.recovered_from is None:
            self._autosave.record(found.project, "rescue project")
        self.opened.emit()
        self._say_what_matters(found)

    def _say_what_matters(self, found: Opened) -> None:
        if found.folder is not None:
            self._note_recent(found.folder, found.project.name)
        if found.held_elsewhere:
            words = f"This project is open read-only: {found.read_only_reason}"
            self.other_machine_noted.emit(found.folder, words)
        if found.notice:
            self.noticed.emit(found.notice)
        if found.project.takes:
            look = partial(missing_takes_in_words, found.project)
            self._work.run(look, done=self._notice, failed=self._tell)

    def _leave(self, *, keep: bool) -> None:
        """Give the present project up: its working copy, its takes outside any folder, its lock."""
        self._session += 1
        self._autosave.end(keep=keep)
        if self._model.is_open and not keep and not self._model.read_only_reason:
            give_up = partial(project_work.remove_unsaved, self._model.project.id, self._root)
            self._work.run(give_up, done=lambda _: None, failed=self._tell)
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _save_to(self, folder: Path) -> None:
        if self._saving:
            self._next_save = folder
            return
        self._saving = True
        self.save_begun.emit()
        write = partial(project_work.save, self._model.project, folder, self._lock)
        done = partial(self._take_saved, self._session, self._autosave.position)
        self._work.run(partial(self._noted, write), done=done, failed=self._fail_saving)

    def _take_saved(self, session: int, position: int, written: Saved) -> None:
        self._saving = False
        self._deliver(written)
        self._note_recent(written.folder, written.project.name)
        if session == self._session:
            self._adopt(written, position)
        elif written.lock is not self._lock:  # another project is here by now
            written.lock.release()
        next_save, self._next_save = self._next_save, None
        if next_save is not None and session == self._session:
            self._save_to(next_save)
        else:
            self.saved.emit(written.folder)

    def _adopt(self, written: Saved, position: int) -> None:
        """What was written is the last save of the project at hand; later edits stay unsaved."""
        if self._lock is not None and self._lock is not written.lock:
            self._lock.release()
        self._lock = written.lock
        if self._model.read_only_reason:  # a copy of it may be edited
            self._autosave.begin(written.project, written.folder)
            self._model.show_project(written.project, written.folder)
        else:
            self._model.mark_saved(written.project, written.folder)
            self._autosave.mark_saved(self._model.project, written.folder, through=position)

    def _fail_saving(self, error: StudioError) -> None:
        self._saving, self._next_save = False, None
        self.save_failed.emit(str(error))

    def _note_recent(self, folder: Path, name: str) -> None:
        self._change_recent(partial(recent_projects.add_recent, folder, name, self._recent_file))

    def _change_recent(self, change: Callable[[], tuple[RecentProject, ...]]) -> None:
        self._work.run(change, done=self.recent_changed.emit, failed=self._tell)

    def _is_open_here(self, folder: Path) -> bool:
        mine, wanted = self._model.folder, project_work.project_folder_of(folder)
        return mine is not None and not self._model.read_only_reason and mine.absolute() == wanted

    def _refuse(self, wish: int, error: StudioError) -> None:
        if wish == self._wish:
            self.refused.emit(str(error))

    def _tell(self, error: StudioError) -> None:
        self.noticed.emit(str(error))

    def _notice(self, words: str) -> None:
        if words:
            self.noticed.emit(words)


def _new_with(film: Path) -> Opened:
    return _begun_with(probe(film))


def _begun_with(film: ClipInfo) -> Opened:
    return Opened(new_project(film.path.stem, film))
