from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.project.project import new_project
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping
from msg_studio.transport_keys import TransportKeys
from tests.msg_studio.scene import DOOR, STEP, make_film

Key = Qt.Key
SECOND = 48_000
FRAME = 1920
FILM = 100 * SECOND


class Desk:
    """A bare window with the transport's keys."""

    def __init__(self, qtbot: QtBot, stepping: Stepping | None = None) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.model = ProjectModel(self.window)
        self.model.show_project(new_project("Film", make_film()).with_event(STEP).with_event(DOOR))
        self.playhead = Playhead(self.window)
        self.playhead.set_duration(FILM)
        self.keys = TransportKeys(self.window, self.model, self.playhead, stepping)
        self.window.show()
        self.window.activateWindow()
        self.window.setFocus()
        qtbot.waitUntil(self.window.hasFocus)
        self.qtbot = qtbot

    def press(self, *keys: Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            self.qtbot.keyPress(self.window, key, modifier)

    def release(self, key: Key) -> None:
        self.qtbot.keyRelease(self.window, key)

    def tap(self, *keys: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            self.qtbot.keyClick(self.window, key, modifier)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.window.close()


def test_space_plays_and_stops(desk: Desk) -> None:
    desk.tap(Key.Key_Space)
    assert desk.playhead.speed == 1
    desk.tap(Key.Key_Space)
    assert desk.playhead.speed == 0


def test_l_goes_faster_each_time_up_to_eight(desk: Desk) -> None:
    speeds = []
    for _press in range(5):
        desk.tap(Key.Key_L)
        speeds.append(desk.playhead.speed)
    assert speeds == [1, 2, 4, 8, 8]
    desk.tap(Key.Key_K)
    assert desk.playhead.speed == 0


def test_j_turns_round_and_goes_faster_backward(desk: Desk) -> None:
    desk.tap(Key.Key_L, Key.Key_L)
    speeds = []
    for _press in range(5):
        desk.tap(Key.Key_J)
        speeds.append(desk.playhead.speed)
    assert speeds == [-1, -2, -4, -8, -8]
    desk.tap(Key.Key_L)
    assert desk.playhead.speed == 1


@pytest.mark.parametrize(("key", "speed"), [(Key.Key_L, 0.25), (Key.Key_J, -0.25)])
def test_with_k_held_it_is_slow_until_a_key_is_let_go(desk: Desk, key: Key, speed: float) -> None:
    desk.press(Key.Key_K)
    desk.press(key)
    assert desk.playhead.speed == speed
    desk.release(key)
    assert desk.playhead.speed == 0
    desk.press(key)
    assert desk.playhead.speed == speed
    desk.release(Key.Key_K)
    assert desk.playhead.speed == 0
    desk.release(key)
    desk.tap(key)
    assert abs(desk.playhead.speed) == 1


def test_k_held_while_the_window_loses_the_focus_is_forgotten(desk: Desk) -> None:
    desk.press(Key.Key_K)
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowDeactivate))
    desk.press(Key.Key_L)
    assert desk.playhead.speed == 1


def test_repeats_of_a_held_key_do_not_end_slow_motion(desk: Desk) -> None:
    desk.press(Key.Key_K)
    desk.press(Key.Key_L)
    held = QKeyEvent(QEvent.Type.KeyRelease, Key.Key_L, Qt.KeyboardModifier.NoModifier, "l", autorep=True)
    QApplication.sendEvent(desk.window, held)
    assert desk.playhead.speed == 0.25


def test_jkl_and_space_do_not_repeat_but_steps_do(desk: Desk) -> None:
    repeats = {
        key.toString(): action.autoRepeat() for action in desk.keys.actions for key in action.shortcuts()
    }
    assert not any(repeats[key] for key in ("J", "K", "L", "Space", "I", "O"))
    assert all(repeats[key] for key in (",", ".", "Left", "Right", "Up", "Down"))


@pytest.mark.parametrize(
    ("key", "frames"), [(Key.Key_Period, 1), (Key.Key_Right, 1), (Key.Key_Comma, -1), (Key.Key_Left, -1)]
)
def test_one_frame_each_way(desk: Desk, key: Key, frames: int) -> None:
    desk.playhead.seek(10 * SECOND)
    desk.tap(key)
    assert desk.playhead.position == 10 * SECOND + frames * FRAME


def test_a_step_begins_at_a_frame_and_stops_playing(desk: Desk) -> None:
    desk.playhead.seek(10 * SECOND + 500)  # inside frame 250
    desk.playhead.play()
    desk.tap(Key.Key_Period)
    assert (desk.playhead.position, desk.playhead.speed) == (251 * FRAME, 0)


def test_steps_follow_the_films_own_frames(qtbot: QtBot) -> None:
    starts = [0, 1000, 5000, 5100]
    desk = Desk(
        qtbot,
        Stepping(
            lambda sample: max(n for n, start in enumerate(starts) if start <= sample),
            lambda frame: starts[min(max(0, frame), 3)],
        ),
    )
    positions = []
    for _press in range(4):
        desk.tap(Key.Key_Period)
        positions.append(desk.playhead.position)
    assert positions == [1000, 5000, 5100, 5100]


def test_shift_and_arrows_go_a_second(desk: Desk) -> None:
    desk.playhead.seek(10 * SECOND)
    desk.tap(Key.Key_Right, Key.Key_Right, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert desk.playhead.position == 12 * SECOND
    desk.tap(Key.Key_Left, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert desk.playhead.position == 11 * SECOND


def test_up_and_down_visit_the_edges_of_events_and_film(desk: Desk) -> None:
    edges = [0, 48_000, 72_000, 2_940_048, 3_036_048, FILM]
    seen = [desk.playhead.position]
    for _press in range(6):
        desk.tap(Key.Key_Down)
        seen.append(desk.playhead.position)
    assert seen == [*edges, FILM]
    for _press in range(5):
        desk.tap(Key.Key_Up)
    assert desk.playhead.position == 0


def test_home_and_end(desk: Desk) -> None:
    desk.tap(Key.Key_End)
    assert desk.playhead.position == FILM
    desk.tap(Key.Key_Home)
    assert desk.playhead.position == 0


def test_marks_and_loop(desk: Desk) -> None:
    desk.playhead.seek(SECOND)
    desk.tap(Key.Key_I)
    desk.playhead.seek(3 * SECOND)
    desk.tap(Key.Key_O)
    desk.tap(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    segment = desk.playhead.segment
    assert segment is not None
    assert (segment.start_samples, segment.end_samples) == (SECOND, 3 * SECOND)
    assert desk.playhead.looping
    assert desk.playhead.speed == 0
    desk.tap(Key.Key_X, modifier=Qt.KeyboardModifier.AltModifier)
    assert desk.playhead.segment is None


def test_the_menu_shows_whether_it_loops(desk: Desk) -> None:
    loop = next(action for action in desk.keys.actions if action.isCheckable())
    desk.playhead.set_looping(True)
    assert loop.isChecked()


def test_slash_plays_a_second_around_the_selected_event(desk: Desk) -> None:
    desk.model.select("e002")
    desk.tap(Key.Key_Slash)
    assert (desk.playhead.position, desk.playhead.speed) == (2_940_048 - SECOND, 1)
    desk.playhead.follow(3_036_048 + SECOND - 1)
    assert desk.playhead.speed == 1
    desk.playhead.follow(3_036_048 + SECOND)
    assert desk.playhead.speed == 0


def test_slash_prefers_the_marked_stretch(desk: Desk) -> None:
    desk.playhead.set_mark_in(10 * SECOND)
    desk.playhead.set_mark_out(11 * SECOND)
    desk.tap(Key.Key_Slash)
    assert desk.playhead.position == 9 * SECOND


def test_a_seek_while_playing_around_plays_on(desk: Desk) -> None:
    desk.tap(Key.Key_Slash)
    desk.playhead.seek(50 * SECOND)
    desk.playhead.follow(51 * SECOND)
    assert desk.playhead.speed == 1


def test_equals_asks_for_a_timecode(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.keys.entry_wanted):
        desk.tap(Key.Key_Equal)


def test_every_action_has_words_and_no_key_twice(desk: Desk) -> None:
    actions = [action for action in desk.keys.actions if not action.isSeparator()]
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert all(action.text() and action.shortcuts() for action in actions)
    assert len(keys) == len(set(keys))
