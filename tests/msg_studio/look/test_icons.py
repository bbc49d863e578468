"""Icons are there, sharp, and in the colours of the palette."""

import gc
import sys

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.assets import asset_path
from engine.errors import MissingComponentError
from msg_studio.look.icons import application_icon, icon

ASKED_FOR = """
play stop back forward loop speaker speaker-off headphones star star-empty reject generate export
undo redo open save warning ok wait lock locate plus minus eye eye-off
"""
WITH_OWN_COLOURS = {"msg-studio", "tick-white", "spin-up", "spin-down"}  # the rest takes any colour
ALL = sorted(path.stem for path in asset_path("icons").glob("*.svg"))

pytestmark = pytest.mark.usefixtures("qapp")


def image_of(
    drawn: QIcon, side: int = 24, scale: float = 1.0, mode: QIcon.Mode = QIcon.Mode.Normal
) -> QImage:
    return drawn.pixmap(QSize(side, side), scale, mode).toImage()


def ink(image: QImage, *, least: int = 250) -> list[tuple[int, int, QColor]]:
    """Pixels that are opaque, or nearly."""
    found = []
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            if colour.alpha() > least:
                found.append((x, y, colour))
    return found


def test_all_that_were_asked_for_are_there() -> None:
    assert set(ASKED_FOR.split()) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", [16, 24, 48])
def test_icon_is_drawn_and_keeps_off_its_edge(name: str, side: int) -> None:
    image = image_of(icon(name), side)
    assert image.size() == QSize(side, side)
    assert len(ink(image, least=120)) >= side // 2
    corners = [image.pixelColor(x, y).alpha() for x in (0, side - 1) for y in (0, side - 1)]
    assert corners == [0, 0, 0, 0]


@pytest.mark.parametrize("name", [name for name in ALL if name not in WITH_OWN_COLOURS])
def test_icon_has_the_colour_asked_for(name: str) -> None:
    for _, _, colour in ink(image_of(icon(name, colour=QColor("#e8733a")))):
        assert max(abs(colour.red() - 0xE8), abs(colour.green() - 0x73), abs(colour.blue() - 0x3A)) <= 3


def test_icons_are_sharp_on_a_screen_of_twice_the_density() -> None:
    image = image_of(icon("stop"), 24, 2.0)
    assert image.size() == QSize(48, 48)
    assert image.devicePixelRatio() == 2
    assert len(ink(image)) > 3.5 * len(ink(image_of(icon("stop"), 24)))


def test_icon_follows_the_palette_when_it_changes(qtbot: QtBot, qapp: QApplication) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(icon("stop"))
    before = qapp.palette()
    try:
        for colour in ("#112233", "#ddeeff"):
            palette = QPalette(before)
            palette.setColor(QPalette.ColorRole.ButtonText, QColor(colour))
            qapp.setPalette(palette)
            assert ink(image_of(button.icon()))[0][2].name() == colour
    finally:
        qapp.setPalette(before)


def test_disabled_icon_is_fainter_than_a_live_one() -> None:
    disabled = ink(image_of(icon("play"), mode=QIcon.Mode.Disabled))[0][2]
    assert disabled != ink(image_of(icon("play")))[0][2]


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(MissingComponentError, match="'hammer' is missing"):
        icon("hammer")


def test_application_icon_has_many_colours_at_any_size() -> None:
    for side in (16, 32, 64, 256):
        colours = {colour.name() for _, _, colour in ink(image_of(application_icon(), side))}
        assert len(colours) > 10


def test_icons_outlive_what_made_them_and_leave_nothing_behind() -> None:
    kept = [icon(name) for name in ASKED_FOR.split()]
    for _ in range(50):
        kept = [QIcon(one) for one in kept]  # copies share one engine
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(500):
        image_of(kept[0])
    gc.collect()
    assert abs(sys.getrefcount(None) - before) < 20
