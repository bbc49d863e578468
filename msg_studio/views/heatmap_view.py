"""The sync map of the selected event, as the picture the engine drew."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

SMALLEST = QSize(320, 180)


class HeatmapView(QLabel):
    """Shows one heatmap PNG, fitted to the space there is; a sentence where there is none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Sync map")
        self.setWordWrap(True)

    def show_heatmap(self, path: Path | None, *, event_id: str) -> None:
        """Show the map of an event, or say that there is none."""
        self._picture = QPixmap(str(path)) if path is not None else QPixmap()
        self.setAccessibleDescription(f"Audio time by video time for {event_id}")
        if self._picture.isNull():
            self.setText(f"No heatmap of {event_id} here: msg-engine score makes one." if event_id else "")
        else:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture to the new size."""
        super().resizeEvent(event)
        if not self._picture.isNull():
            self._fit()

    def _fit(self) -> None:
        ratio = self.devicePixelRatio()
        fitted = self._picture.scaled(
            self.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)
