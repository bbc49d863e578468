import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from engine.timing import TimeRange
from msg_studio.compare.ending import EndWords
from msg_studio.look.theme import apply_theme
from msg_studio.views.compare.compare_view import CompareView, Listening
from msg_studio.views.panel_parts import SMALLEST_TARGET_PX

Key = Qt.Key
END = EndWords("Done", "3 pairs", "", "Give this:", "msg-train tune --project x -o x")


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(1000, 600)
    view.show_trial("Cue 1 · steps", 1)
    view.show()
    view.setFocus()
    return view


@pytest.mark.parametrize(
    ("key", "signal", "said"),
    [
        (Key.Key_Left, "answered", ["first"]),
        (Key.Key_Right, "answered", ["second"]),
        (Key.Key_Up, "answered", ["both good"]),
        (Key.Key_Down, "answered", ["both bad"]),
        (Key.Key_1, "side_wanted", ["X"]),
        (Key.Key_2, "side_wanted", ["Y"]),
        (Key.Key_Tab, "swapped", []),
        (Key.Key_Backtab, "swapped", []),
        (Key.Key_S, "skipped", []),
        (Key.Key_B, "mix_toggled", []),
        (Key.Key_Space, "pause_toggled", []),
        (Key.Key_Escape, "left", []),
    ],
)
def test_each_key_asks_for_one_thing(
    qtbot: QtBot, view: CompareView, key: Key, signal: str, said: list[str]
) -> None:
    with qtbot.waitSignal(getattr(view, signal)) as asked:
        qtbot.keyClick(view, key)
    assert asked.args == said


def test_a_held_key_counts_once(qtbot: QtBot, view: CompareView) -> None:
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Left, Qt.KeyboardModifier.NoModifier, "", True)
    with qtbot.assertNotEmitted(view.answered):
        QApplication.sendEvent(view, held)


def test_no_shortcut_of_the_window_gets_a_key_but_menus_open(view: CompareView) -> None:
    def kept(key: Key, modifier: Qt.KeyboardModifier) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier)
        event.ignore()
        QApplication.sendEvent(view, event)
        return event.isAccepted()

    assert kept(Key.Key_G, Qt.KeyboardModifier.NoModifier)
    assert kept(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not kept(Key.Key_F, Qt.KeyboardModifier.AltModifier)


def test_reasons_are_asked_for_only_after_a_vote(qtbot: QtBot, view: CompareView) -> None:
    with qtbot.assertNotEmitted(view.reason_given):
        qtbot.keyClick(view, Key.Key_T)
    view.show_result("Take 2 preferred to take 1", ("noise",))
    assert view.reasons["N"].isChecked()
    with qtbot.waitSignal(view.reason_given) as asked:
        qtbot.keyClick(view, Key.Key_U)
    assert asked.args == ["U"]
    with qtbot.waitSignal(view.undone):
        qtbot.keyClick(view, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_plates_say_in_words_what_is_heard(view: CompareView) -> None:
    view.show_listening(Listening("X", True, {"X": 0.4, "Y": 0.0}))
    assert [view.plates[side].state_words for side in ("X", "Y")] == ["Playing", "Not heard yet"]
    view.show_listening(Listening("Y", False, {"X": 0.4, "Y": 1.0}))
    assert [view.plates[side].state_words for side in ("X", "Y")] == ["Heard too briefly", "Paused"]
    assert view.plates["Y"].accessibleDescription() == "Paused"
    assert view.accessibleDescription() == "Paused"


def test_the_end_page_heeds_only_its_own_keys(qtbot: QtBot, view: CompareView) -> None:
    view.show_end(END)
    assert view.ended
    with qtbot.assertNotEmitted(view.answered):
        qtbot.keyClick(view, Key.Key_Left)
    with qtbot.waitSignal(view.copy_wanted) as asked:
        qtbot.keyClick(view, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert asked.args == [END.command]
    with qtbot.waitSignal(view.left):
        qtbot.keyClick(view, Key.Key_Return)
    view.show_trial("Cue 2", 1)
    assert not view.ended


@pytest.mark.parametrize("name", ["dark", "light"])
def test_everything_fits_and_can_be_hit_at_the_smallest_size(
    qtbot: QtBot, qapp: QApplication, view: CompareView, name: str
) -> None:
    apply_theme(qapp, name)
    view.resize(1100, 590)
    view.show_loop(TimeRange(0, 48_000), TimeRange(12_000, 36_000))
    view.show_result("Take 12 preferred to take 11", ())
    QApplication.processEvents()
    assert view.minimumSizeHint().width() <= 1100
    for button in view.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.height() >= SMALLEST_TARGET_PX
            assert button.width() >= button.minimumSizeHint().width()
            assert button.accessibleName() or button.text()
            assert view.rect().contains(button.rect().translated(button.mapTo(view, button.rect().topLeft())))
    assert not view.grab().isNull()
