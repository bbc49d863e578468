"""The page a project is worked on: every part of the window and where it stands."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.cue_table import CueTable
from msg_studio.views.inspector.event_panel import EventPanel
from msg_studio.views.job_panel import JobPanel
from msg_studio.views.key_guard import give_letters_to_window
from msg_studio.views.maps.heatmap_view import HeatmapView
from msg_studio.views.picture.video_view import VideoView
from msg_studio.views.take_panel import TakePanel
from msg_studio.views.timeline.view import TimelineView
from msg_studio.views.transport.transport_bar import TransportBar

TOP_AND_TIMELINE = (541, 269)
CUES_CENTRE_INSPECTOR = (352, 746, 342)
PICTURE_AND_MAPS = (280, 290)
INSPECTOR_AND_TAKES = (385, 195)


class WorkPage(QWidget):
    """Transport above; cues and jobs, picture, maps and inspector in the middle; timeline below.

    Jobs come and go beside the cues, so that nothing else moves when they do.

    Args:
        model: The open project.
        playhead: Where we are.
        axis: The time axis of the timeline.
        jobs: What the engine does.
        stepping: How one frame forward is found.
        parent: Owner.

    Attributes:
        transport, cues, picture, maps, inspector, takes, timeline, jobs: The parts.
    """

    def __init__(
        self,
        model: ProjectModel,
        playhead: Playhead,
        axis: TimeAxis,
        jobs: JobList,
        *,
        stepping: Stepping,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.transport = TransportBar(model, playhead, self, stepping=stepping)
        self.cues = CueTable(model, self)
        self.picture = VideoView(self)
        self.maps = HeatmapView(playhead, self)
        self.inspector = EventPanel(model, playhead, self)
        self.takes = TakePanel(model, self)
        self.timeline = TimelineView(model, playhead, axis, self)
        self.jobs = JobPanel(jobs, self)
        for table in (self.cues.table, self.takes.table):
            give_letters_to_window(table)
        self.cues.jumped.connect(playhead.seek)
        for panel in (self.inspector, self.takes):
            panel.focus_returned.connect(self.timeline.setFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self._make_splitters(), stretch=1)

    def splitters(self) -> list[QSplitter]:
        """The parts with borders that the user can drag, each with its name."""
        return [one for one in self.findChildren(QSplitter) if one.objectName()]

    def _make_splitters(self) -> QSplitter:
        centre = splitter("centre", Qt.Orientation.Vertical, PICTURE_AND_MAPS, self.picture, self.maps)
        right = splitter("right", Qt.Orientation.Vertical, INSPECTOR_AND_TAKES, self.inspector, self.takes)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.cues, stretch=1)
        column.addWidget(self.jobs)
        top = splitter(
            "top", Qt.Orientation.Horizontal, CUES_CENTRE_INSPECTOR, left, centre, right, elastic=1
        )
        return splitter("page", Qt.Orientation.Vertical, TOP_AND_TIMELINE, top, self.timeline)


def splitter(
    name: str,
    orientation: Qt.Orientation,
    sizes: tuple[int, ...],
    *parts: QWidget,
    elastic: int | None = None,
) -> QSplitter:
    """Parts side by side or one above the other, with borders the user can drag.

    Args:
        name: By which its borders are remembered.
        orientation: Side by side, or one above the other.
        sizes: Of the parts, in pixels.
        *parts: The parts.
        elastic: The one part that takes all new room; all share it when None.
    """
    made = QSplitter(orientation)
    made.setObjectName(name)
    made.setChildrenCollapsible(False)
    for number, part in enumerate(parts):
        made.addWidget(part)
        made.setStretchFactor(number, 1 if elastic in (None, number) else 0)
    made.setSizes(list(sizes))
    return made
