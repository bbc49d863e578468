from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from engine.project.project import new_project
from msg_studio.look.theme import DARK, LIGHT, palette_of
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.transport.transport_bar import TransportBar, speed_words
from tests.msg_studio.scene import make_film

Key = Qt.Key
SECOND = 48_000
FRAME = 1920


class Desk:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.model = ProjectModel(self.window)
        self.model.show_project(new_project("Film", make_film()))
        self.playhead = Playhead(self.window)
        self.playhead.set_duration(100 * SECOND)
        self.bar = TransportBar(self.model, self.playhead, self.window)
        self.bar.resize(1100, self.bar.sizeHint().height())
        self.window.resize(1100, 60)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    def button(self, name: str) -> QAbstractButton:
        found = [one for one in self.bar.findChildren(QAbstractButton) if one.accessibleName() == name]
        assert len(found) == 1, f"{len(found)} buttons are named {name!r}"
        return found[0]

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def words(self, name: str) -> QWidget:
        found = [one for one in self.bar.findChildren(QWidget) if one.accessibleName() == name]
        assert found, f"nothing is named {name!r}"
        return found[0]

    def enter(self, text: str, *, end: Key = Key.Key_Return) -> None:
        self.bar.begin_timecode_entry()
        editor = self.bar.timecode.findChild(QLineEdit)
        self.qtbot.keyClicks(editor, text)
        self.qtbot.keyClick(editor, end)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.window.close()


def test_the_timecode_follows_the_playhead(desk: Desk) -> None:
    assert desk.bar.timecode.label == "01:00:00:00"
    desk.playhead.follow(12 * SECOND + 7 * FRAME)
    assert desk.bar.timecode.label == "01:00:12:07"


def test_the_timecode_follows_the_projects_start_label(desk: Desk) -> None:
    desk.model.edit("set start", desk.model.project.with_timecode(start_label="10:00:00:00"))
    assert desk.bar.timecode.label == "10:00:00:00"


def test_play_becomes_stop(desk: Desk) -> None:
    desk.click("Play")
    assert desk.playhead.speed == 1
    desk.click("Stop")
    assert desk.playhead.speed == 0
    assert desk.button("Play")


def test_frame_buttons_step(desk: Desk) -> None:
    desk.playhead.seek(10 * SECOND)
    desk.click("One frame forward")
    assert desk.playhead.position == 10 * SECOND + FRAME
    desk.click("One frame back")
    desk.click("One frame back")
    assert desk.playhead.position == 10 * SECOND - FRAME


def test_the_loop_button_shows_and_sets_the_loop(desk: Desk) -> None:
    desk.click("Loop the marked stretch")
    assert desk.playhead.looping
    desk.playhead.set_looping(False)
    assert not desk.button("Loop the marked stretch").isChecked()


def test_a_mouse_click_gives_the_focus_back(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.bar.focus_returned):
        desk.click("Play")
    assert not desk.button("Stop").hasFocus()


def test_a_button_reached_by_tab_keeps_the_focus(desk: Desk, qtbot: QtBot) -> None:
    button = desk.button("Play")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.assertNotEmitted(desk.bar.focus_returned):
        qtbot.keyClick(button, Key.Key_Space)
    assert button.hasFocus()
    assert desk.playhead.playing


def test_a_typed_timecode_is_gone_to(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.bar.focus_returned):
        desk.enter("01:00:12:07")
    assert desk.playhead.position == 12 * SECOND + 7 * FRAME
    assert not desk.bar.timecode.entering


def test_typing_relative_goes_on_from_here(desk: Desk) -> None:
    desk.playhead.seek(10 * SECOND)
    desk.enter("+20.")
    assert desk.playhead.position == 30 * SECOND
    desk.enter("-12")
    assert desk.playhead.position == 30 * SECOND - 12 * FRAME


def test_a_click_on_the_timecode_opens_the_entry(desk: Desk) -> None:
    display = desk.bar.timecode.currentWidget()
    desk.qtbot.mouseClick(display, Qt.MouseButton.LeftButton)
    assert desk.bar.timecode.entering
    editor = desk.bar.timecode.findChild(QLineEdit)
    assert editor.hasFocus()
    assert editor.selectedText() == "01:00:00:00"


def test_a_bad_entry_says_why_and_stays_open(desk: Desk) -> None:
    desk.enter("noon")
    assert desk.bar.timecode.entering
    refusal = desk.words("Why this timecode cannot be used")
    assert refusal.isVisible()
    assert "'noon' is no timecode" in refusal.toolTip()
    assert desk.playhead.position == 0
    editor = desk.bar.timecode.findChild(QLineEdit)
    desk.qtbot.keyClick(editor, Key.Key_1)
    assert not refusal.isVisible()


def test_escape_leaves_the_entry_without_moving(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.bar.focus_returned):
        desk.enter("01:00:12:07", end=Key.Key_Escape)
    assert not desk.bar.timecode.entering
    assert desk.playhead.position == 0


def test_leaving_the_entry_by_the_mouse_closes_it(desk: Desk) -> None:
    desk.bar.begin_timecode_entry()
    desk.bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    desk.bar.setFocus()
    desk.qtbot.waitUntil(lambda: not desk.bar.timecode.entering)


def test_marks_are_told_with_their_length(desk: Desk) -> None:
    marks = desk.words("In and out")
    desk.playhead.set_mark_in(2 * SECOND)
    assert marks.text() == "In 01:00:02:00   Out --:--:--:--"
    desk.playhead.set_mark_out(5 * SECOND + 3 * FRAME)
    assert marks.text() == "In 01:00:02:00   Out 01:00:05:03   03:03"
    desk.playhead.clear_marks()
    assert marks.text() == "In --:--:--:--   Out --:--:--:--"


@pytest.mark.parametrize(
    ("speed", "words"),
    [(0, ""), (1, ""), (2, "2x"), (8, "8x"), (0.25, "slow 0.25x"), (-1, "reverse 1x"), (-4, "reverse 4x")],
)
def test_the_speed_is_told_where_it_is_not_the_usual_one(desk: Desk, speed: float, words: str) -> None:
    assert speed_words(speed) == words
    desk.playhead.play(speed)
    assert desk.words("Speed").text() == words


def test_without_sound_the_speaker_is_crossed_and_rescan_offered(desk: Desk, qtbot: QtBot) -> None:
    desk.bar.show_output("Sound: card", audible=True)
    assert desk.words("Sound").isVisible()
    assert not desk.button("Rescan sound devices").isVisible()
    desk.bar.show_output("No sound device: so and so", audible=False, reasons=("no card",))
    assert desk.words("No sound").toolTip() == "No sound device: so and so\nno card"
    assert desk.words("No sound device: so and so").isVisible()
    with qtbot.waitSignal(desk.bar.rescan_wanted):
        desk.click("Rescan sound devices")


def test_every_control_is_named_and_large_enough(desk: Desk) -> None:
    desk.bar.show_output("No sound device", audible=False)
    for button in desk.bar.findChildren(QAbstractButton):
        assert button.accessibleName()
        if button.isVisible():
            assert min(button.width(), button.height()) >= 24


def test_the_bar_fits_a_small_window(desk: Desk, qapp: QApplication) -> None:
    desk.bar.show_output("No sound device: timing runs on the computer clock", audible=False)
    desk.playhead.set_mark_in(0)
    desk.playhead.set_mark_out(SECOND)
    assert desk.bar.minimumSizeHint().width() <= 1000


def test_trouble_keeps_its_colour_in_both_themes(desk: Desk) -> None:
    desk.enter("noon")
    refusal = desk.words("Why this timecode cannot be used")
    for theme in (DARK, LIGHT):
        desk.window.setPalette(palette_of(theme))
        assert refusal.palette().color(refusal.foregroundRole()) == theme.error


def test_to_the_start_and_marks_by_the_mouse(desk: Desk) -> None:
    desk.playhead.seek(2 * SECOND)
    desk.click("Mark in")
    desk.playhead.seek(3 * SECOND)
    desk.click("Mark out")
    assert (desk.playhead.mark_in, desk.playhead.mark_out) == (2 * SECOND, 3 * SECOND)
    desk.click("To the start")
    assert desk.playhead.position == 0
