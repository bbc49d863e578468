import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from msg_studio.look.theme import apply_theme
from msg_studio.qt_models.playhead import Playhead
from msg_studio.views.maps.heatmap_view import HeatmapView
from msg_studio.views.maps.map_image import MapImage
from msg_studio.views.maps.map_plots import MapPlots
from tests.msg_studio.scene import make_sync_map


@pytest.fixture
def playhead(qapp: QApplication) -> Playhead:
    playhead = Playhead(qapp)
    playhead.set_duration(100 * 48_000)
    return playhead


@pytest.fixture
def view(qtbot: QtBot, playhead: Playhead) -> HeatmapView:
    view = HeatmapView(playhead)
    qtbot.addWidget(view)
    view.resize(720, 330)
    view.show()
    return view


def plots_of(view: HeatmapView) -> MapPlots:
    plots = view.plots
    assert plots is not None
    QApplication.processEvents()  # the layout of pyqtgraph settles with the first paint
    return plots


def pixel_of(plots: MapPlots, image: MapImage, picture_s: float, sound_s: float) -> QPoint:
    scene = image.plot.getViewBox().mapViewToScene(QPointF(picture_s, sound_s))
    return plots.graphics.mapFromScene(scene)


def test_nothing_is_shown_before_something_is_selected(view: HeatmapView) -> None:
    assert view.pages.currentWidget() is view.hatch
    assert "Select an event" in view.hatch.words.text()
    assert not view.hatch.button.isVisible()
    assert view.plots is None


def test_a_map_is_shown_with_its_words(view: HeatmapView) -> None:
    view.show_map(make_sync_map(offset_ms=80.0), title="Cue 1 · take 2", frame_ms=40.0)
    plots = plots_of(view)
    assert view.pages.currentWidget() is plots
    assert view.title.text() == "Cue 1 · take 2"
    assert view.sentence.text().startswith("2 frames late: audio late 80 ms (2.0 fr), confidence high. ")
    for words in ("Cue 1", "audio late 80 ms", "2 frames late"):
        assert words in view.accessibleDescription()


def test_a_missing_map_can_be_asked_for(qtbot: QtBot, view: HeatmapView) -> None:
    view.show_map(None, title="Cue 1", frame_ms=40.0)
    assert view.hatch.hatched
    assert "H" in view.hatch.words.text()
    with qtbot.waitSignal(view.map_wanted):
        qtbot.mouseClick(view.hatch.button, Qt.MouseButton.LeftButton)
    view.show_waiting("Computing...")
    assert not view.hatch.button.isVisible()
    assert view.hatch.words.text() == "Computing..."


def test_colours_never_follow_the_values(view: HeatmapView) -> None:
    plots: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for offset_ms in (0.0, 80.0):
        view.show_map(make_sync_map(offset_ms=offset_ms), title="", frame_ms=40.0)
        shown = plots_of(view)
        plots.append((shown.slow.levels, shown.fast.levels))
    assert plots == [((-0.4, 0.8), (0.0, 1.0))] * 2


def test_a_click_on_a_map_moves_the_playhead_to_its_picture_time(
    qtbot: QtBot, view: HeatmapView, playhead: Playhead
) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    plots = plots_of(view)
    place = pixel_of(plots, plots.fast, 2.0, 2.5)
    with qtbot.waitSignal(playhead.sought):
        qtbot.mousePress(plots.graphics.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert playhead.position == pytest.approx(96_000, abs=1_000)
    qtbot.mouseMove(plots.graphics.viewport(), pixel_of(plots, plots.fast, 2.5, 1.5))
    assert playhead.position == pytest.approx(120_000, abs=1_000)
    qtbot.mouseRelease(plots.graphics.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseMove(plots.graphics.viewport(), pixel_of(plots, plots.fast, 1.5, 1.5))
    assert playhead.position == pytest.approx(120_000, abs=1_000)  # the button was let go before


def test_the_pointer_says_what_lies_under_it(qtbot: QtBot, view: HeatmapView) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    plots = plots_of(view)
    qtbot.mouseMove(plots.graphics.viewport(), pixel_of(plots, plots.slow, 2.0, 2.0))
    assert view.pointer_words.text().startswith("picture 00:0")
    assert view.pointer_words.text().endswith("similarity 1.00")
    qtbot.mouseMove(plots.graphics.viewport(), pixel_of(plots, plots.slow, 1.2, 2.6))
    assert view.pointer_words.text().endswith("similarity 0.00")
    qtbot.mouseMove(plots.graphics.viewport(), QPoint(1, 1))
    assert view.pointer_words.text() == ""


def test_sound_time_goes_upwards_and_picture_time_to_the_right(view: HeatmapView) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    plots = plots_of(view)
    early, late = (pixel_of(plots, plots.fast, second, second) for second in (1.5, 2.5))
    assert early.x() < late.x()
    assert early.y() > late.y()


def test_lag_plot_marks_the_peak_and_half_a_frame(view: HeatmapView) -> None:
    view.show_map(make_sync_map(offset_ms=80.0), title="", frame_ms=40.0)
    plots = plots_of(view)
    assert plots.lag.peak == (80.0, 0.5)
    assert plots.lag.zone_ms == (-20.0, 20.0)
    view.show_map(make_sync_map(measurable=False), title="", frame_ms=50.0)
    assert plots.lag.peak is None
    assert plots.lag.zone_ms == (-25.0, 25.0)


def test_maps_are_drawn_in_the_colours_of_the_window(
    qtbot: QtBot, qapp: QApplication, view: HeatmapView
) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    plots = plots_of(view)
    try:
        for name in ("light", "dark"):
            apply_theme(qapp, name)
            ground = view.palette().window().color()
            qtbot.waitUntil(lambda: QColor(plots.graphics.grab().toImage().pixel(2, 2)) == ground)  # noqa: B023
    finally:
        qapp.setStyleSheet("")


def test_a_closed_view_lets_go_of_the_playhead(view: HeatmapView, playhead: Playhead) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    view.close()
    assert view.plots is None
    playhead.seek(48_000)  # nothing is left that would draw it
    view.show_map(make_sync_map(), title="again", frame_ms=40.0)
    assert view.plots is not None


def test_nan_is_drawn_as_zero(view: HeatmapView) -> None:
    sync_map = make_sync_map()
    sync_map.fast[3, 4] = np.nan
    view.show_map(sync_map, title="", frame_ms=40.0)
    assert not plots_of(view).grab().isNull()


def test_pyqtgraph_is_loaded_with_the_first_map_only() -> None:
    code = (
        "import sys\n"
        "import msg_studio.views.maps.heatmap_view as view\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from msg_studio.qt_models.playhead import Playhead\n"
        "from tests.msg_studio.scene import make_sync_map\n"
        "app = QApplication([])\n"
        "shown = view.HeatmapView(Playhead(app))\n"
        "shown.show()\n"
        "assert 'pyqtgraph' not in sys.modules\n"
        "shown.warm_up().join()\n"
        "assert 'pyqtgraph' in sys.modules\n"
        "shown.show_map(make_sync_map(), title='', frame_ms=40.0)\n"
        "app.processEvents()\n"
        "shown.close()\n"
        "app.processEvents()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("size", [(580, 220), (760, 330)])
def test_words_stand_above_plots_of_equal_width(view: HeatmapView, size: tuple[int, int]) -> None:
    view.resize(*size)
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    plots = plots_of(view)
    frames = [one.plot.getViewBox().sceneBoundingRect().toRect() for one in (plots.slow, plots.fast)]
    assert abs(frames[0].width() - frames[1].width()) <= 2
    for legend, frame in zip(plots.legends, frames, strict=True):
        assert (legend.x(), legend.width()) == (frame.left(), frame.width())


def test_at_a_small_window_the_maps_keep_most_of_the_room(view: HeatmapView) -> None:
    view.resize(580, 220)
    view.show_map(make_sync_map(), title="Cue 1", frame_ms=40.0)
    assert plots_of(view).fast.plot.getViewBox().sceneBoundingRect().height() >= 110


def test_a_perfect_lag_peak_lies_within_the_plot(view: HeatmapView) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    low, high = plots_of(view).lag.plot.getViewBox().viewRange()[1]
    assert low < -0.5
    assert high > 1.0


def test_a_legend_drops_words_then_numbers_where_there_is_no_room(view: HeatmapView) -> None:
    view.show_map(make_sync_map(), title="", frame_ms=40.0)
    legend = plots_of(view).legends[0]
    assert legend.ends(400) == ("unlike −0.4", "0.8 alike")
    assert legend.ends(160) == ("−0.4", "0.8")
    assert "unlike, −0.4, to alike, 0.8" in legend.accessibleName()
