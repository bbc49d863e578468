from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from msg_studio.look.theme import DARK, LIGHT, apply_theme
from msg_studio.views.timeline.slim_scroll_bar import SlimScrollBar


def test_the_bar_follows_the_theme_there_and_back(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    owner = QWidget()
    qtbot.addWidget(owner)
    bar = SlimScrollBar(Qt.Orientation.Horizontal, owner)
    owner.show()
    for name, theme in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        apply_theme(qapp, name)
        qtbot.waitUntil(lambda theme=theme: theme.ruler_background.name() in bar.styleSheet())
