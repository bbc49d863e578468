"""The line above a map: its name, and the bar that says which colour means how alike."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from msg_studio.look.theme import theme_of

MARKS = 5
BAR_PX = 8
LARGEST_BAR_PX = 120
LEAST_BAR_PX = 24
GAP_PX = 5
LESS, MORE = "unlike", "alike"


class MapLegend(QWidget):
    """Name of a map at the left; at the right its colours with numbers, at the range it is drawn with.

    The words stand at the ends of the bar where there is room for them, and in the tool tip.

    Args:
        colours: (256, 3) or (256, 4), red to blue (and opacity), 8 bits each.
        title: Name of the map.
        lowest: Similarity of the first colour.
        highest: Similarity of the last colour.
        parent: Owner.
    """

    def __init__(
        self, colours: NDArray[np.uint8], *, title: str, lowest: float, highest: float, parent: QWidget
    ) -> None:
        super().__init__(parent)
        rows = np.ascontiguousarray(colours[None, :, :3])
        self._bar = QImage(
            rows.data, rows.shape[1], 1, rows.strides[0], QImage.Format.Format_RGB888
        ).copy()  # the array goes, the picture stays
        values = np.linspace(lowest, highest, MARKS)
        numbers = [f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}") for value in values]
        self._title = title
        self._least, self._most = numbers[0], numbers[-1]
        words = f"{title}. Colours from {LESS}, {self._least}, to {MORE}, {self._most}"
        self.setAccessibleName(words)
        self.setToolTip(f"{words}, in steps of equal likeness: {', '.join(numbers)}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for one line."""
        return QSize(180, self.fontMetrics().height())

    def ends(self, width: int) -> tuple[str, str]:
        """What stands at both ends of the bar: numbers, with words where there is room for them."""
        wordy = f"{LESS} {self._least}", f"{self._most} {MORE}"
        return wordy if self._bar_px(wordy, width) >= LEAST_BAR_PX else (self._least, self._most)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, numbers and bar."""
        painter = QPainter(self)
        metrics, line = self.fontMetrics(), QRectF(self.rect())
        painter.setPen(self.palette().windowText().color())
        middle_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, middle_left, self._title)
        less, more = self.ends(self.width())
        bar_px = self._bar_px((less, more), self.width())
        if bar_px >= LEAST_BAR_PX:
            right = self.width() - metrics.horizontalAdvance(more) - GAP_PX
            painter.setPen(theme_of(self).muted_text)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, more)
            bar = QRectF(right - bar_px, (self.height() - BAR_PX) / 2, bar_px, BAR_PX)
            painter.drawImage(bar, self._bar)
            line.setLeft(bar.left() - GAP_PX - metrics.horizontalAdvance(less))
            painter.drawText(line, middle_left, less)
        painter.end()

    def _bar_px(self, ends: tuple[str, str], width: int) -> float:
        """Width left for the bar."""
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(part) for part in (self._title, *ends))
        return min(LARGEST_BAR_PX, width - words - 4 * GAP_PX)
