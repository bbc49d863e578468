"""A read-only table over a sequence of records: one row a record, one column a function of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Record = TypeVar("Record")
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
TEXT = Qt.ItemDataRole.DisplayRole


@dataclass(frozen=True)
class Column(Generic[Record]):
    """One column.

    Attributes:
        title: Heading.
        text: The cell's words for a record.
        numeric: Whether the words are a number and stand to the right.
    """

    title: str
    text: Callable[[Record], str]
    numeric: bool = False


class RecordTable(QAbstractTableModel, Generic[Record]):
    """Shows records as rows; the records themselves belong to the project."""

    def __init__(self, columns: Sequence[Column[Record]], parent: QObject) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._records: tuple[Record, ...] = ()

    def show_records(self, records: Sequence[Record]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._records = tuple(records)
        self.endResetModel()

    def record(self, row: int) -> Record:
        """The record of a row."""
        return self._records[row]

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: D102 (Qt's)
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: D102 (Qt's)
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = TEXT) -> object:
        """Words and alignment of a cell."""
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role in (TEXT, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(self._records[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = TEXT) -> object:
        """Headings above, row numbers at the side."""
        if role != TEXT:
            return None
        return self._columns[section].title if orientation == Qt.Orientation.Horizontal else str(section + 1)
