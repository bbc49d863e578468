"""Shows the sync map of what is selected, and has it computed on request."""

from PySide6.QtCore import QObject

from engine.errors import StudioError
from engine.project.project import Project
from engine.records import Event, Take
from msg_studio.files.map_shelf import MapShelf
from msg_studio.orders import EngineOrders
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.maps.heatmap_view import MISSING_WORDS, HeatmapView

Shown = tuple[Event, str, str]


class MapWiring(QObject):
    """Keeps the heatmaps on the selected event and the take that is looked at.

    A film with production sound shows how that agrees with the picture as long as an event has
    no take.
    """

    def __init__(
        self,
        model: ProjectModel,
        jobs: JobList,
        view: HeatmapView,
        shelf: MapShelf,
        orders: EngineOrders,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._jobs = jobs
        self._view = view
        self._shelf = shelf
        self._orders = orders
        self._shown: Shown | None = None
        model.project_changed.connect(self.show)
        model.selection_changed.connect(self.show)
        jobs.changed.connect(self.show)
        orders.map_made.connect(self.show_anew)
        view.map_wanted.connect(self.compute)

    def compute(self) -> None:
        """Have the map of what is selected computed.

        Every refusal is said as a problem of the orders.
        """
        event = self._model.selected
        if event is None:
            return
        try:
            self._orders.score(event, self._model.selected_take)
        except StudioError as error:
            self._orders.problem.emit(str(error))

    def show_anew(self) -> None:
        """Show what is selected although nothing else was: its file has changed."""
        self._shown = None
        self.show()

    def show(self) -> None:
        """Show the map of what is selected, or why there is none."""
        event, take = self._model.selected, self._model.selected_take
        if event is None:
            self._shown = None
            self._view.show_nothing()
            return
        waiting = "waiting" if self._jobs.running_for(event.id) else ""
        sound = take.sha256 if take else ""
        wanted = (event, sound, waiting)
        if wanted != self._shown:
            self._shown = wanted
            self._show(event, take, waiting=bool(waiting))

    def _show(self, event: Event, take: Take | None, *, waiting: bool) -> None:
        project = self._model.project
        if project.clip is None or (take is None and project.clip.audio is None):
            self._view.show_waiting("No sound yet: generate takes to see how they fit the picture.")
            return
        try:
            sync_map = self._shelf.find(take, film=project.clip.fingerprint, event=event)
        except StudioError as error:
            self._view.show_missing(str(error))
            return
        if sync_map is not None:
            frame_ms = float(1000 / project.clip.fps)
            self._view.show_map(sync_map, title=map_title(project, event, take), frame_ms=frame_ms)
        elif waiting:
            self._view.show_waiting("The engine is at work for this event ...")
        else:
            self._view.show_missing(f"{map_title(project, event, take)}: {MISSING_WORDS}")


def map_title(project: Project, event: Event, take: Take | None) -> str:
    """What is compared with the picture, in words."""
    what = project.setup(event.id).prompt or class_words(event.cat_id)
    if take is None:
        return f"{what}: production sound"
    number = [one.id for one in project.takes_of(event.id)].index(take.id) + 1
    return f"{what}: take {number}"
