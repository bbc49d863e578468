"""The bar that says which colour means how alike."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

MARKS = 5
BAR_PX = 8
LESS, MORE = "unlike", "alike"


class MapLegend(QWidget):
    """Colours from unlike to alike with numbers, at the range a map is drawn with.

    The numbers stand below the bar, or only at its ends where it is brief.

    Args:
        colours: (256, 3) or (256, 4), red to blue (and opacity), 8 bits each.
        lowest: Similarity of the first colour.
        highest: Similarity of the last colour.
        parent: Owner.
    """

    def __init__(self, colours: NDArray[np.uint8], *, lowest: float, highest: float, parent: QWidget) -> None:
        super().__init__(parent)
        rows = np.ascontiguousarray(colours[None, :, :3])
        self._bar = QImage(
            rows.data, rows.shape[1], 1, rows.strides[0], QImage.Format.Format_RGB888
        ).copy()  # the array goes, the picture stays
        values = np.linspace(lowest, highest, MARKS)
        self._numbers = [
            f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}") for value in values
        ]
        self._brief = False
        self.setAccessibleName(f"Colours from {LESS}, {self._numbers[0]}, to {MORE}, {self._numbers[-1]}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_brief(self, brief: bool) -> None:
        """Take one line instead of two."""
        self._brief = brief
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a line with words and bar, and unless it is brief a line of numbers."""
        return QSize(180, (1 if self._brief else 2) * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words, bar and numbers."""
        painter = QPainter(self)
        metrics = self.fontMetrics()
        less, more = self._ends()
        left = metrics.horizontalAdvance(less) + 6.0
        width = self.width() - left - metrics.horizontalAdvance(more) - 6.0
        painter.setPen(self.palette().windowText().color())
        line = QRectF(0, 0, self.width(), metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, less)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, more)
        top = (metrics.height() - BAR_PX) / 2
        painter.drawImage(QRectF(left, top, width, BAR_PX), self._bar)
        for place, number in enumerate(() if self._brief else self._numbers):
            middle = left + width * place / (MARKS - 1)
            box = QRectF(middle - 30, metrics.height() - 1, 60, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, number)
        painter.end()

    def _ends(self) -> tuple[str, str]:
        """The words at both ends of the bar."""
        if self._brief:
            return f"{LESS} {self._numbers[0]}", f"{self._numbers[-1]} {MORE}"
        return LESS, MORE
