"""The frame over a page while something is dragged onto it: what a drop would do, or why it cannot."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from msg_studio.files.dropped import Dropped
from msg_studio.look.fonts import semibold
from msg_studio.look.theme import Role, theme_of

INSET_PX = 12
VEIL = 0.95


class DropFrame(QWidget):
    """Lies over its parent, lets the mouse through, and is hidden while nothing is dragged."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self._dropped: Dropped | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._dropped.words if self._dropped else ""

    def show_for(self, dropped: Dropped) -> None:
        """Lie over the parent and say what a drop would do."""
        self._dropped = dropped
        self.setGeometry(self._page.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        theme = theme_of(self)
        good = self._dropped is not None and self._dropped.kind != "neither"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = self.palette().color(Role.Window)
        veil.setAlphaF(VEIL)
        painter.fillRect(self.rect(), veil)
        style = Qt.PenStyle.SolidLine if good else Qt.PenStyle.DashLine
        painter.setPen(QPen(theme.focus if good else theme.error, 3, style))
        inside = QRectF(self.rect()).adjusted(INSET_PX, INSET_PX, -INSET_PX, -INSET_PX)
        painter.drawRoundedRect(inside, INSET_PX, INSET_PX)
        font = semibold(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.3)
        painter.setFont(font)
        painter.setPen(self.palette().color(Role.WindowText) if good else theme.error)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside.adjusted(40, 40, -40, -40), flags, self.words)
        painter.end()
