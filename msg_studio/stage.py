"""The models of one window and the page that shows them, before anything works for it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping, even_stepping
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.settings import Settings
from msg_studio.transport_keys import TransportKeys
from msg_studio.views.key_guard import KeyGuard
from msg_studio.views.main_window import PROGRAM, MainWindow
from msg_studio.views.work_page import WorkPage


class Stage(QObject):
    """What is seen: project, playhead, time axis and jobs, on the work page of a window.

    Args:
        window: The window, which is up already.
        settings: What it remembers.
        parent: Owner.

    Attributes:
        window: The window.
        settings: What it remembers.
        model, playhead, axis, jobs: What the views show.
    """

    def __init__(self, window: MainWindow, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self.window = window
        self.settings = settings
        self.model = ProjectModel(self)
        self.playhead = Playhead(self)
        self.axis = TimeAxis(self)
        self.jobs = JobList(self)
        self._film_stepping: Stepping | None = None
        stepping = Stepping(self._frame_of, self._sample_of)
        window.furnish(
            WorkPage(self.model, self.playhead, self.axis, self.jobs, stepping=stepping, parent=window)
        )
        self._keys = TransportKeys(window, self.model, self.playhead, stepping)
        self._keys.entry_wanted.connect(window.work.transport.begin_timecode_entry)
        transport = window.menu("T&ransport")
        transport.insertActions(transport.actions()[0], self._keys.actions)
        self._guard = KeyGuard(running_application())
        for splitter in window.work.splitters():
            splitter.restoreState(settings.layout(splitter.objectName()))
        # After the parts, which follow the project as well.
        self.model.project_changed.connect(self._show_project)
        self.model.saved_changed.connect(self._show_project)

    def step_by(self, stepping: Stepping | None) -> None:
        """Step by the pictures of a film, whose lengths may differ; by the project's rate with None."""
        self._film_stepping = stepping

    def take_down(self) -> None:
        """Remember the layout and end what would outlive Qt."""
        for splitter in self.window.work.splitters():
            self.settings.set_layout(splitter.objectName(), splitter.saveState())
        self.model.undo_stack.blockSignals(True)  # it speaks once more when it is destroyed
        self.playhead.stop()
        self.window.work.maps.close()
        self._guard.deleteLater()

    def _frame_of(self, sample: int) -> int:
        return (self._film_stepping or even_stepping(self.model)).frame_of(sample)

    def _sample_of(self, frame: int) -> int:
        return (self._film_stepping or even_stepping(self.model)).sample_of(frame)

    def _show_project(self) -> None:
        model = self.model
        self.window.show_work(model.is_open)
        if not model.is_open:
            self.window.show_title(PROGRAM)
            return
        read_only = " (read-only)" if model.read_only_reason else ""
        film = model.project.clip
        self.window.show_title(
            f"{model.project.name}[*]{read_only} - {PROGRAM}",
            modified=model.unsaved,
            path=model.folder or (film.path if film else None),
        )


def running_application() -> QApplication:
    """The application, which must have been made."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application
