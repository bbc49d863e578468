from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from msg_studio.qt_models.record_table import SORT_ROLE, Column, RecordTable

Role = Qt.ItemDataRole


@dataclass(frozen=True)
class Pet:
    name: str
    legs: int


CAT, DOG, BIRD, FISH = Pet("cat", 4), Pet("dog", 4), Pet("bird", 2), Pet("fish", 0)


@pytest.fixture
def edits() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def table(qapp: QObject, edits: list[tuple[str, str]]) -> RecordTable[Pet]:
    columns = [
        Column[Pet]("Name", lambda pet: pet.name, edited=lambda pet, words: edits.append((pet.name, words))),
        Column[Pet]("Legs", lambda pet: f"{pet.legs} legs", numeric=True, sort=lambda pet: pet.legs),
    ]
    made = RecordTable(columns, qapp, key=lambda pet: pet.name, quiet=lambda pet: pet.legs == 0)
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    assert tester.model() is made
    return made


def names(table: RecordTable[Pet]) -> list[object]:
    return [table.index(row, 0).data() for row in range(table.rowCount())]


def count_of(signal: object) -> Callable[[], int]:
    seen: list[object] = []
    signal.connect(lambda *_: seen.append(1))  # type: ignore[attr-defined]
    return lambda: len(seen)


def test_rows_are_inserted_removed_and_moved_without_a_reset(table: RecordTable[Pet]) -> None:
    table.show_records([CAT, DOG])
    resets = count_of(table.modelReset)
    for wanted in ([BIRD, CAT, DOG], [DOG, BIRD, FISH, CAT], [CAT, FISH], [FISH], [DOG, FISH, CAT, BIRD]):
        table.show_records(wanted)
        assert names(table) == [pet.name for pet in wanted]
    assert resets() == 0


def test_another_set_of_records_is_shown_at_once(table: RecordTable[Pet]) -> None:
    table.show_records([CAT, DOG])
    resets = count_of(table.modelReset)
    table.show_records([BIRD, FISH])
    assert (names(table), resets()) == (["bird", "fish"], 1)


def test_only_the_row_that_changed_is_announced(table: RecordTable[Pet]) -> None:
    table.show_records([CAT, DOG, BIRD])
    rows: list[int] = []
    table.dataChanged.connect(lambda first, last: rows.extend(range(first.row(), last.row() + 1)))
    table.show_records([CAT, Pet("dog", 3), BIRD])
    assert rows == [1]
    assert table.index(1, 1).data() == "3 legs"


def test_a_kept_row_keeps_its_persistent_index(table: RecordTable[Pet]) -> None:
    table.show_records([CAT, DOG, BIRD])
    kept = QPersistentModelIndex(table.index(2, 0))
    table.show_records([BIRD, FISH, CAT])
    assert (kept.row(), kept.data()) == (0, "bird")


def test_editing_asks_and_changes_nothing_by_itself(
    table: RecordTable[Pet], edits: list[tuple[str, str]]
) -> None:
    table.show_records([CAT])
    assert table.setData(table.index(0, 0), "tiger")
    assert not table.setData(table.index(0, 1), "5 legs")  # not editable
    assert not table.setData(table.index(0, 0), "cat")  # nothing new
    assert (edits, names(table)) == ([("cat", "tiger")], ["cat"])
    editable = [bool(table.index(0, n).flags() & Qt.ItemFlag.ItemIsEditable) for n in (0, 1)]
    assert editable == [True, False]


def test_nothing_can_be_edited_when_told_so(qapp: QObject) -> None:
    column = Column[Pet]("Name", lambda pet: pet.name, edited=lambda pet, words: None)
    table = RecordTable([column], qapp, editable=lambda: False)
    table.show_records([CAT])
    assert not table.index(0, 0).flags() & Qt.ItemFlag.ItemIsEditable


def test_numbers_stand_to_the_right_and_sort_as_numbers(table: RecordTable[Pet]) -> None:
    table.show_records([CAT])
    left, right = (table.index(0, n).data(Role.TextAlignmentRole) for n in (0, 1))
    assert left == Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    assert right == Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    assert [table.index(0, n).data(SORT_ROLE) for n in (0, 1)] == ["cat", 4]


def test_quiet_records_are_in_italics(table: RecordTable[Pet]) -> None:
    table.show_records([CAT, FISH])
    fonts = [table.index(row, 0).data(Role.FontRole) for row in (0, 1)]
    assert fonts[0] is None
    assert fonts[1].italic()


def test_no_cell_no_words(table: RecordTable[Pet]) -> None:
    assert table.data(QModelIndex()) is None
    assert table.rowCount() == 0


def test_a_bare_heading_is_still_said_to_screen_readers(qapp: QObject) -> None:
    table = RecordTable([Column[Pet]("State", lambda pet: pet.name, bare=True)], qapp)
    across = Qt.Orientation.Horizontal
    assert table.headerData(0, across) == ""
    assert table.headerData(0, across, Role.AccessibleTextRole) == "State"
    assert table.headerData(0, across, Role.ToolTipRole) == "State"
