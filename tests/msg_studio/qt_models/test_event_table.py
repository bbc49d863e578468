import pytest
from PySide6.QtCore import QObject, Qt

from engine.timing import TimeRange
from msg_studio.commands import accept, set_range, set_setup
from msg_studio.qt_models.event_table import Cue, CueFilter, make_event_table
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import RecordTable
from tests.msg_studio.scene import DOOR, opened_project

WHAT, STATUS, LENGTH = 1, 4, 6


@pytest.fixture
def model(qapp: QObject) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    return model


@pytest.fixture
def table(model: ProjectModel) -> RecordTable[Cue]:
    return make_event_table(model)


def row_of(table: RecordTable[Cue], row: int) -> list[object]:
    return [table.index(row, column).data() for column in range(table.columnCount())]


def shown(cues: CueFilter) -> list[object]:
    return [cues.index(row, WHAT).data() for row in range(cues.rowCount())]


def test_cue_table_says_where_what_and_how_sure(table: RecordTable[Cue]) -> None:
    spoken = Qt.ItemDataRole.AccessibleTextRole
    headings = [table.headerData(n, Qt.Orientation.Horizontal, spoken) for n in range(table.columnCount())]
    named = "# What In Takes Status Lane Length Hits Offset Sure Why"
    assert headings == named.split()
    assert row_of(table, 0) == [
        "1", "footstep", "01:00:01:00", "2", "○ to do", "feet", "0.50 s", "1", "in sync, high", "87%",
        "fast contact",
    ]  # fmt: skip
    assert row_of(table, 1) == [
        "2", "door close", "01:01:01:06", "0", "? suggested", "props", "2.00 s", "0", "", "40%", "slow swing",
    ]  # fmt: skip


def test_what_and_status_are_edited_through_commands(model: ProjectModel, table: RecordTable[Cue]) -> None:
    assert table.setData(table.index(0, WHAT), " boots on gravel ")
    assert table.setData(table.index(0, STATUS), "approved")
    setup = model.project.setup("e001")
    assert (setup.prompt, setup.status) == ("boots on gravel", "approved")
    assert row_of(table, 0)[WHAT] == "boots on gravel"
    assert model.undo_stack.count() == 2
    model.undo_stack.undo()
    assert model.project.setup("e001").status == "to do"


def test_editing_what_starts_from_the_prompt_not_from_the_class(table: RecordTable[Cue]) -> None:
    assert table.index(0, WHAT).data() == "footstep"
    assert table.index(0, WHAT).data(Qt.ItemDataRole.EditRole) == ""
    assert table.choices(STATUS) == ("to do", "review", "approved")


def test_a_read_only_project_is_not_edited(model: ProjectModel) -> None:
    model.show_project(opened_project(), read_only_reason="open elsewhere")
    table = make_event_table(model)
    assert not table.index(0, WHAT).flags() & Qt.ItemFlag.ItemIsEditable


def test_one_edit_changes_one_row_and_resets_nothing(model: ProjectModel, table: RecordTable[Cue]) -> None:
    resets: list[int] = []
    changed: list[int] = []
    table.modelReset.connect(lambda: resets.append(1))
    table.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    accept(model, DOOR.id)
    assert (resets, changed) == ([], [1])


def test_filter_wants_every_word_in_any_column(model: ProjectModel, table: RecordTable[Cue]) -> None:
    cues = CueFilter(table, table)
    cues.set_filter("PROPS suggested")
    assert shown(cues) == ["door close"]
    cues.set_filter("feet suggested")
    assert shown(cues) == []
    cues.set_filter("")
    set_setup(model, "e001", prompt="zebra")
    cues.sort(WHAT, Qt.SortOrder.DescendingOrder)
    assert shown(cues) == ["zebra", "door close"]


def test_lengths_sort_as_numbers(model: ProjectModel, table: RecordTable[Cue]) -> None:
    set_range(model, "e001", TimeRange.from_seconds(1, 11))  # "10.00 s" comes before "2.00 s" as words
    cues = CueFilter(table, table)
    cues.sort(LENGTH, Qt.SortOrder.DescendingOrder)
    assert shown(cues) == ["footstep", "door close"]
