"""The timeline: lane heads, painted lanes and scroll bars, edited by mouse and keys."""

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QWidget

from engine.errors import StudioError
from engine.records import Event
from engine.timing import PROJECT_RATE_HZ
from msg_studio.commands import add_hit, move_event, move_hit, set_lane, set_setting
from msg_studio.guide_level import GUIDE_GAIN_DB, GUIDE_MUTED
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.canvas import TimelineCanvas, no_trouble
from msg_studio.views.timeline.lane_heads import BUTTON_PX, GUIDE, LaneHeads
from msg_studio.views.timeline.scene import Peaks, Trouble
from msg_studio.views.timeline.slim_scroll_bar import SlimScrollBar

ZOOM_FACTOR = 1.5
SCROLL_STEPS = 10_000  # of the bar along the film: samples would overflow its 32 bits after 12 hours
MILLISECOND = PROJECT_RATE_HZ // 1000
GUIDE_SETTINGS = {"gain_db": GUIDE_GAIN_DB, "muted": GUIDE_MUTED}


class TimelineView(QWidget):
    """Shows the project over time and edits it.

    Signals:
        status_hint: Words for the status line; empty when there is nothing to say.

    Attributes:
        canvas: The painted part, which takes the focus.
        heads: The lane heads.
    """

    status_hint = Signal(str)

    def __init__(
        self, model: ProjectModel, playhead: Playhead, axis: TimeAxis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._playhead, self._axis = model, playhead, axis
        self._last_lane = ""
        self._followed = 0
        self.canvas = TimelineCanvas(model, playhead, axis, self)
        self.heads = LaneHeads(self._change_row, self)
        self.along = SlimScrollBar(Qt.Orientation.Horizontal, self)
        self.down = SlimScrollBar(Qt.Orientation.Vertical, self)
        self.setFocusProxy(self.canvas)
        self.setAccessibleName("Timeline")
        self.canvas.setAccessibleName("Timeline")
        self._lay_out()
        self._make_actions()
        self._make_zoom_buttons()
        self._connect()
        self.heads.left.connect(self.canvas.setFocus)
        self._show_project()
        self._show_axis()

    def set_peaks(self, lookup: Peaks, trouble: Trouble = no_trouble) -> None:
        """Give the waveforms.

        Args:
            lookup: Pyramid of a key (`guide_key`, `take_key`), None while there is none.
            trouble: Why a key has none, empty when it is on its way.
        """
        self.canvas.set_peaks(lookup, trouble)

    def refresh(self) -> None:
        """Draw anew; waveforms may have arrived."""
        self.canvas.refresh()

    def zoom_to_selection(self) -> None:
        """Show the selected event, else what in and out mark, else all."""
        event, segment = self._model.selected, self._playhead.segment
        where = event.range if event else segment
        if where is None:
            self._axis.show_all()
        else:
            self._axis.show_range(where)

    def zoom_to_all(self) -> None:
        """Show the whole film."""
        self._axis.show_all()

    def tap_hit(self) -> None:
        """Tap a hit point at the playhead: into the selected event if it lies there, else into a new one.

        Taps closer than 1.2 s become one event.
        """
        if self._model.read_only_reason:
            self.status_hint.emit(f"Read-only: {self._model.read_only_reason}")
            return
        event, position = self._model.selected, self._playhead.position
        taps = self.canvas.taps
        if event is not None and not taps.hits and event.range.holds(position):
            add_hit(self._model, event.id, position)
        else:
            taps.tap(position, lane=self.last_lane)

    @property
    def last_lane(self) -> str:
        """The lane used last: that of the selected event, or of the one selected before."""
        lanes = [lane.name for lane in self._model.project.lanes]
        return self._last_lane if self._last_lane in lanes else lanes[0]

    def nudge_frames(self, frames: int) -> None:
        """Move the picked hit point, else the selected event, by whole frames."""
        self._nudge(round(frames * Fraction(PROJECT_RATE_HZ) / self._model.project.rate.fps))

    def nudge_ms(self, milliseconds: int) -> None:
        """Move the picked hit point, else the selected event, by milliseconds."""
        self._nudge(milliseconds * MILLISECOND)

    def delete_selected(self) -> None:
        """Remove the picked hit point, else the selected event."""
        self.canvas.pointing.delete()

    def _nudge(self, by: int) -> None:
        event = self._model.selected
        if event is None:
            return
        hit = self.canvas.pointing.picked_hit
        try:
            if hit >= 0:
                move_hit(self._model, event.id, hit, event.hit_points[hit].sample + by)
            else:
                move_event(self._model, event.id, by)
        except StudioError as error:
            self.status_hint.emit(str(error))
            return
        self._say_nudged(event, by, hit)

    def _say_nudged(self, event: Event, by: int, hit: int) -> None:
        moved = self._model.project.event(event.id)
        place = moved.hit_points[hit].sample if hit >= 0 else moved.range.start_samples
        what = "Hit point" if hit >= 0 else "Event"
        words = f"{what} nudged by {by * 1000 / PROJECT_RATE_HZ:+.1f} ms to {self.canvas.timecode(place)}"
        self.status_hint.emit(words)

    def _change_row(self, name: str, field: str, value: bool | float) -> None:
        try:
            if name == GUIDE:
                set_setting(self._model, GUIDE_SETTINGS[field], value)
            else:
                set_lane(self._model, name, **{field: value})  # type: ignore[arg-type]  # a field of Lane
        except StudioError as error:
            self.status_hint.emit(str(error))
            self._show_project()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.heads, 0, 0)
        grid.addWidget(self.canvas, 0, 1)
        grid.addWidget(self.down, 0, 2)
        grid.addWidget(self.along, 1, 1)
        self.along.setAccessibleName("Scroll along the film")
        self.down.setAccessibleName("Scroll the lanes")

    def _make_actions(self) -> None:
        wanted = (
            ("Nudge one frame earlier", "Alt+,", lambda: self.nudge_frames(-1)),
            ("Nudge one frame later", "Alt+.", lambda: self.nudge_frames(1)),
            ("Nudge 1 ms earlier", "Alt+Shift+,", lambda: self.nudge_ms(-1)),
            ("Nudge 1 ms later", "Alt+Shift+.", lambda: self.nudge_ms(1)),
            ("Delete hit point or event", "Del", self.delete_selected),
        )
        for words, keys, do in wanted:
            action = QAction(words, self)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(do)
            self.addAction(action)

    def _make_zoom_buttons(self) -> None:
        layout = QHBoxLayout(self.heads.corner)
        layout.setContentsMargins(8, 0, 6, 0)
        layout.setSpacing(2)
        layout.addStretch()
        wanted = (
            ("\u2212", "Zoom out (Ctrl+wheel)", lambda: self._zoom(1 / ZOOM_FACTOR)),
            ("+", "Zoom in (Ctrl+wheel)", lambda: self._zoom(ZOOM_FACTOR)),
            ("All", "Zoom to the whole film (Shift+F)", self.zoom_to_all),
        )
        for sign, words, do in wanted:
            button = QToolButton(self.heads.corner)
            button.setText(sign)
            button.setAutoRaise(True)
            button.setMinimumWidth(BUTTON_PX + 4)
            button.setFixedHeight(BUTTON_PX)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.clicked.connect(do)
            layout.addWidget(button)

    def _zoom(self, factor: float) -> None:
        """Zoom around the playhead where it is seen, else around the middle."""
        x = self._axis.x_of(self._playhead.position)
        self._axis.zoom(factor, around_x=x if 0 <= x <= self.canvas.width() else self.canvas.width() / 2)

    def _connect(self) -> None:
        self._model.project_changed.connect(self._show_project)
        self._model.selection_changed.connect(self._show_selection)
        self._model.saved_changed.connect(self._show_project)
        self._axis.changed.connect(self._show_axis)
        self._playhead.moved.connect(self._follow)
        self._playhead.sought.connect(self._axis.keep_visible)
        self.canvas.laid_out.connect(self._show_rows)
        self.canvas.said.connect(self.status_hint)
        self.along.valueChanged.connect(self._scroll_along)
        self.down.valueChanged.connect(self.canvas.scroll_lanes)

    def _show_project(self) -> None:
        project = self._model.project
        self.heads.show_project(project, read_only=bool(self._model.read_only_reason))
        self._show_rows()
        self._show_selection()

    def _show_selection(self) -> None:
        event = self._model.selected
        if event is not None:
            self._last_lane = event.lane
        words = self.canvas.event_words(event) if event else "No event selected"
        reason = self._model.read_only_reason
        words += f". Read-only: {reason}" if reason else ""
        for widget in (self, self.canvas):
            widget.setAccessibleDescription(words)

    def _show_rows(self) -> None:
        rows = self.canvas.rows
        self.heads.place(rows)
        self.down.blockSignals(True)
        self.down.setRange(0, rows.hidden_px)
        self.down.setPageStep(max(1, self.canvas.height() - rows.lanes_top))
        self.down.blockSignals(False)
        self.down.setVisible(rows.hidden_px > 0)

    def _show_axis(self) -> None:
        """Bring the bar to where the film is scrolled."""
        visible = self._axis.width_px * self._axis.samples_per_pixel
        hidden = max(0.0, self._axis.duration - visible)
        share = visible / max(1.0, self._axis.duration)
        self.along.blockSignals(True)
        self.along.setRange(0, SCROLL_STEPS if hidden >= 1 else 0)
        self.along.setEnabled(hidden >= 1)
        self.along.setPageStep(max(1, round(SCROLL_STEPS * share / max(1e-4, 1 - share))))
        self.along.setValue(round(SCROLL_STEPS * self._axis.first_sample / hidden) if hidden >= 1 else 0)
        self.along.blockSignals(False)

    def _scroll_along(self, value: int) -> None:
        visible = self._axis.width_px * self._axis.samples_per_pixel
        self._axis.scroll_to(round(value / SCROLL_STEPS * max(0.0, self._axis.duration - visible)))

    def _follow(self, position: int) -> None:
        """Turn the page with the playhead while it plays, unless the user has scrolled away from it."""
        was_seen = 0 <= self._axis.x_of(self._followed) < self._axis.width_px
        self._followed = position
        if self._playhead.playing and was_seen:
            self._axis.keep_visible(position)
