from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Qt

from engine.records import TakeLayer
from engine.timing import TimeRange
from msg_studio.commands import choose_take, set_rejected
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.take_table import TakeTable, score_words
from tests.msg_studio.scene import STEP, make_take, opened_project

STATE, OFFSET, MODEL = 1, 4, 7


@pytest.fixture
def model(qapp: QObject) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


def column_of(table: TakeTable, column: int, role: int = Qt.ItemDataRole.DisplayRole) -> list[object]:
    return [table.index(row, column).data(role) for row in range(table.rowCount())]


def test_takes_follow_the_selection(model: ProjectModel) -> None:
    table = TakeTable(model)
    assert column_of(table, 0) == ["1", "2"]
    assert column_of(table, STATE) == ["", "★"]
    assert column_of(table, OFFSET) == ["late 42 ms, high", "in sync, high"]
    model.select("e002")
    assert table.rowCount() == 0


def test_signs_are_said_in_words(model: ProjectModel) -> None:
    table = TakeTable(model)
    table.set_heard("e001_t2")
    spoken = column_of(table, STATE, Qt.ItemDataRole.AccessibleTextRole)
    assert column_of(table, STATE) == ["", "★▶"]
    assert spoken == ["not chosen", "chosen, playing"]
    words = column_of(table, OFFSET, Qt.ItemDataRole.AccessibleTextRole)
    assert words[0] == "audio late 42 ms (1.1 fr), confidence high"


def test_rejected_takes_fold_away_and_keep_their_number(model: ProjectModel) -> None:
    table = TakeTable(model)
    set_rejected(model, "e001_t1", True)
    assert column_of(table, 0) == ["2"]
    assert table.rejected_count == 1
    table.set_shows_rejected(True)
    assert column_of(table, STATE) == ["✕", "★"]
    model.undo_stack.undo()
    assert column_of(table, STATE) == ["", "★"]


def test_choosing_changes_two_rows_and_resets_nothing(model: ProjectModel) -> None:
    table = TakeTable(model)
    resets: list[int] = []
    table.modelReset.connect(lambda: resets.append(1))
    choose_take(model, "e001_t1")
    model.add_takes([make_take(STEP, 3)])
    assert (column_of(table, STATE), resets) == (["★", "", ""], [])


def test_the_adapter_is_part_of_the_badge(model: ProjectModel) -> None:
    model.add_takes([replace(make_take(STEP, 3), adapter="abcdef0123")])
    assert column_of(TakeTable(model), MODEL) == ["starter", "starter", "starter + abcdef"]


def test_scores_have_a_real_minus_and_nothing_has_none() -> None:
    assert [score_words(value) for value in (0.534, -0.2, -0.001)] == ["0.53", "−0.20", "0.00"]


def test_a_take_made_anew_in_part_shows_where_it_comes_from(model: ProjectModel) -> None:
    layers = (TakeLayer("e001_t2", TimeRange(0, 1_920)), TakeLayer("e001_t2", TimeRange(9_600, 24_000)))
    model.add_takes([replace(make_take(STEP, 3), layers=layers)])
    table = TakeTable(model)
    assert column_of(table, 0) == ["1", "2", "3 ←2"]
    words = "01:00:01:01 to 01:00:01:05 made anew, joined there to take 2"
    assert column_of(table, 0, Qt.ItemDataRole.AccessibleTextRole)[1:] == ["Take 2", f"Take 3: {words}"]
    tips = column_of(table, MODEL, Qt.ItemDataRole.ToolTipRole)
    assert str(tips[2]).splitlines()[0] == words
    assert str(tips[1]).splitlines()[0].startswith("Prompt")


def test_a_take_whose_source_is_gone_still_says_that_it_had_one(model: ProjectModel) -> None:
    lost = replace(make_take(STEP, 3), layers=(TakeLayer("gone", TimeRange(0, 1_920)),))
    model.add_takes([lost])
    assert column_of(TakeTable(model), 0)[2] == "3 ←?"
