"""The two maps of a sound and its lag curve: the one part of the window that needs pyqtgraph.

Importing pyqtgraph takes longer than the window needs to come up, so this module is imported late.
"""

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.records import SyncMap
from engine.timing import seconds_to_samples
from msg_studio.views.lag_plot import LagPlot
from msg_studio.views.map_image import FAST_SCALE, SLOW_SCALE, MapImage, colour_table
from msg_studio.views.map_legend import MapLegend
from msg_studio.views.offset_words import pointer_words

WIDTHS = (5, 5, 3)  # shares of slow map, fast map, lag curve
ROOMY_PX = 260  # height from which axes have titles and legends all their numbers


class MapPlots(QWidget):
    """Slow map, fast map and lag curve side by side, legends below.

    Call ``close`` before the program ends, else pyqtgraph may crash it.

    Signals:
        pointed: What lies under the pointer in words, empty when it is elsewhere (str).
        picked: The user clicked or drags to this sample of the picture (int).
    """

    pointed = Signal(str)
    picked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.graphics = pyqtgraph.GraphicsLayoutWidget(parent=self)
        self.graphics.setFrameShape(self.graphics.Shape.NoFrame)
        self.graphics.ci.layout.setContentsMargins(0, 0, 4, 0)
        self.graphics.ci.layout.setHorizontalSpacing(8)
        self.slow = MapImage(self.graphics.addPlot(row=0, col=0), SLOW_SCALE)
        self.fast = MapImage(self.graphics.addPlot(row=0, col=1), FAST_SCALE)
        self.lag = LagPlot(self.graphics.addPlot(row=0, col=2))
        self.slow.plot.getAxis("left").setLabel("sound (s)")
        for column, share in enumerate(WIDTHS):
            self.graphics.ci.layout.setColumnStretchFactor(column, share)
        self._dragged: MapImage | None = None
        self._roomy = True
        self._legends: list[MapLegend] = []
        self._recolour = QTimer(self, interval=0, singleShot=True)
        self._recolour.timeout.connect(self._colour)
        self._lay_out()
        self._colour()
        self.graphics.viewport().setMouseTracking(True)
        self.graphics.viewport().installEventFilter(self)

    def show_map(self, sync_map: SyncMap, *, frame_ms: float) -> None:
        """Show a sync map; frame_ms is the length of a picture."""
        start_s = sync_map.start_s
        self.slow.show(sync_map.slow, start_s=start_s, step_s=sync_map.slow_step_s)
        self.fast.show(sync_map.fast, start_s=start_s, step_s=sync_map.fast_step_s)
        self.lag.show(sync_map, frame_ms=frame_ms)

    def set_playhead(self, sample: int) -> None:
        """Draw the playhead on both maps."""
        for image in (self.slow, self.fast):
            image.set_playhead(sample)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            # Later: Qt walks through the scene's items just now, and colouring replaces some of them.
            self._recolour.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the maps where there is little."""
        super().resizeEvent(event)
        roomy = self.height() >= ROOMY_PX
        if roomy != self._roomy:
            self._roomy = roomy
            for part in (self.slow, self.fast, self.lag):
                part.plot.getAxis("bottom").showLabel(roomy)
            for legend in self._legends:
                legend.set_brief(not roomy)

    def shut_down(self) -> None:
        """Close pyqtgraph's part; this widget is of no use afterwards."""
        self._recolour.stop()
        self.graphics.viewport().removeEventFilter(self)
        self.graphics.close()
        self.graphics.deleteLater()
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse from pyqtgraph, which would pan and zoom with it."""
        if event.type() == QEvent.Type.Leave:
            self._point_nowhere()
        if not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        point = self.graphics.mapToScene(event.position().toPoint())
        image = self._image_at(point)
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = image
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._dragged = None
        if self._dragged is not None:
            self.picked.emit(seconds_to_samples(self._dragged.picture_at(point)))
        self._point_at(image, point)
        return True

    def _image_at(self, point: QPointF) -> MapImage | None:
        images = (self.slow, self.fast)
        return next((image for image in images if image.place_at(point) is not None), None)

    def _point_at(self, image: MapImage | None, point: QPointF) -> None:
        place = image.place_at(point) if image is not None else None
        if image is None or place is None:
            self._point_nowhere()
            return
        picture_s, sound_s = place
        for one in (self.slow, self.fast):
            one.show_pointer(picture_s, sound_s)
        similarity = image.similarity(picture_s, sound_s)
        words = pointer_words(picture_s=picture_s, sound_s=sound_s, similarity=similarity)
        self.pointed.emit(words)

    def _point_nowhere(self) -> None:
        for image in (self.slow, self.fast):
            image.hide_pointer()
        self.pointed.emit("")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.graphics, 0, 0, 1, len(WIDTHS))
        colours = colour_table()
        for column, scale in enumerate((SLOW_SCALE, FAST_SCALE)):
            legend = MapLegend(colours, lowest=scale.lowest, highest=scale.highest, parent=self)
            grid.addWidget(legend, 1, column)
            self._legends.append(legend)
        for column, share in enumerate(WIDTHS):
            grid.setColumnStretch(column, share)
        grid.setRowStretch(0, 1)

    def _colour(self) -> None:
        palette = self.palette()
        self.graphics.setBackground(palette.window().color())
        for part in (self.slow, self.fast, self.lag):
            part.colour_by(palette)
