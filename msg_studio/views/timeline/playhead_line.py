"""The playhead: a line above the timeline that repaints only where it was and where it is."""

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from msg_studio.look.theme import theme_of
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.geometry import RULER_PX

HEAD_PX = 6  # half the width of its head in the ruler


class PlayheadLine(QWidget):
    """Covers its parent and lets the mouse through."""

    def __init__(self, playhead: Playhead, axis: TimeAxis, parent: QWidget) -> None:
        super().__init__(parent)
        self._playhead, self._axis = playhead, axis
        self._drawn_x: float | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        playhead.moved.connect(self.follow)
        axis.changed.connect(self.follow)

    def stripe(self, x: float) -> QRect:
        """Everything the playhead covers when it stands at a pixel."""
        left = int(x) - HEAD_PX - 1
        return QRect(left, 0, 2 * HEAD_PX + 3, self.height())

    def follow(self) -> None:
        """Repaint the stripe it leaves and the stripe it comes to."""
        x = self._axis.x_of(self._playhead.position)
        if x == self._drawn_x:
            return
        if self._drawn_x is not None:
            self.update(self.stripe(self._drawn_x))
        self.update(self.stripe(x))
        self._drawn_x = x

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw line and head, unless only something else is repainted."""
        x = self._axis.x_of(self._playhead.position)
        if not event.region().intersects(self.stripe(x)):
            return
        colour = theme_of(self).playhead
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        head = [
            QPointF(x - HEAD_PX, RULER_PX - 12),
            QPointF(x + HEAD_PX, RULER_PX - 12),
            QPointF(x + HEAD_PX, RULER_PX - 7),
            QPointF(x, RULER_PX - 1),
            QPointF(x - HEAD_PX, RULER_PX - 7),
        ]
        painter.drawPolygon(QPolygonF(head))
        painter.drawRect(QRect(round(x), RULER_PX - 7, 1, self.height() - RULER_PX + 7))
        painter.end()
