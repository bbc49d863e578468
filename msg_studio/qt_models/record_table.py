"""A table over a sequence of records that changes by rows: selection and scroll stay where they are."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

Record = TypeVar("Record")
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
Role = Qt.ItemDataRole
TEXT = Role.DisplayRole
SORT_ROLE = Role.UserRole + 1
Sortable = str | int | float


@dataclass(frozen=True)
class Column(Generic[Record]):
    """One column.

    Attributes:
        title: Heading.
        text: The cell's words for a record.
        numeric: Whether the words are a number and stand to the right.
        tip: Longer words for the cell, also what a screen reader says; None for the cell's own.
        sort: What rows are ordered by, None for the words.
        edited: Called with what the user typed; None where nothing can be edited.
        start: The words editing starts from, None for the cell's own.
        choices: What can be chosen while editing, empty for free text.
        about: What the column is, shown at its heading.
        bare: Whether the heading is left blank, for narrow columns of signs; screen readers still say it.
    """

    title: str
    text: Callable[[Record], str]
    numeric: bool = False
    tip: Callable[[Record], str] | None = None
    sort: Callable[[Record], Sortable] | None = None
    edited: Callable[[Record, str], None] | None = None
    start: Callable[[Record], str] | None = None
    choices: tuple[str, ...] = ()
    about: str = ""
    bare: bool = False


class RecordTable(QAbstractTableModel, Generic[Record]):
    """Shows records as rows; the records themselves belong to the project.

    Args:
        columns: From left to right.
        parent: Owner.
        key: What makes a record the same row after a change.
        quiet: Records that are shown in italics, such as suggestions.
        editable: Whether cells may be edited now.
    """

    def __init__(
        self,
        columns: Sequence[Column[Record]],
        parent: QObject,
        *,
        key: Callable[[Record], Hashable] = hash,
        quiet: Callable[[Record], bool] = lambda _record: False,
        editable: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._records: list[Record] = []
        self._key = key
        self._quiet = quiet
        self._editable = editable
        self._italic = QFont()
        self._italic.setItalic(True)

    def show_records(self, records: Sequence[Record]) -> None:
        """Show these records; rows that stay the same are left alone."""
        wanted = [self._key(record) for record in records]
        present = {self._key(record) for record in self._records}
        if present.isdisjoint(wanted):
            self._start_anew(records)
            return
        self._remove_all_but(set(wanted))
        for row, record in enumerate(records):
            self._settle_row(row, record, known=present)

    def record(self, row: int) -> Record:
        """The record of a row."""
        return self._records[row]

    def row_of(self, key: Hashable) -> int | None:
        """The row of a record, None when it is not shown."""
        return next((row for row, record in enumerate(self._records) if self._key(record) == key), None)

    def choices(self, column: int) -> tuple[str, ...]:
        """What can be chosen while a column is edited, empty for free text."""
        return self._columns[column].choices

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: D102 (Qt's)
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: D102 (Qt's)
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = TEXT) -> object:
        """Words, alignment and order of a cell."""
        if not index.isValid():
            return None
        column, record = self._columns[index.column()], self._records[index.row()]
        if role == TEXT:
            return column.text(record)
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return (column.tip or column.text)(record)
        if role == Role.EditRole:
            return (column.start or column.text)(record)
        if role == SORT_ROLE:
            return column.sort(record) if column.sort else column.text(record).casefold()
        if role == Role.TextAlignmentRole:
            return _alignment(column.numeric)
        return self._italic if role == Role.FontRole and self._quiet(record) else None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        """Hand what the user typed to the column; the row changes when the project does."""
        edited = self._columns[index.column()].edited if index.isValid() else None
        if role != Role.EditRole or edited is None or value == self.data(index, role):
            return False
        edited(self._records[index.row()], str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Cells can be picked; some can be edited."""
        flags = super().flags(index)
        if index.isValid() and self._columns[index.column()].edited and self._editable():
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = TEXT) -> object:
        """Headings above, row numbers at the side."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == TEXT else None
        column = self._columns[section]
        if role == Role.TextAlignmentRole:
            return _alignment(column.numeric)
        if role == Role.ToolTipRole:
            return column.about or column.title
        if role == Role.AccessibleTextRole:
            return column.title
        if role != TEXT:
            return None
        return "" if column.bare else column.title

    def _start_anew(self, records: Sequence[Record]) -> None:
        if not self._records and not records:
            return
        self.beginResetModel()
        self._records = list(records)
        self.endResetModel()

    def _remove_all_but(self, kept: set[Hashable]) -> None:
        last = len(self._records) - 1
        while last >= 0:
            first = last
            while first >= 0 and self._key(self._records[first]) not in kept:
                first -= 1
            if first < last:
                self.beginRemoveRows(NOWHERE, first + 1, last)
                del self._records[first + 1 : last + 1]
                self.endRemoveRows()
            last = first - 1

    def _settle_row(self, row: int, record: Record, *, known: set[Hashable]) -> None:
        """Make this the record of a row, all rows above being settled."""
        key = self._key(record)
        if key not in known:
            self.beginInsertRows(NOWHERE, row, row)
            self._records.insert(row, record)
            self.endInsertRows()
            return
        if self._key(self._records[row]) != key:
            self._bring_up(self.row_of(key), row)
        if self._records[row] != record:
            self._records[row] = record
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))

    def _bring_up(self, source: int | None, row: int) -> None:
        if source is None:
            raise ValueError(f"Row {row} wants a record twice: keys must be unique")
        self.beginMoveRows(NOWHERE, source, source, NOWHERE, row)
        self._records.insert(row, self._records.pop(source))
        self.endMoveRows()


def _alignment(numeric: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
