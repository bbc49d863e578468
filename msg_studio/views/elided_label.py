"""A label that cuts its words to the room there is and keeps them whole in its tool tip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

SMALLEST_PX = 60


class ElidedLabel(QLabel):
    """One line of text with an ellipsis where it does not fit."""

    def minimumSizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(SMALLEST_PX, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        painter = QPainter(self)
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(self.alignment()), shown)
        painter.end()
