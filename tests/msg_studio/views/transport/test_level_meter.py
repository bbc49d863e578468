import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPaintEvent
from pytestqt.qtbot import QtBot

from msg_studio.look.theme import DARK, LIGHT, palette_of
from msg_studio.views.transport.level_meter import LOWEST_DB, LevelMeter


class Meter(LevelMeter):
    """Its time is set by hand; it notes what is repainted."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.painted_px = 0
        super().__init__(timer=lambda: self.now_s)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted_px += sum(rect.width() * rect.height() for rect in event.region())
        super().paintEvent(event)


@pytest.fixture
def meter(qtbot: QtBot) -> Meter:
    made = Meter()
    qtbot.addWidget(made)
    made.setPalette(palette_of(DARK))
    made.resize(220, made.sizeHint().height())
    made.show()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.painted_px > 0)
    return made


def pixel(meter: LevelMeter, x: int, y: int) -> str:
    image: QImage = meter.grab().toImage()
    return image.pixelColor(x, y).name()


def test_half_scale_is_six_decibels_down(meter: Meter) -> None:
    meter.show_levels(0.5, 1.0)
    assert meter.levels_db == pytest.approx((-6.02, 0.0), abs=0.01)


def test_bars_rise_at_once_and_fall_by_24_decibels_a_second(meter: Meter) -> None:
    meter.show_levels(1.0, 0.5)
    meter.now_s += 0.5
    meter.show_levels(0.0, 0.9)
    assert meter.levels_db == pytest.approx((-12.0, -0.92), abs=0.01)
    meter.now_s += 10
    meter.show_levels(0.0, 0.0)
    assert meter.levels_db == (LOWEST_DB, LOWEST_DB)


def test_the_peak_is_held_and_then_falls(meter: Meter) -> None:
    meter.show_levels(1.0, 1.0)
    meter.now_s += 1.4
    meter.show_levels(0.0, 0.0)
    assert meter.held_db == (0.0, 0.0)
    meter.now_s += 0.5
    meter.show_levels(0.0, 0.0)
    assert meter.held_db == pytest.approx((-12.0, -12.0))


def test_an_over_stays_until_it_is_clicked(meter: Meter, qtbot: QtBot) -> None:
    meter.show_levels(1.0, 1.0)
    assert not meter.over
    meter.show_levels(1.01, 0.0)
    assert meter.over
    assert pixel(meter, meter.width() - 2, 1) == DARK.error_strip.name()
    qtbot.mouseClick(meter, Qt.MouseButton.LeftButton)
    assert not meter.over


def test_the_bar_is_as_long_as_the_level(meter: Meter) -> None:
    meter.show_levels(0.5, 0.0)
    # The scale runs from -54 to +6 dB over the bar's width.
    bar = meter._bar_rect(0).width()
    length = round((54 - 6.02) / 60 * bar)
    assert pixel(meter, 2, 3) == DARK.ok.name()
    assert pixel(meter, length - 4, 3) == DARK.warning.name()
    assert pixel(meter, length + 2, 3) == pixel(meter, 2, 14)  # an empty bar


def test_only_what_changed_is_repainted(meter: Meter, qtbot: QtBot) -> None:
    meter.show_levels(0.50, 0.50)
    qtbot.waitUntil(lambda: meter.painted_px > 0)
    meter.repaint()
    before = meter.painted_px
    meter.show_levels(0.52, 0.52)
    qtbot.waitUntil(lambda: meter.painted_px > before)
    assert meter.painted_px - before < 0.1 * meter.width() * meter.height()


def test_silence_repaints_nothing(meter: Meter, qtbot: QtBot) -> None:
    qtbot.wait(0)
    before = meter.painted_px
    for _tick in range(20):
        meter.now_s += 0.016
        meter.show_levels(0.0, 0.0)
        qtbot.wait(0)
    assert meter.painted_px == before


def test_another_palette_is_worn_at_once(meter: Meter) -> None:
    meter.setPalette(palette_of(LIGHT))
    meter.show_levels(0.2, 0.2)
    assert pixel(meter, 2, 3) == LIGHT.ok.name()


def test_drop_outs_are_told_in_the_tool_tip(meter: Meter) -> None:
    meter.show_underruns(3)
    assert "ran dry 3 times" in meter.toolTip()
