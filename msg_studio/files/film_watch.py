"""Watches over the film of the open project: is it there, is it the same, where did it go."""

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.errors import StudioError
from engine.project.project import Project
from msg_studio import commands
from msg_studio.files.film_link import NO_FILM, PRESENT, FilmMatch, FilmState, film_state, find_film
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.file_work import FileWork

_NOTHING = FilmState(NO_FILM, None)


class FilmWatch(QObject):
    """Looks for the film of each project that opens; reading it happens in a thread.

    Signals:
        state_changed: What became of the film (FilmState).
        searching_changed: Whether a search is under way.
        found: A search ended (FilmMatch); `use` links it, which the user decides where it is not the same.
        not_found: A search ended without one, in a sentence.
    """

    state_changed = Signal(object)
    searching_changed = Signal(bool)
    found = Signal(object)
    not_found = Signal(str)

    def __init__(self, model: ProjectModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._state = _NOTHING
        self._stop = threading.Event()
        self._work = FileWork(self)
        self._work.busy_changed.connect(self.searching_changed)
        model.project_opened.connect(self.check)

    @property
    def state(self) -> FilmState:
        """What became of the film, as far as it is known."""
        return self._state

    def check(self) -> None:
        """Look at the film again; ends in `state_changed`."""
        self._stop_search()
        project = self._model.project
        if not self._model.is_open or project.clip is None:
            self._set_state(_NOTHING)
            return
        self._work.run(
            partial(film_state, project), done=partial(self._take_state, project), failed=self._tell
        )

    def search(self, given: Path | None = None) -> None:
        """Look for a film that was moved; ends in `found` or `not_found`.

        Args:
            given: A folder the user names, or the file itself; else beside the project and the old place.
        """
        self._stop_search()
        project = self._model.project
        if project.clip is None:
            return
        look = partial(
            find_film,
            project.clip,
            project_folder=self._model.folder,
            given=given,
            stopped=self._stop.is_set,
        )
        self._work.run(look, done=partial(self._take_match, project.id, self._stop), failed=self._tell)

    def use(self, match: FilmMatch) -> None:
        """Link the project to a film that was found, or to a changed one as it is now.

        Raises:
            ProjectError: When the project is read-only.
        """
        commands.relink(self._model, match.info)
        self._set_state(FilmState(PRESENT, match.info.path, info=match.info))

    def shut_down(self) -> None:
        """Stop searching."""
        self._stop.set()
        self._work.shut_down()

    def _stop_search(self) -> None:
        self._stop.set()
        self._stop = threading.Event()

    def _take_state(self, looked_at: Project, state: FilmState) -> None:
        now = self._model.project
        if (looked_at.id, looked_at.clip) == (now.id, now.clip):  # else it was left, or linked anew
            self._set_state(state)

    def _take_match(self, project_id: str, stop: threading.Event, match: FilmMatch | None) -> None:
        if stop.is_set() or project_id != self._model.project.id:
            return
        if match is None:
            clip = self._model.project.clip
            name = clip.path.name if clip else "The film"
            self.not_found.emit(f"{name} was not found there. Name another folder, or pick the film itself.")
        else:
            self.found.emit(match)

    def _set_state(self, state: FilmState) -> None:
        self._state = state
        self.state_changed.emit(state)

    def _tell(self, error: StudioError) -> None:
        self.not_found.emit(str(error))
