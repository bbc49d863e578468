"""The two maps of a sound and its lag curve: the one part of the window that needs pyqtgraph.

Importing pyqtgraph takes longer than the window needs to come up, so this module is imported late.
"""

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.records import SyncMap
from engine.timing import seconds_to_samples
from msg_studio.views.maps.lag_plot import NUMBERS_PX, LagPlot
from msg_studio.views.maps.map_image import FAST_SCALE, SLOW_SCALE, MapImage, colour_table
from msg_studio.views.maps.map_legend import MapLegend
from msg_studio.views.maps.offset_words import pointer_words

WIDTHS = (5, 5, 3)  # shares of slow map, fast map, lag curve
GAP_PX = 14
RIGHT_PX = 12
TICKS_PX = 10  # left of the fast map, whose sound times are those of the slow map
SMALLER = 0.9
SOUND, PICTURE = "sound, s", "picture, s"
LAG_WORDS = ("early", "lag ms", "late")
ABOUT_LAG = "How well sound and picture agree when the sound is moved; the green zone is half a frame"


class MapPlots(QWidget):
    """Slow map, fast map and lag curve side by side, each under its name.

    What the axes measure stands once, in the corners where both begin.

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
        self.graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys stay with the timeline
        self.graphics.ci.layout.setContentsMargins(0, 0, RIGHT_PX, 0)
        self.graphics.ci.layout.setHorizontalSpacing(GAP_PX)
        self.slow = MapImage(self.graphics.addPlot(row=0, col=0), SLOW_SCALE)
        self.fast = MapImage(self.graphics.addPlot(row=0, col=1), FAST_SCALE)
        self.lag = LagPlot(self.graphics.addPlot(row=0, col=2))
        self.fast.plot.getAxis("left").setStyle(showValues=False)
        self.fast.plot.getAxis("left").setWidth(TICKS_PX)
        self._dragged: MapImage | None = None
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
        """Share the width, and keep the words where the plots are."""
        super().resizeEvent(event)
        axes_px = (self._corner_px, TICKS_PX, NUMBERS_PX)
        room = self.width() - RIGHT_PX - sum(axes_px) - GAP_PX * (len(axes_px) - 1)
        for column, (axis_px, share) in enumerate(zip(axes_px, WIDTHS, strict=True)):
            width = axis_px + max(0, room) * share / sum(WIDTHS)
            self.graphics.ci.layout.setColumnFixedWidth(column, width)
        self._place_words()

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
        self._heads = QWidget(self)
        colours = colour_table()
        self.legends = [
            MapLegend(
                colours, title=scale.title, lowest=scale.lowest, highest=scale.highest, parent=self._heads
            )
            for scale in (SLOW_SCALE, FAST_SCALE)
        ]
        self._lag_words = [QLabel(words, self._heads) for words in LAG_WORDS]
        for label in self._lag_words:
            label.setToolTip(ABOUT_LAG)
        self._sound = QLabel(SOUND, self._heads)
        self._picture = QLabel(PICTURE, self)
        font = self.font()
        font.setPointSizeF(SMALLER * font.pointSizeF())
        for label in (self._sound, self._picture, *self._lag_words):
            label.setFont(font)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._corner_px = self._picture.sizeHint().width() + GAP_PX // 2
        self.slow.plot.getAxis("left").setWidth(self._corner_px)
        self._heads.setFixedHeight(self._picture.fontMetrics().height() + 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heads)
        column.addWidget(self.graphics, stretch=1)
        for part in (self.slow, self.fast, self.lag):
            part.plot.getViewBox().sigResized.connect(self._place_words)

    def _place_words(self) -> None:
        """Put each name above its plot, and what the axes measure where both begin."""
        slow, fast, lag = (
            part.plot.getViewBox().sceneBoundingRect().toRect() for part in (self.slow, self.fast, self.lag)
        )
        height = self._heads.height()
        for legend, place in zip(self.legends, (slow, fast), strict=True):
            legend.setGeometry(place.left(), 0, place.width(), height)
        for share, label in enumerate(self._lag_words):
            label.adjustSize()
            label.move(
                lag.left() + (lag.width() - label.width()) * share // 2, (height - label.height()) // 2
            )
        fits = sum(label.width() for label in self._lag_words) + GAP_PX <= lag.width()
        self._lag_words[1].setVisible(fits)
        self._sound.adjustSize()
        self._sound.move(0, height - self._sound.height())
        self._picture.adjustSize()
        self._picture.move(0, self.height() - self._picture.height() - 2)
        self._picture.raise_()

    def _colour(self) -> None:
        palette = self.palette()
        self.graphics.setBackground(palette.window().color())
        for part in (self.slow, self.fast, self.lag):
            part.colour_by(palette)
