"""The painted part of the timeline: ruler, guide and lanes under the mouse."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.records import Event, Take
from engine.timecode import format_timecode
from msg_studio.look.theme import theme_of
from msg_studio.qt_models.cue_numbers import cue_numbers
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.geometry import (
    Box,
    Part,
    Slot,
    Target,
    boxes_of,
    depths,
    lay_rows,
    stack,
    target_at,
)
from msg_studio.views.timeline.gestures import Ground, Pointer
from msg_studio.views.timeline.hit_taps import HitTaps
from msg_studio.views.timeline.painting import draw_timeline
from msg_studio.views.timeline.peak_pyramid import PeakPyramid
from msg_studio.views.timeline.playhead_line import PlayheadLine
from msg_studio.views.timeline.pointing import Pointing, cursor_for
from msg_studio.views.timeline.scene import Peaks, Scene, Trouble, chosen_takes, words_of
from msg_studio.views.timeline.snapping import SnapGrid, snap_points

ZOOM_STEP = 1.0015  # to the power of the wheel's eighths of a degree: a notch is 1.2
SCROLL_SHARE = 0.12  # of the width, for a notch
NOTCH = 120
FONT_SHARE = 0.9
LEAST_HEIGHT = 140
FREE_KEYS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class TimelineCanvas(QWidget):
    """Draws the project over time and turns mouse and keys into edits.

    Signals:
        said: Words for the status line.
        laid_out: Rows changed their place or height.
    """

    said = Signal(str)
    laid_out = Signal()

    def __init__(self, model: ProjectModel, playhead: Playhead, axis: TimeAxis, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._playhead, self._axis = model, playhead, axis
        self._peaks: Peaks = no_peaks
        self._trouble: Trouble = no_trouble
        self._picture = QPixmap()
        self._stale = True
        self._slots: dict[str, Slot] = {}
        self._numbers: dict[str, int] = {}
        self._chosen: dict[str, Take] = {}
        self._scroll = 0
        self.rows = lay_rows((), {}, height=LEAST_HEIGHT)
        self.taps = HitTaps(model, self)
        self.pointing = Pointing(model, playhead, target_at=self.target, ground_for=self._ground, parent=self)
        self.line = PlayheadLine(playhead, axis, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.installEventFilter(self)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, LEAST_HEIGHT)
        self._connect()
        self.follow_project()

    def set_peaks(self, lookup: Peaks, trouble: Trouble) -> None:
        """Where waveforms come from, and why one is missing."""
        self._peaks, self._trouble = lookup, trouble
        self.refresh()

    def refresh(self) -> None:
        """Draw anew."""
        self._stale = True
        self.update()

    def follow_project(self) -> None:
        """The project has another state: stack its events and lay the rows out."""
        events = self._model.project.events
        self._slots = stack(events)
        self._numbers = cue_numbers(events)
        self._chosen = chosen_takes(self._model.project)
        self.lay_out()

    def lay_out(self) -> None:
        """Share the height among the rows."""
        project = self._model.project
        self.rows = lay_rows(
            [lane.name for lane in project.lanes],
            depths(project.events, self._slots),
            height=self.height(),
            scroll=self._scroll,
        )
        self._scroll = min(self._scroll, self.rows.hidden_px)
        self.laid_out.emit()
        self.refresh()

    def scroll_lanes(self, px: int) -> None:
        """Show the lanes from this many pixels on."""
        self._scroll = max(0, px)
        self.lay_out()

    def target(self, x: float, y: float) -> Target:
        """What lies under a point."""
        return target_at(
            x,
            y,
            rows=self.rows,
            boxes=self.boxes(),
            scale=self._axis,
            marks=(self._playhead.mark_in, self._playhead.mark_out),
            selected=self._selected_id(),
        )

    def boxes(self) -> list[Box]:
        """Boxes of the events in view, as a drag would have them; the selected one last."""
        preview = self.pointing.preview.events
        events = [preview.get(event.id, event) for event in self._model.project.events]
        slots = stack(events) if preview else self._slots
        found = boxes_of(events, self.rows, slots, self._axis, left=0, right=self.width())
        selected = self._selected_id()
        return sorted(found, key=lambda box: box.event.id == selected)

    def timecode(self, sample: int) -> str:
        """A position in words."""
        project = self._model.project
        return format_timecode(project.rate, project.start_label, sample)

    def event_words(self, event: Event) -> str:
        """An event in a sentence."""
        number = self._numbers.get(event.id, 0)
        return words_of(self._model.project, event, number, position=self.timecode)

    def picture(self) -> QPixmap:
        """Everything but playhead and focus ring, at the screen's resolution; drawn when something changed.

        One pixmap serves while the size stays: PySide6 keeps a few references for each new one painted on.
        """
        ratio = self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        if self._picture.size() != size or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._stale = True
        if self._stale:
            self._stale = False
            painter = QPainter(self._picture)
            try:
                draw_timeline(painter, self._scene(ratio))
            finally:
                painter.end()
        return self._picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy what is asked for from the picture; a new state draws the picture first."""
        picture, ratio = self.picture(), self.devicePixelRatioF()
        painter = QPainter(self)
        area = QRectF(event.rect())
        source = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
        painter.drawPixmap(area, picture, source)
        if self.hasFocus():
            painter.setPen(QPen(theme_of(self).focus, 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size: another scale, other rows."""
        super().resizeEvent(event)
        self.line.resize(self.size())
        self._axis.set_width(self.width())
        self.lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Another palette or font: draw anew."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self.pointing.press(_pointer(event), alt=alt)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on, or show what lies under the mouse."""
        to = _pointer(event)
        if self.pointing.dragging:
            self._scroll_along(to.x)
        self.pointing.move(to)
        if not self.pointing.dragging:
            part = self.target(to.x, to.y).part
            self.setCursor(cursor_for(part, read_only=bool(self._model.read_only_reason)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pointing.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Add a hit point; on ruler and guide it is one click more."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = _pointer(event)
        if self.target(at.x, at.y).event_id:
            self.pointing.double_click(at)
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No hint without a mouse."""
        super().leaveEvent(event)
        self.pointing.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms around the mouse, Shift goes along the film, else the lanes scroll."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        along = event.angleDelta().x() != 0 or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._axis.zoom(ZOOM_STEP**turn, around_x=event.position().x())
        elif along or not self.rows.hidden_px:
            by = turn / NOTCH * SCROLL_SHARE * self.width() * self._axis.samples_per_pixel
            self._axis.scroll_to(round(self._axis.first_sample - by))
        else:
            self.scroll_lanes(self._scroll - turn // 3)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives a drag up; every other key is for others."""
        if event.key() == Qt.Key.Key_Escape and self.pointing.cancel():
            event.accept()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tooltips; and Esc belongs to a drag before it is anyone's shortcut.

        A filter of itself, because an exception in paintEvent below an own `event` crashes PySide6.
        """
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tooltip(event.pos(), event.globalPos())
            return True
        ours = event.type() == QEvent.Type.ShortcutOverride and self.pointing.dragging
        if ours and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        self._model.project_opened.connect(self.taps.forget)
        self._model.project_changed.connect(self.follow_project)
        self._model.selection_changed.connect(self.refresh)
        self._playhead.marks_changed.connect(self.refresh)
        self._axis.changed.connect(self.refresh)
        self.pointing.changed.connect(self.refresh)
        self.pointing.said.connect(self.said)
        self.taps.changed.connect(self.refresh)
        self.taps.refused.connect(self.said)

    def _scene(self, ratio: float) -> Scene:
        preview = self.pointing.preview
        if self.taps.where is not None:
            preview = replace(preview, outline=(self.taps.lane, self.taps.where), hits=self.taps.hits)
        return Scene(
            project=self._model.project,
            axis=self._axis,
            rows=self.rows,
            boxes=tuple(self.boxes()),
            numbers=self._numbers,
            chosen=self._chosen,
            selected=self._selected_id(),
            selected_hit=self.pointing.picked_hit,
            marks=preview.marks or (self._playhead.mark_in, self._playhead.mark_out),
            preview=preview,
            theme=theme_of(self),
            font=small_font(self.font()),
            peaks=self._peaks,
            trouble=self._trouble,
            width=self.width(),
            height=self.height(),
            ratio=ratio,
        )

    def _ground(self, event_id: str) -> Ground:
        project = self._model.project
        points = snap_points(
            project.events,
            numbers=self._numbers,
            leave_out=event_id,
            playhead=self._playhead.position,
            marks=(self._playhead.mark_in, self._playhead.mark_out),
        )
        grid = SnapGrid(points, fps=project.rate.fps)
        return Ground(self._model, self._playhead, self._axis, grid, self.rows, self.timecode)

    def _scroll_along(self, x: float) -> None:
        """A drag beyond the sides takes the film along."""
        beyond = min(0.0, x) or max(0.0, x - self.width())
        if beyond:
            by = round(beyond * self._axis.samples_per_pixel / 2)
            self._axis.scroll_to(self._axis.first_sample + by)

    def _show_tooltip(self, at: QPoint, shown_at: QPoint) -> None:
        target = self.target(at.x(), at.y())
        words = ""
        if target.event_id:
            words = self.event_words(self._model.project.event(target.event_id)).replace("; ", "\n")
        elif target.part is not Part.NOTHING and self._model.read_only_reason:
            words = f"Read-only: {self._model.read_only_reason}"
        QToolTip.showText(shown_at, words, self)

    def _selected_id(self) -> str:
        event = self._model.selected
        return event.id if event else ""


def small_font(font: QFont) -> QFont:
    """The window's font a little smaller, its figures all equally wide where the font can do that."""
    small = QFont(font)
    if font.pointSizeF() > 0:
        small.setPointSizeF(max(7.5, font.pointSizeF() * FONT_SHARE))
    return small


def no_peaks(key: str) -> PeakPyramid | None:
    """No waveforms yet."""
    return None


def no_trouble(key: str) -> str:
    """Nothing is wrong yet."""
    return ""


def _pointer(event: QMouseEvent) -> Pointer:
    at = event.position()
    return Pointer(at.x(), at.y(), free=bool(event.modifiers() & FREE_KEYS))
