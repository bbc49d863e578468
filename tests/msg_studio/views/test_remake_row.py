import pytest
from pytestqt.qtbot import QtBot

from msg_studio.views.remake_row import RemakeRow, strength_words


@pytest.fixture
def row(qtbot: QtBot) -> RemakeRow:
    row = RemakeRow(None)
    qtbot.addWidget(row)
    return row


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (10, "a little different"),
        (39, "a little different"),
        (40, "different"),
        (70, "quite different"),
        (99, "quite different"),
        (100, "anew"),
    ],
)
def test_a_strength_is_said_in_words(percent: int, words: str) -> None:
    assert strength_words(percent) == words


def test_a_stretch_is_made_anew_unless_told_otherwise(qtbot: QtBot, row: RemakeRow) -> None:
    assert row.words.text() == "anew"
    with qtbot.waitSignal(row.pressed) as asked:
        row.press()
    assert asked.args == [1.0]


@pytest.mark.parametrize(("typed", "strength"), [(0, 0.1), (10, 0.1), (55, 0.55), (300, 1.0)])
def test_the_strength_stays_where_the_engine_takes_it(
    qtbot: QtBot, row: RemakeRow, typed: int, strength: float
) -> None:
    row.strength.setValue(typed)
    with qtbot.waitSignal(row.pressed) as asked:
        row.press()
    assert asked.args == [strength]


def test_button_and_strength_are_named_and_reached_by_tab(row: RemakeRow) -> None:
    for part in (row.button, row.strength):
        assert part.focusPolicy().value & 1  # Tab
        assert part.toolTip()
        assert part.accessibleDescription() == part.toolTip()
    assert row.strength.accessibleName() == "Strength in percent"
