"""The sync map of what is selected: slow and fast map, lag curve, and what they say in words."""

import importlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.records import SyncMap
from msg_studio.look.theme import theme_of
from msg_studio.qt_models.playhead import Playhead
from msg_studio.views.elided_label import ElidedLabel
from msg_studio.views.maps.offset_words import verdict

if TYPE_CHECKING:
    from msg_studio.views.maps.map_plots import MapPlots

PLOTS_MODULE = "msg_studio.views.maps.map_plots"
MISSING_WORDS = "press H to compute"
NOTHING_SELECTED = "Select an event to see how well its sound fits the picture."


class Hatch(QWidget):
    """A grey hatched ground with a sentence on it: there is no map here."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = QLabel(self)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.words.setMargin(8)
        self.words.setAutoFillBackground(True)
        self.button = QPushButton("Compute heatmap (H)", self)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hatched = False
        layout = QGridLayout(self)
        layout.addWidget(self.words, 1, 1)
        layout.addWidget(self.button, 2, 1, Qt.AlignmentFlag.AlignHCenter)
        for side, share in ((0, 1), (1, 4), (2, 1)):
            layout.setColumnStretch(side, share)
        for edge in (0, 3):
            layout.setRowStretch(edge, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Hatch the ground where a map could be and is not."""
        if not self.hatched:
            return
        painter = QPainter(self)
        brush = QBrush(theme_of(self).hatch, Qt.BrushStyle.BDiagPattern)
        painter.fillRect(QRectF(self.rect()), brush)
        painter.end()


class HeatmapView(QWidget):
    """Shows one sync map, or says why there is none. Close it before the program ends.

    Args:
        playhead: Drawn on the maps; a click on a map moves it.
        parent: Owner.

    Signals:
        map_wanted: The user asked for the map that is missing.
    """

    map_wanted = Signal()

    def __init__(self, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._plots: MapPlots | None = None
        self.title = QLabel(self)
        self.pointer_words = QLabel(self)
        self.sentence = ElidedLabel(self)
        self.hatch = Hatch(self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.hatch)
        self._lay_out()
        self.setAccessibleName("Sync map")
        self.hatch.button.clicked.connect(self.map_wanted)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)
        self.show_nothing()

    @property
    def plots(self) -> "MapPlots | None":
        """The maps, None until the first one was shown."""
        return self._plots

    def warm_up(self) -> threading.Thread:
        """Import pyqtgraph beside the running window, so that the first map shows at once."""
        thread = threading.Thread(target=importlib.import_module, args=(PLOTS_MODULE,), daemon=True)
        thread.start()
        return thread

    def show_map(self, sync_map: SyncMap | None, *, title: str, frame_ms: float) -> None:
        """Show a map, or the hatch where there is none.

        Args:
            sync_map: What was measured.
            title: What the map is of, such as the cue and its take.
            frame_ms: Length of a picture of the film, for offsets in frames.
        """
        if sync_map is None:
            self.show_missing(MISSING_WORDS)
            self.title.setText(title)
            return
        self.title.setText(title)
        plots = self._plots or self._make_plots()
        plots.show_map(sync_map, frame_ms=frame_ms)
        plots.set_playhead(self._playhead.position)
        self.pages.setCurrentWidget(plots)
        words = verdict(sync_map.score, frame_ms=frame_ms)
        self.sentence.setText(words)
        self.sentence.setToolTip(words)
        self.setAccessibleDescription(f"{title}. {words}")

    def show_missing(self, words: str) -> None:
        """Show the hatch with words and a way to have the map computed."""
        self._show_words(words, hatched=True, can_ask=True)

    def show_waiting(self, words: str) -> None:
        """Show the hatch while the map is being made, or while it cannot be."""
        self._show_words(words, hatched=True, can_ask=False)

    def show_nothing(self) -> None:
        """Show that nothing is selected."""
        self._show_words(NOTHING_SELECTED, hatched=False, can_ask=False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close pyqtgraph's widgets before Qt does, which may crash."""
        if self._plots is not None:
            self._playhead.moved.disconnect(self._plots.set_playhead)
            self._plots.shut_down()
            self._plots = None
            self.show_nothing()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font: the title stands out."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_title_font()

    def _show_words(self, words: str, *, hatched: bool, can_ask: bool) -> None:
        self.hatch.words.setText(words)
        self.hatch.button.setVisible(can_ask)
        self.hatch.hatched = hatched
        self.hatch.update()
        self.pages.setCurrentWidget(self.hatch)
        for label in (self.title, self.sentence, self.pointer_words):
            label.clear()
        self.setAccessibleDescription(words)

    def _make_plots(self) -> "MapPlots":
        # Late, because pyqtgraph takes longer to import than the window to come up.
        module = importlib.import_module(PLOTS_MODULE)
        plots: MapPlots = module.MapPlots(self.pages)
        plots.pointed.connect(self.pointer_words.setText)
        plots.picked.connect(self._playhead.seek)
        self._playhead.moved.connect(plots.set_playhead)
        self.pages.addWidget(plots)
        self._plots = plots
        return plots

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.pointer_words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.pages, stretch=1)
        layout.addWidget(self.sentence)
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for label in (self.sentence, self.pointer_words):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.pointer_words.setAlignment(Qt.AlignmentFlag.AlignRight)
        head.setSpacing(12)
        head.setStretch(1, 1)
        self._set_title_font()

    def _set_title_font(self) -> None:
        font = self.font()
        font.setBold(True)
        self.title.setFont(font)
