"""A thin line for the loop that plays: where the event lies in it, and where we are."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.timing import TimeRange
from msg_studio.look.theme import theme_of

HEIGHT_PX = 8
LINE_PX = 3.0
DOT_PX = 8.0


class LoopLine(QWidget):
    """Shows a place in a loop; it has no numbers and takes no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._loop = self._event = TimeRange(0, 1)
        self._place = 0
        self.setAccessibleName("Place in the loop")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_loop(self, loop: TimeRange, event: TimeRange) -> None:
        """Show another loop and the event in it."""
        self._loop, self._event = loop, event
        self.update()

    def show_place(self, sample: int) -> None:
        """Show where we are."""
        self._place = sample
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(200, HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.grid_strong)
        painter.setBrush(theme.grid_strong)
        top = (self.height() - LINE_PX) / 2
        painter.drawRoundedRect(QRectF(0, top, self.width() - 1, LINE_PX), 1.5, 1.5)
        begin, end = self._x_of(self._event.start_samples), self._x_of(self._event.end_samples)
        painter.setPen(theme.muted_text)
        painter.setBrush(theme.muted_text)
        painter.drawRoundedRect(QRectF(begin, top, end - begin, LINE_PX), 1.5, 1.5)
        painter.setPen(theme.focus)
        painter.setBrush(theme.focus)
        middle = min(max(DOT_PX / 2, self._x_of(self._place)), self.width() - DOT_PX / 2)
        painter.drawEllipse(QRectF(middle - DOT_PX / 2, 0, DOT_PX - 1, DOT_PX - 1))
        painter.end()

    def _x_of(self, sample: int) -> float:
        share = (sample - self._loop.start_samples) / self._loop.duration_samples
        return min(max(0.0, share), 1.0) * self.width()
