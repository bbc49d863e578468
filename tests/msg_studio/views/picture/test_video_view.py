from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from msg_studio.look.theme import apply_theme, theme_of
from msg_studio.qt_models.shown_picture import ShownPicture
from msg_studio.views.picture.picture_painting import fitted
from msg_studio.views.picture.video_view import VideoView, breakable
from msg_studio.workers.picture_work import to_image
from tests.coded_film import HEIGHT, WIDTH, picture_of
from tests.msg_studio.painted_code import grabbed, number_on_screen

CODED = QSize(WIDTH, HEIGHT)
SIZE = QSize(480, 270)  # the coded film takes 480x240 of it, 15 above and below


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[VideoView]:
    apply_theme(qapp, "dark")
    view = VideoView()
    view.resize(SIZE)
    with qtbot.waitExposed(view):
        view.show()
    yield view
    view.close()
    view.deleteLater()


def coded(number: int, *, exact: bool = True, drawn: int | None = None) -> ShownPicture:
    shown = number if drawn is None else drawn
    return ShownPicture(number, to_image(picture_of(shown)), exact=exact, drawn=shown)


def grey(width: int, height: int) -> ShownPicture:
    return ShownPicture(0, to_image(np.full((height, width, 3), 128, dtype=np.uint8)), exact=True, drawn=0)


def light_pixels(image: QImage, area: QRect) -> int:
    """Pixels of an area that are much lighter than the grey picture: letters."""
    columns = range(area.left(), area.right() + 1)
    rows = range(area.top(), area.bottom() + 1)
    return sum(image.pixelColor(x, y).lightness() > 170 for x in columns for y in rows)


def words_in(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def locate_button(view: VideoView) -> QPushButton:
    (button,) = view.findChildren(QPushButton)
    return button


def test_picture_is_painted_in_its_shape_with_bars_around(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(WIDTH, HEIGHT)
    with qtbot.waitSignal(view.painted) as painted:
        view.show_picture(coded(2805))
    assert painted.args == [2805, True]
    assert number_on_screen(view, CODED) == 2805
    image = grabbed(view)
    bar = theme_of(view).picture_background
    assert image.pixelColor(240, 7) == bar
    assert image.pixelColor(240, 262) == bar
    assert {image.pixelColor(5, 20).name(), image.pixelColor(5, 250).name()} == {"#ffffff", "#000000"}


def test_picture_fills_the_largest_place_of_its_shape() -> None:
    assert fitted(QSize(1920, 1080), QRect(0, 0, 640, 480)) == QRect(0, 60, 640, 360)
    assert fitted(QSize(1080, 1920), QRect(0, 0, 640, 480)) == QRect(185, 0, 270, 480)


def test_small_proxy_picture_takes_the_same_place_as_the_exact_one(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(1919, 1079)
    for width, height in ((1919, 1079), (96, 54)):
        with qtbot.waitSignal(view.painted):
            view.show_picture(grey(width, height))
        image = grabbed(view)
        place = fitted(QSize(1919, 1079), view.rect())
        assert image.pixelColor(place.topLeft() + QPoint(2, 2)) == QColor(128, 128, 128)
        assert image.pixelColor(place.bottomRight() - QPoint(2, 2)) == QColor(128, 128, 128)


def test_fine_pattern_much_larger_than_the_view_becomes_even_grey(view: VideoView, qtbot: QtBot) -> None:
    columns = np.arange(1920) % 4 < 2  # white and black lines two pixels wide, painted at a quarter
    pixels = np.repeat(np.tile(columns * np.uint8(255), (1080, 1))[:, :, None], 3, axis=2)
    view.show_film(1920, 1080)
    with qtbot.waitSignal(view.painted):
        view.show_picture(ShownPicture(0, to_image(np.ascontiguousarray(pixels)), exact=True, drawn=0))
    image = grabbed(view)
    shades = [image.pixelColor(x, 135).red() for x in range(100, 380)]
    assert max(shades) - min(shades) < 12


def test_each_picture_is_announced_once_however_often_the_view_is_painted(
    view: VideoView, qtbot: QtBot
) -> None:
    announced: list[tuple[int, bool]] = []
    view.painted.connect(lambda index, exact: announced.append((index, exact)))
    view.show_film(WIDTH, HEIGHT)
    with qtbot.waitSignal(view.painted):
        view.show_picture(coded(7, exact=False))
    view.grab()
    with qtbot.waitSignal(view.painted):
        view.show_picture(coded(7))
    view.grab()
    assert announced == [(7, False), (7, True)]


def test_coarse_picture_says_so_quietly_and_the_exact_one_says_nothing(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(480, 270)
    corner = QRect(240, 0, 240, 60)
    with qtbot.waitSignal(view.painted):
        view.show_picture(ShownPicture(312, grey(480, 270).image, exact=False, drawn=250), "01:00:12:12")
    assert light_pixels(grabbed(view), corner) > 20
    assert view.accessibleDescription() == "timecode 01:00:12:12, picture 312, near: picture 250"
    with qtbot.waitSignal(view.painted):
        view.show_picture(ShownPicture(312, grey(480, 270).image, exact=True, drawn=312), "01:00:12:12")
    assert light_pixels(grabbed(view), corner) == 0
    assert view.accessibleDescription() == "timecode 01:00:12:12, picture 312"


def test_timecode_is_burned_in_on_request(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(480, 270)
    with qtbot.waitSignal(view.painted):
        view.show_picture(grey(480, 270), "01:00:00:00")
    foot = QRect(150, 220, 180, 50)
    assert light_pixels(grabbed(view), foot) == 0
    view.set_burn_in(True)
    assert view.burns_in_timecode
    assert light_pixels(grabbed(view), foot) > 20
    view.set_burn_in(False)
    assert light_pixels(grabbed(view), foot) == 0


def test_what_is_special_about_the_film_stands_in_the_upper_corner(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(480, 270)
    with qtbot.waitSignal(view.painted):
        view.show_picture(grey(480, 270))
    corner = QRect(0, 0, 300, 50)
    assert light_pixels(grabbed(view), corner) == 0
    view.show_film_words("10 bit, HDR PQ: preview is approximate")
    assert light_pixels(grabbed(view), corner) > 20


def test_damaged_picture_is_said_on_the_one_before_until_the_next_comes(
    view: VideoView, qtbot: QtBot
) -> None:
    view.show_film(WIDTH, HEIGHT)
    with qtbot.waitSignal(view.painted):
        view.show_picture(coded(3))
    view.show_trouble("Picture 4 cannot be decoded: the film is damaged there.")
    assert view.accessibleDescription() == "Picture 4 cannot be decoded: the film is damaged there."
    view.show_picture(coded(5), "01:00:00:05")
    assert view.accessibleDescription() == "timecode 01:00:00:05, picture 5"


def test_missing_film_keeps_its_name_on_hatching_and_can_be_located(view: VideoView, qtbot: QtBot) -> None:
    view.show_film(WIDTH, HEIGHT)
    view.show_picture(coded(9))
    view.show_missing("alley_v3.mov")
    assert "alley_v3.mov" in words_in(view)
    image = grabbed(view)
    shades = {image.pixelColor(x, 4).name() for x in range(40)}
    assert len(shades) > 1  # hatching
    assert view.picture is None
    with qtbot.waitSignal(view.locate_wanted):
        qtbot.mouseClick(locate_button(view), Qt.MouseButton.LeftButton)


def test_long_name_is_cut_in_its_middle_and_whole_in_the_tool_tip(view: VideoView) -> None:
    name = f"{'scene_with_a_very_long_name_' * 6}.mov"
    view.resize(240, 135)
    view.show_missing(name)
    (head,) = (label for label in view.findChildren(QLabel) if label.toolTip() == name)
    assert head.text().startswith("scene")
    assert head.text().endswith(".mov")
    assert head.fontMetrics().horizontalAdvance(head.text()) <= head.width()


def test_view_without_film_says_what_to_do_and_offers_no_button(view: VideoView) -> None:
    view.show_no_film()
    assert words_in(view) == breakable("No film yet Open a video to see it here.")
    assert not locate_button(view).isVisible()
    view.show_film(WIDTH, HEIGHT)
    assert words_in(view) == ""


def test_view_takes_no_keys(view: VideoView, qapp: QApplication) -> None:
    assert view.focusPolicy() == Qt.FocusPolicy.NoFocus
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Escape, Qt.Key.Key_J):
        press = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        qapp.sendEvent(view, press)
        assert not press.isAccepted()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_view_is_named_for_screen_readers_in_both_looks(
    view: VideoView, qapp: QApplication, name: str
) -> None:
    apply_theme(qapp, "light" if name == "light" else "dark")
    assert view.accessibleName() == "Picture"
    view.show_missing("film.mov")
    assert locate_button(view).height() >= 24
    assert locate_button(view).accessibleDescription()
