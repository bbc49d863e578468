from pytestqt.qtbot import QtBot

from msg_studio.views.elided_label import ElidedLabel


def test_long_words_do_not_ask_for_room_and_are_cut(qtbot: QtBot) -> None:
    label = ElidedLabel("words " * 40)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() < 100
    label.resize(200, 30)
    cut = label.grab().toImage()
    label.setText("words " * 60)
    assert label.grab().toImage() == cut  # what is beyond the ellipsis makes no difference
    label.setText("words")
    assert label.grab().toImage() != cut
