"""The hit points of the selected event as a small list."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QTableView, QVBoxLayout, QWidget

from engine.errors import StudioError
from engine.project.project import Project
from engine.records import Event, HitPoint
from engine.timecode import format_timecode
from msg_studio.commands import add_hit, remove_hit, set_hit_strength
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import Column, RecordTable
from msg_studio.views.panel_parts import dress_table, make_button

ROWS_SHOWN = 3
WIDTHS_IN_DIGITS = (4, 13, 8)


@dataclass(frozen=True)
class HitRow:
    """One hit point as a row.

    Attributes:
        number: Its place, from 1.
        hit: The hit point.
        timecode: Where it is.
    """

    number: int
    hit: HitPoint
    timecode: str


class HitList(QWidget):
    """Hit points with their strength; one can be added at the playhead, the picked one removed.

    Args:
        model: The open project.
        playhead: Where the next hit point goes; picking a row moves it there.
        parent: Owner.

    Signals:
        refused: Why something could not be done (str).
    """

    refused = Signal(str)

    def __init__(self, model: ProjectModel, playhead: Playhead, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._playhead = playhead
        self.hits: RecordTable[HitRow] = RecordTable(
            self._columns(), self, key=lambda row: row.number, editable=lambda: not model.read_only_reason
        )
        self.heading = QLabel("Hit points", self)
        self.table = QTableView(self)
        self.add_button = make_button("Add at playhead", "Add a hit point where the playhead is", self)
        self.remove_button = make_button("Remove", "Remove the picked hit point", self)
        self._lay_out()
        self.table.selectionModel().selectionChanged.connect(self._show_buttons)
        self.table.clicked.connect(lambda index: playhead.seek(self.hits.record(index.row()).hit.sample))
        playhead.moved.connect(self._show_buttons)
        self.add_button.clicked.connect(self.add)
        self.remove_button.clicked.connect(self.remove)

    def show_event(self, event: Event | None) -> None:
        """Show the hit points of an event."""
        rows = hit_rows(self._model.project, event) if event is not None else []
        self.hits.show_records(rows)
        self.heading.setText(f"Hit points ({len(rows)})")
        self.table.setVisible(bool(rows))
        self._show_buttons()

    def add(self) -> None:
        """Add a hit point at the playhead."""
        event = self._model.selected
        if event is None:
            return
        try:
            add_hit(self._model, event.id, self._playhead.position)
        except StudioError as error:
            self.refused.emit(str(error))

    def remove(self) -> None:
        """Remove the picked hit point."""
        event, row = self._model.selected, self._picked_row()
        if event is not None and row is not None and not self._model.read_only_reason:
            remove_hit(self._model, event.id, row)

    def _picked_row(self) -> int | None:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else None

    def _show_buttons(self) -> None:
        event = self._model.selected
        editable = event is not None and not self._model.read_only_reason
        self.remove_button.setEnabled(editable and self._picked_row() is not None)
        inside = event is not None and (
            event.range.start_samples <= self._playhead.position < event.range.end_samples
        )
        self.add_button.setEnabled(editable and inside)
        self.add_button.setToolTip(
            "Add a hit point where the playhead is" if inside else "Move the playhead into the event first"
        )

    def _set_strength(self, row: HitRow, words: str) -> None:
        event = self._model.selected
        try:
            percent = float(words.strip().rstrip("%"))
        except ValueError:
            self.refused.emit(f"Strength {words!r} is no number: type 0 to 100 %.")
            return
        if event is not None:
            set_hit_strength(self._model, event.id, row.number - 1, percent / 100)

    def _columns(self) -> list[Column[HitRow]]:
        return [
            Column("#", lambda row: str(row.number), numeric=True),
            Column("Time", lambda row: row.timecode, numeric=True),
            Column(
                "Strength",
                lambda row: f"{row.hit.strength:.0%}",
                numeric=True,
                edited=self._set_strength,
                about="0 % hardly, 100 % full force",
            ),
        ]

    def _lay_out(self) -> None:
        table = self.table
        table.setModel(self.hits)
        table.setAccessibleName("Hit points")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        dress_table(table, WIDTHS_IN_DIGITS)
        row_px = table.verticalHeader().defaultSectionSize()
        table.setFixedHeight(table.horizontalHeader().sizeHint().height() + ROWS_SHOWN * row_px + 4)
        buttons = QHBoxLayout()
        buttons.addWidget(self.heading, stretch=1)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(buttons)
        layout.addWidget(table)


def hit_rows(project: Project, event: Event) -> list[HitRow]:
    """The hit points of an event as rows."""
    return [
        HitRow(number, hit, format_timecode(project.rate, project.start_label, hit.sample))
        for number, hit in enumerate(event.hit_points, start=1)
    ]
