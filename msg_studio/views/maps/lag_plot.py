"""Agreement at each lag within half a second: where the sound would fit best; needs pyqtgraph."""

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from engine.records import SyncMap
from msg_studio.views.maps.map_image import colour_plot, prepare_plot

REACH_MS = 500.0
AGREEMENT = (-0.55, 1.1)  # fixed, so that takes compare
NUMBERS_PX = 34
ZONE_FRAMES = 0.5
ZONE = "#3da35d"
PEAK = "#ff8f3f"


class LagPlot:
    """The lag curve with its peak, and the zone of half a frame around zero.

    Args:
        plot: The pyqtgraph PlotItem to draw in.
    """

    def __init__(self, plot: "pyqtgraph.PlotItem") -> None:
        self.plot = plot
        zone = QColor(ZONE)
        zone.setAlpha(110)
        self._zone = pyqtgraph.LinearRegionItem(
            values=(-20, 20), movable=False, brush=zone, pen=pyqtgraph.mkPen(ZONE, width=1)
        )
        self._curve = pyqtgraph.PlotDataItem()
        self._peak = pyqtgraph.ScatterPlotItem(symbol="d", size=10, brush=QColor(PEAK))
        self._stem = pyqtgraph.InfiniteLine(angle=90, pen=pyqtgraph.mkPen(PEAK, style=Qt.PenStyle.DashLine))
        for item in (self._zone, self._stem, self._curve, self._peak):
            plot.addItem(item, ignoreBounds=True)
        prepare_plot(plot)
        plot.getAxis("left").setWidth(NUMBERS_PX)
        plot.getAxis("left").setTicks([[(-0.5, "\N{MINUS SIGN}0.5"), (0, "0"), (0.5, "0.5"), (1, "1")]])
        plot.setRange(xRange=(-REACH_MS, REACH_MS), yRange=AGREEMENT, padding=0)
        plot.getAxis("bottom").setTicks([[(-300, "\N{MINUS SIGN}300"), (0, "0"), (300, "300")]])

    @property
    def zone_ms(self) -> tuple[float, float]:
        """Where a sound counts as in time."""
        low, high = self._zone.getRegion()
        return float(low), float(high)

    @property
    def peak(self) -> tuple[float, float] | None:
        """Lag in ms and agreement of the marked peak, None where none is marked."""
        lags, heights = self._peak.getData()
        return (float(lags[0]), float(heights[0])) if len(lags) else None

    def show(self, sync_map: SyncMap, *, frame_ms: float) -> None:
        """Show the lag curve of a map.

        Args:
            sync_map: What was measured.
            frame_ms: Length of a picture of the film, for the zone.
        """
        near = np.abs(sync_map.lag_ms) <= REACH_MS
        lags, scores = sync_map.lag_ms[near], np.nan_to_num(sync_map.lag_score[near])
        self._curve.setData(lags, scores)
        self._zone.setRegion((-ZONE_FRAMES * frame_ms, ZONE_FRAMES * frame_ms))
        self._mark_peak(sync_map)

    def colour_by(self, palette: QPalette) -> None:
        """Words, axes and curve in the colours of the window."""
        colour_plot(self.plot, palette)
        self._curve.setPen(pyqtgraph.mkPen(palette.windowText().color(), width=1.5))
        self._peak.setPen(pyqtgraph.mkPen(palette.window().color(), width=1))

    def _mark_peak(self, sync_map: SyncMap) -> None:
        """Mark the measured offset on the curve; a peak beyond the plot, or none, is not drawn."""
        score = sync_map.score
        shown = score.measurable and abs(score.offset_ms) <= REACH_MS
        self._stem.setVisible(shown)
        if shown:
            height = float(np.interp(score.offset_ms, sync_map.lag_ms, np.nan_to_num(sync_map.lag_score)))
            self._stem.setValue(score.offset_ms)
            self._peak.setData([score.offset_ms], [height])
        else:
            self._peak.clear()
