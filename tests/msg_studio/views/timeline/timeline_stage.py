"""A timeline on the screen with the small project: 1000 px for ten seconds, so 100 px a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.project.project import Project
from engine.records import Event
from msg_studio.look.theme import apply_theme
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.geometry import Box
from msg_studio.views.timeline.lane_heads import WIDTH_PX
from msg_studio.views.timeline.view import TimelineView
from tests.msg_studio.views.timeline.small_timeline import FILM, small_project

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
PX = 480  # samples in a pixel
LANES_HEIGHT = 320


@dataclass
class Stage:
    """The view with its models, and hands to work it."""

    model: ProjectModel
    playhead: Playhead
    axis: TimeAxis
    view: TimelineView
    said: list[str] = field(default_factory=list)

    def event(self, event_id: str) -> Event:
        return self.model.project.event(event_id)

    def box(self, event_id: str) -> Box:
        return next(box for box in self.view.canvas.boxes() if box.event.id == event_id)

    def title_at(self, event_id: str, x: float) -> QPoint:
        """A point in the upper part of an event: body or edge, never a diamond."""
        return QPoint(round(x), round(self.box(event_id).y) + 5)

    def hit_at(self, event_id: str, index: int) -> QPoint:
        box = self.box(event_id)
        return QPoint(round(self.axis.x_of(box.event.hit_points[index].sample)), round(box.hit_y))

    def lane_at(self, lane: str, x: float) -> QPoint:
        row = self.view.canvas.rows.lane(lane)
        assert row is not None
        return QPoint(round(x), row.top + row.height // 2)

    def press(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.view.canvas, LEFT, keys, at)

    def move(self, to: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        """QTest moves without buttons or keys, so the event is made here."""
        canvas = self.view.canvas
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(to), QPointF(canvas.mapToGlobal(to)), LEFT, LEFT, keys
        )
        QApplication.sendEvent(canvas, event)

    def release(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.view.canvas, LEFT, keys, at)

    def drag(self, start: QPoint, *way: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        self.press(start, keys)
        for point in way:
            self.move(point, keys)
        self.release(way[-1], keys)

    def click(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        self.press(at, keys)
        self.release(at, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view.canvas, key, keys)


@contextmanager
def staged(qtbot: QtBot, qapp: QApplication, project: Project | None = None) -> Iterator[Stage]:
    """A timeline on the screen; nothing is selected."""
    apply_theme(qapp)
    model, playhead, axis = ProjectModel(qapp), Playhead(qapp), TimeAxis(qapp)
    view = TimelineView(model, playhead, axis)
    view.resize(1000 + WIDTH_PX, LANES_HEIGHT)
    stage = Stage(model, playhead, axis, view)
    view.status_hint.connect(stage.said.append)
    model.show_project(project or small_project())
    axis.set_duration(FILM.duration_samples)
    playhead.set_duration(FILM.duration_samples)
    with qtbot.waitExposed(view):
        view.show()
    view.setFocus()
    model.select(None)
    assert axis.samples_per_pixel == PX
    yield stage
    view.close()
    view.deleteLater()
    qapp.processEvents()
