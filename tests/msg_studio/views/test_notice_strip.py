import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from msg_studio.views.notice_strip import NoticeButton, NoticeStrip


@pytest.fixture
def strip(qtbot: QtBot) -> NoticeStrip:
    strip = NoticeStrip()
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    return strip


def contrast(widget: QWidget, ground: QWidget) -> float:
    """WCAG 2 contrast of a widget's words on a ground."""

    def light(role: QPalette.ColorRole, of: QWidget) -> float:
        colour = of.palette().color(role)
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    pair = sorted(
        (light(QPalette.ColorRole.WindowText, widget), light(QPalette.ColorRole.Window, ground)), reverse=True
    )
    return (pair[0] + 0.05) / (pair[1] + 0.05)


def test_the_strip_is_hidden_while_there_is_nothing_to_say(strip: NoticeStrip) -> None:
    assert strip.isHidden()
    strip.show_notice("engine", "The engine stopped.")
    assert not strip.isHidden()
    strip.withdraw("film")
    assert strip.shown == "engine"
    strip.withdraw("engine")
    assert strip.isHidden()


def test_alarms_come_first_and_others_wait(strip: NoticeStrip) -> None:
    strip.show_notice("autosave", "Autosave failed.", alarm=True)
    strip.show_notice("film", "The film is missing.")
    assert strip.words.text() == "Autosave failed.  (and 1 more)"
    assert strip.sign.accessibleName() == "Alarm"
    strip.withdraw("autosave")
    assert strip.words.text() == "The film is missing."
    assert strip.sign.accessibleName() == "Warning"


def test_a_notice_of_the_same_key_takes_the_place_of_the_last(strip: NoticeStrip) -> None:
    strip.show_notice("engine", "Restarting, 1 of 3.")
    strip.show_notice("engine", "Restarting, 2 of 3.")
    assert strip.words.text() == "Restarting, 2 of 3."


def test_buttons_do_what_they_say(qtbot: QtBot, strip: NoticeStrip) -> None:
    pressed: list[str] = []
    strip.show_notice(
        "film", "The film is missing.", buttons=(NoticeButton("Locate...", lambda: pressed.append("x")),)
    )
    assert [button.isHidden() for button in strip.buttons] == [False, True]
    qtbot.mouseClick(strip.buttons[0], Qt.MouseButton.LeftButton)
    assert pressed == ["x"]
    assert strip.shown == "film"


def test_a_notice_can_be_dismissed(qtbot: QtBot, strip: NoticeStrip) -> None:
    strip.show_notice("film", "The film is missing.")
    with qtbot.waitSignal(strip.dismissed) as gone:
        qtbot.mouseClick(strip.close_button, Qt.MouseButton.LeftButton)
    assert gone.args == ["film"]
    assert strip.isHidden()


def test_good_news_are_marked_as_such_and_come_last(strip: NoticeStrip) -> None:
    strip.show_notice("film", "The film is missing.")
    strip.show_notice("export", "9 files written.", done=True)
    assert strip.shown == "film"
    strip.withdraw("film")
    assert (strip.shown, strip.sign.accessibleName()) == ("export", "Done")


@pytest.mark.parametrize(("alarm", "done"), [(False, False), (True, False), (False, True)])
def test_words_stand_out_on_every_strip(strip: NoticeStrip, alarm: bool, done: bool) -> None:
    strip.show_notice("engine", "The engine stopped.", alarm=alarm, done=done)
    assert contrast(strip.words, strip) >= 4.5


def test_three_buttons_are_too_many(strip: NoticeStrip) -> None:
    with pytest.raises(ValueError, match="at most 2"):
        strip.show_notice("engine", "!", buttons=(NoticeButton("x", print),) * 3)
