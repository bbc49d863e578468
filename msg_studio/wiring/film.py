"""The film of the open project: its picture, its length, and what to do when it is not there."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.errors import StudioError
from engine.progress import Progress
from msg_studio.files.film_link import CHANGED, MISSING, PRESENT, FilmMatch, FilmState
from msg_studio.files.film_watch import FilmWatch
from msg_studio.qt_models.shown_picture import OpenedFilm
from msg_studio.qt_models.stepping import Stepping
from msg_studio.stage import Stage
from msg_studio.views.file_pickers import film_picker, folder_picker
from msg_studio.views.notice_strip import NoticeButton
from msg_studio.wiring.picture_at_playhead import PictureAtPlayhead
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.proxy_builder import ProxyBuilder

NOTICE = "film"


class FilmWiring(QObject):
    """Keeps picture, playhead and time axis on the project's film, and finds that again."""

    def __init__(
        self,
        stage: Stage,
        *,
        picture: PictureAtPlayhead,
        feed: PictureFeed,
        watch: FilmWatch,
        proxies: ProxyBuilder,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._stage = stage
        self._model = stage.model
        self._window = stage.window
        self._picture = picture
        self._watch = watch
        self._clip = self._model.project.clip
        self._model.project_opened.connect(self._begin)
        self._model.project_changed.connect(self._count_as_project)
        watch.state_changed.connect(self._show_state)
        watch.found.connect(self._offer)
        watch.not_found.connect(self._window.say)
        self._window.work.picture.locate_wanted.connect(self.ask_where)
        self._window.action("locate film").triggered.connect(self.ask_where)
        feed.opened.connect(self._step_by_pictures)
        proxies.progressed.connect(self._say_progress)
        proxies.failed.connect(self._window.say)

    def ask_where(self) -> None:
        """Let the user name the film."""
        clip = self._model.project.clip
        if clip is None:
            return
        self._search_in_picked(
            film_picker(f"Locate {clip.path.name}", self._stage.settings.folder, self._window)
        )

    def ask_folder(self) -> None:
        """Let the user name a folder; the film is looked for in it and in the folders in it."""
        clip = self._model.project.clip
        if clip is None:
            return
        self._search_in_picked(
            folder_picker(f"Search a folder for {clip.path.name}", self._stage.settings.folder, self._window)
        )

    def _search_in_picked(self, dialog: QFileDialog) -> None:
        dialog.fileSelected.connect(self._search)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _search(self, name: str) -> None:
        place = Path(name)
        self._stage.settings.set_folder(place if place.is_dir() else place.parent)
        self._window.say(f"Searching {name} ...")
        self._watch.search(place)

    def _begin(self) -> None:
        self._clip = clip = self._model.project.clip
        self._window.notices.withdraw(NOTICE)
        length = clip.duration_samples if clip else 0
        self._stage.step_by(None)
        self._stage.playhead.set_duration(length)
        self._stage.axis.set_duration(length)
        self._picture.close()  # the last project's film is not this one's
        if clip is not None:
            self._window.work.picture.show_opening(clip.path.name)

    def _step_by_pictures(self, film: OpenedFilm) -> None:
        """One frame on is the next picture, however long each of them lasts."""
        last = len(film.table) - 1
        self._stage.step_by(
            Stepping(film.table.index_at, lambda number: film.table.sample_of(min(max(0, number), last)))
        )

    def _count_as_project(self) -> None:
        project = self._model.project
        if self._watch.state.path is not None and project.clip != self._clip:
            self._watch.check()  # an undo may bring another film back
        self._clip = project.clip
        self._picture.set_timecode(project.rate, project.start_label)

    def _show_state(self, found: FilmState) -> None:
        self._window.notices.withdraw(NOTICE)
        if found.state == PRESENT and found.path is not None:
            self._take_length()
            self._picture.open(found.path)
        elif found.state == MISSING and found.path is not None:
            self._picture.show_missing(found.path.name)
            self._notify(
                found.words,
                NoticeButton("Locate...", self.ask_where),
                NoticeButton("Search a folder...", self.ask_folder),
            )
        elif found.state == CHANGED and found.path is not None:
            self._picture.show_missing(found.path.name, found.words)
            use = (NoticeButton("Use it", self._use_changed),) if found.info else ()
            self._notify(found.words, *use, NoticeButton("Locate...", self.ask_where))

    def _take_length(self) -> None:
        """Another film may be linked that is longer or shorter."""
        clip = self._model.project.clip
        if clip is not None and clip.duration_samples != self._stage.playhead.duration:
            self._begin()

    def _offer(self, match: FilmMatch) -> None:
        if match.same:
            self._use(match)
        else:
            self._notify(match.words, NoticeButton("Use it", partial(self._use, match)))

    def _use(self, match: FilmMatch) -> None:
        before, self._clip = self._clip, match.info  # it was just read: not to be checked again
        try:
            self._watch.use(match)
        except StudioError as error:
            self._clip = before
            self._window.say(str(error))

    def _use_changed(self) -> None:
        if self._watch.state.info is not None:
            self._use(FilmMatch(self._watch.state.info, same=False))

    def _notify(self, words: str, *buttons: NoticeButton) -> None:
        self._window.notices.show_notice(NOTICE, words, buttons=buttons)

    def _say_progress(self, progress: Progress) -> None:
        if progress.total:
            percent = 100 * progress.done // progress.total
            self._window.say(f"Preparing quick pictures for scrubbing: {percent} %")
