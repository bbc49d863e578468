"""A similarity map as an image over picture time and sound time, with its lines; needs pyqtgraph."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPalette

from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ

MOST_STEPS = 1024
COLOURS = 256
BOTTOM_PX = 22
DIAGONAL = "#ffffff"
PLAYHEAD = "#ff5a4d"
POINTER = "#ffffff"


@dataclass(frozen=True)
class MapScale:
    """How one kind of map is named and coloured, the same for every take, so that maps compare.

    Attributes:
        title: Heading.
        lowest: Cosine of the first colour.
        highest: Cosine of the last colour.
        spoken: What the map is, for screen readers.
    """

    title: str
    lowest: float
    highest: float
    spoken: str


# Seen on our own takes and on production sound: slow cosines lie within -0.6 and 0.8. The fast map
# has its means removed and is contrasted from 0 on: below, nothing agrees.
SLOW_SCALE = MapScale("Slow: what", -0.4, 0.8, "Slow map: what is seen and what is heard")
FAST_SCALE = MapScale("Fast: when", 0.0, 1.0, "Fast map: when it is seen and when it is heard")


def colour_table() -> NDArray[np.uint8]:
    """Cividis, made for colour-vision deficiency: (256, 3), 8 bits each."""
    table = pyqtgraph.colormap.get("cividis").getLookupTable(nPts=COLOURS)
    return np.ascontiguousarray(table[:, :3], dtype=np.uint8)


def fitted_for_display(values: FloatArray) -> FloatArray:
    """A map that draws fast: at most MOST_STEPS a side, contiguous, no NaN.

    Args:
        values: (A, V) similarities.

    Returns:
        (A', V'); where steps are merged, the strongest stays visible.
    """
    for axis in (0, 1):
        factor = -(-values.shape[axis] // MOST_STEPS)
        if factor > 1:
            values = _merged(values, factor, axis)
    return np.ascontiguousarray(np.nan_to_num(values), dtype=np.float32)


def _merged(values: FloatArray, factor: int, axis: int) -> FloatArray:
    """The strongest of each `factor` steps along an axis; slices, because reduceat is eight times slower."""
    strides = [values.take(np.arange(place, values.shape[axis], factor), axis) for place in range(factor)]
    merged = strides[0].copy()
    for part in strides[1:]:  # the last ones may be a step shorter
        inside = merged[: part.shape[0], : part.shape[1]]
        np.fmax(inside, part, out=inside)  # a number before NaN
    return merged


class MapImage:
    """One map inside a pyqtgraph layout: image, zero-offset diagonal, playhead, pointer.

    Args:
        plot: The pyqtgraph PlotItem to draw in.
        scale: Name and colours.
    """

    def __init__(self, plot: "pyqtgraph.PlotItem", scale: MapScale) -> None:
        self.plot = plot
        self.scale = scale
        self._values: FloatArray = np.zeros((1, 1), dtype=np.float32)
        self._start_s = 0.0
        self._step_s = 1.0
        self._image = pyqtgraph.ImageItem(axisOrder="row-major", levels=(scale.lowest, scale.highest))
        self._image.setLookupTable(colour_table())
        self._diagonal = pyqtgraph.PlotDataItem(pen=pyqtgraph.mkPen(DIAGONAL, width=1))
        self._playhead = pyqtgraph.InfiniteLine(angle=90, pen=pyqtgraph.mkPen(PLAYHEAD, width=2))
        pointer_pen = pyqtgraph.mkPen(QColor(POINTER), width=1, dash=(2, 3))
        self._pointer = [pyqtgraph.InfiniteLine(angle=angle, pen=pointer_pen) for angle in (90, 0)]
        for item in (self._image, self._diagonal, self._playhead, *self._pointer):
            plot.addItem(item, ignoreBounds=True)
        prepare_plot(plot)
        self.hide_pointer()

    @property
    def levels(self) -> tuple[float, float]:
        """The fixed range of the colours."""
        low, high = self._image.getLevels()
        return float(low), float(high)

    def show(self, values: FloatArray, *, start_s: float, step_s: float) -> None:
        """Show a map.

        Args:
            values: (A, V) cosines, sound rows from the bottom up, picture columns.
            start_s: Clip time of the first step of both.
            step_s: Seconds of a step.
        """
        self._values, self._start_s, self._step_s = values, start_s, step_s
        sound_s, picture_s = (count * step_s for count in values.shape)
        # setImage without levels would measure them anew
        levels = (self.scale.lowest, self.scale.highest)
        self._image.setImage(fitted_for_display(values), autoLevels=False, levels=levels)
        self._image.setRect(start_s, start_s, picture_s, sound_s)
        both = start_s + np.array([0.0, max(picture_s, sound_s)])
        self._diagonal.setData(both, both)
        self.plot.setRange(
            xRange=(start_s, start_s + picture_s), yRange=(start_s, start_s + sound_s), padding=0
        )

    def set_playhead(self, sample: int) -> None:
        """Draw the playhead at its picture time."""
        self._playhead.setValue(sample / PROJECT_RATE_HZ)

    def place_at(self, scene_point: QPointF) -> tuple[float, float] | None:
        """Picture and sound time in seconds under a point of the scene, None outside the map."""
        view = self.plot.getViewBox()
        if not view.sceneBoundingRect().contains(scene_point):
            return None
        place = view.mapSceneToView(scene_point)
        return place.x(), place.y()

    def picture_at(self, scene_point: QPointF) -> float:
        """Picture time of a point, also of one beside the map: a drag may leave it."""
        return float(self.plot.getViewBox().mapSceneToView(scene_point).x())

    def similarity(self, picture_s: float, sound_s: float) -> float:
        """Cosine at two clip times; the nearest step where they lie outside."""
        rows, columns = self._values.shape
        row = min(max(0, int((sound_s - self._start_s) / self._step_s)), rows - 1)
        column = min(max(0, int((picture_s - self._start_s) / self._step_s)), columns - 1)
        return float(self._values[row, column])

    def show_pointer(self, picture_s: float, sound_s: float) -> None:
        """Draw the crosshair."""
        for line, value in zip(self._pointer, (picture_s, sound_s), strict=True):
            line.setValue(value)
            line.show()

    def hide_pointer(self) -> None:
        """The pointer is elsewhere."""
        for line in self._pointer:
            line.hide()

    def colour_by(self, palette: QPalette) -> None:
        """Words and axes in the colours of the window."""
        colour_plot(self.plot, palette)


def prepare_plot(plot: "pyqtgraph.PlotItem") -> None:
    """A plot that only shows: no menu, no button, no zoom by the mouse."""
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.disableAutoRange()
    plot.getAxis("bottom").setHeight(BOTTOM_PX)


def colour_plot(plot: "pyqtgraph.PlotItem", palette: QPalette) -> None:
    """Axes and their numbers in the colours of the window."""
    words = palette.windowText().color()
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pyqtgraph.mkPen(words, width=1))
        axis.setTextPen(words)
