from collections.abc import Iterator

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from msg_studio.views.key_guard import KeyGuard, give_letters_to_window

Key = Qt.Key
SHORTCUTS = ("Space", "G", "J", "Left", "Right", "Up", "Down", "Home", ",", "=", "1", "Ctrl+G", "Return")


class Page:
    """A window with single-key shortcuts and one widget that has the focus."""

    def __init__(self, qtbot: QtBot, widget: QWidget) -> None:
        self.qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.widget = widget
        QVBoxLayout(self.window).addWidget(widget)
        self.fired: list[str] = []
        for keys in SHORTCUTS:
            action = QAction(keys, self.window)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, keys=keys: self.fired.append(keys))
            self.window.addAction(action)
        self.window.show()
        self.window.activateWindow()
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)

    def type(self, *keys: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> list[str]:
        """The shortcuts that fired."""
        self.fired.clear()
        for key in keys:
            self.qtbot.keyClick(self.widget, key, modifier)
        return list(self.fired)


@pytest.fixture(autouse=True)
def guard(qapp: QApplication) -> Iterator[None]:
    made = KeyGuard(qapp)
    yield
    qapp.focusChanged.disconnect(made._watch)
    made.deleteLater()


def fruit_list() -> QListView:
    view = QListView()
    view.setModel(QStringListModel(["apple", "grape", "guava"], view))
    view.setCurrentIndex(view.model().index(0, 0))
    return view


def test_a_focused_button_is_pressed_by_space(qtbot: QtBot) -> None:
    button = QPushButton("Generate")
    clicks: list[str] = []
    button.clicked.connect(lambda: clicks.append("click"))
    page = Page(qtbot, button)
    assert page.type(Key.Key_Space) == []
    assert len(clicks) == 1


def test_a_check_box_is_switched_by_space(qtbot: QtBot) -> None:
    box = QCheckBox("On screen")
    page = Page(qtbot, box)
    assert page.type(Key.Key_Space) == []
    assert box.isChecked()


def test_a_button_leaves_letters_and_arrows_to_the_window(qtbot: QtBot) -> None:
    assert Page(qtbot, QPushButton("Generate")).type(Key.Key_J, Key.Key_Left) == ["J", "Left"]


def test_a_list_keeps_type_ahead_and_arrows(qtbot: QtBot) -> None:
    view = fruit_list()
    page = Page(qtbot, view)
    assert page.type(Key.Key_G) == []
    assert view.currentIndex().row() == 1
    assert page.type(Key.Key_Down) == []
    assert view.currentIndex().row() == 2
    assert page.type(Key.Key_Space) == []


def test_a_list_told_so_gives_letters_away_and_keeps_up_and_down(qtbot: QtBot) -> None:
    view = fruit_list()
    give_letters_to_window(view)
    page = Page(qtbot, view)
    assert page.type(Key.Key_G, Key.Key_Space, Key.Key_1, Key.Key_Left) == ["G", "Space", "1", "Left"]
    assert page.type(Key.Key_Down) == []
    assert view.currentIndex().row() == 1


def test_a_combo_box_keeps_type_ahead(qtbot: QtBot) -> None:
    box = QComboBox()
    box.addItems(["apple", "grape"])
    page = Page(qtbot, box)
    assert page.type(Key.Key_G) == []
    assert box.currentText() == "grape"


@pytest.mark.parametrize("field", [QLineEdit, QPlainTextEdit])
def test_a_text_field_keeps_what_is_typed_and_what_moves_in_it(
    qtbot: QtBot, field: type[QLineEdit] | type[QPlainTextEdit]
) -> None:
    edit = field()
    page = Page(qtbot, edit)
    keys = (Key.Key_G, Key.Key_Space, Key.Key_J, Key.Key_Comma, Key.Key_1, Key.Key_Equal)
    assert page.type(*keys) == []
    text = edit.text() if isinstance(edit, QLineEdit) else edit.toPlainText()
    assert text == "g j,1="
    assert page.type(Key.Key_Left, Key.Key_Home) == []


def test_a_spin_box_keeps_digits_and_arrows(qtbot: QtBot) -> None:
    box = QSpinBox()
    page = Page(qtbot, box)
    assert page.type(Key.Key_Up) == []
    assert box.value() == 1


def test_a_slider_keeps_its_arrows_and_gives_letters_away(qtbot: QtBot) -> None:
    slider = QSlider(Qt.Orientation.Horizontal)
    page = Page(qtbot, slider)
    assert page.type(Key.Key_Right) == []
    assert slider.value() == 1
    assert page.type(Key.Key_Space) == ["Space"]


def test_keys_with_ctrl_belong_to_the_window(qtbot: QtBot) -> None:
    page = Page(qtbot, fruit_list())
    assert page.type(Key.Key_G, modifier=Qt.KeyboardModifier.ControlModifier) == ["Ctrl+G"]


def test_a_plain_widget_keeps_nothing(qtbot: QtBot) -> None:
    canvas = QWidget()
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page = Page(qtbot, canvas)
    assert page.type(Key.Key_Space, Key.Key_G, Key.Key_Up) == ["Space", "G", "Up"]


def test_a_widget_destroyed_with_the_focus_does_no_harm(qtbot: QtBot) -> None:
    page = Page(qtbot, QPushButton("Gone soon"))
    layout = page.window.layout()
    assert layout is not None
    page.widget.deleteLater()
    other = QPushButton("Stays")
    layout.addWidget(other)
    qtbot.waitUntil(lambda: layout.count() == 1)
    other.setFocus()
    page.widget = other
    qtbot.waitUntil(other.hasFocus)
    assert page.type(Key.Key_Space) == []


def test_a_spin_box_leaves_space_and_letters_to_the_window_and_keeps_enter(qtbot: QtBot) -> None:
    page = Page(qtbot, QSpinBox())
    assert page.type(Key.Key_Space, Key.Key_G, Key.Key_J) == ["Space", "G", "J"]
    assert page.type(Key.Key_1, Key.Key_Comma, Key.Key_Return) == []


def test_enter_in_a_text_field_makes_nothing_elsewhere(qtbot: QtBot) -> None:
    assert Page(qtbot, QLineEdit()).type(Key.Key_Return) == []
    assert Page(qtbot, QPushButton("Generate")).type(Key.Key_Return) == ["Return"]
