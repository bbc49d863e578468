from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester

from msg_studio.qt_models.event_table import make_event_table
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import RecordTable
from msg_studio.qt_models.take_table import make_take_table
from tests.msg_studio.scene import DOOR, STEP, saved_project


def row_of(table: RecordTable, row: int) -> list[object]:
    return [table.data(table.index(row, column)) for column in range(table.columnCount())]


def headings_of(table: RecordTable) -> list[object]:
    return [table.headerData(n, Qt.Orientation.Horizontal) for n in range(table.columnCount())]


def test_cue_table_says_where_what_and_how_sure(qapp: QObject, tmp_path: Path) -> None:
    model = ProjectModel(qapp)
    table = make_event_table(model)
    model.open(saved_project(tmp_path))
    headings = ["Cue", "Lane", "Class", "In", "Length", "Hits", "Takes", "Sure", "Status", "Why"]
    step = ["e001", "feet", "FEETHmn", "01:00:01:00", "0.500 s", "1", "2", "87%", "to do", "fast contact"]
    door = ["e002", "props", "DOORWood", "01:01:01:06", "2.000 s", "0", "0", "40%", "to do", "slow swing"]
    assert headings_of(table) == headings
    assert [row_of(table, 0), row_of(table, 1)] == [step, door]


def test_take_table_follows_the_selection_and_names_the_chosen_take(qapp: QObject, tmp_path: Path) -> None:
    model = ProjectModel(qapp)
    table = make_take_table(model)
    model.open(saved_project(tmp_path))
    assert row_of(table, 0)[:4] == ["e001_t1", "", "0.100", "audio late 42 ms (1.1 fr), confidence high"]
    assert row_of(table, 1)[:4] == ["e001_t2", "● chosen", "0.200", "in sync, confidence high"]
    model.select(DOOR)
    assert table.rowCount() == 0


def test_heatmap_of_the_chosen_take_comes_before_others(qapp: QObject, tmp_path: Path) -> None:
    model = ProjectModel(qapp)
    model.open(saved_project(tmp_path))
    assert model.heatmap("e001") is None
    folder = tmp_path / "heatmaps"
    folder.mkdir()
    for name in ("e001_t1.png", "e001_t2.png", "e002.png"):
        (folder / name).touch()
    assert model.heatmap("e001") == folder / "e001_t2.png"
    assert model.heatmap("e002") == folder / "e002.png"
    assert model.heatmap("e003") is None


def test_table_keeps_the_contract_of_qt_item_models(qapp: QObject) -> None:
    table = make_event_table(ProjectModel(qapp))
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Warning, qapp)
    table.show_records([STEP, DOOR])
    table.show_records([])
    assert tester.model() is table
    assert table.rowCount() == 0
    assert table.data(QModelIndex()) is None


def test_numbers_stand_to_the_right(qapp: QObject) -> None:
    table = make_event_table(ProjectModel(qapp))
    table.show_records([STEP])
    lane, length = (table.data(table.index(0, c), Qt.ItemDataRole.TextAlignmentRole) for c in (1, 4))
    assert lane == Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    assert length == Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
