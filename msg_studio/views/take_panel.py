"""The takes of the selected event: hear, compare, choose, fold away."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from msg_studio.commands import choose_take, set_rejected
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.take_table import TakeRow, TakeTable
from msg_studio.views.panel_parts import dress_table, make_button
from msg_studio.views.remake_row import RemakeRow

WIDTHS_IN_DIGITS = (4, 2, 4, 4, 15, 6, 6, 10)
NO_EVENT_WORDS = "Select an event to see its takes."
NO_TAKES_WORDS = "No takes yet: G makes four."
ALL_REJECTED_WORDS = "All takes are rejected: show them below, or G makes more."
SUGGESTION_WORDS = "A suggestion has no takes: accept it with A, then G makes four."
KEYS_WORDS = "1-8 play · Shift+1-8 choose · Tab next · X reject"


class TakeView(QTableView):
    """The table of takes; Tab goes to the next take, and leaves from the last one."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go to the take below or above, where there is one."""
        row = self.currentIndex().row() + (1 if forward else -1)
        if not 0 <= row < self.model().rowCount():
            return super().focusNextPrevChild(forward)
        self.selectRow(row)
        return True


class TakePanel(QWidget):
    """Takes as rows with what can be done with them.

    Args:
        model: The open project.
        parent: Owner.

    Signals:
        audition_wanted: The user wants to hear a take in picture (str: take id).
        stop_wanted: The user has heard enough of the take that plays.
        map_wanted: The user wants the heatmap of a take (str: take id).
        remake_wanted: The user wants the marked stretch of a take made anew (str: take id, float: strength).
        focus_returned: The user is done with a field; the keys belong to the timeline again.
    """

    audition_wanted = Signal(str)
    stop_wanted = Signal()
    map_wanted = Signal(str)
    remake_wanted = Signal(str, float)
    focus_returned = Signal()

    def __init__(self, model: ProjectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.takes = TakeTable(model)
        self.table = TakeView(self)
        self.empty_words = QLabel(self.table)
        self.audition_button = make_button("Audition", "Play the take in picture (its number)", self)
        self.choose_button = make_button("Choose", "Put the take into the stem (Shift and its number)", self)
        self.reject_button = make_button("Reject", "Fold the take away; it is never deleted (X)", self)
        self.map_button = make_button("Heatmap", "Measure how the take fits the picture (H)", self)
        self.rejected_box = QCheckBox(self)
        self.remake = RemakeRow(self)
        self._lay_out()
        self._connect()
        self._show()

    def audition_number(self, number: int) -> None:
        """Look at take `number` and ask to hear it; nothing where it is not shown."""
        row = self._row_numbered(number)
        if row is not None:
            self._model.select_take(row.take.id)
            self.audition_wanted.emit(row.take.id)

    def choose_number(self, number: int) -> None:
        """Put take `number` into the stem."""
        row = self._row_numbered(number)
        if row is not None:
            self._choose(row)

    def next_take(self) -> None:
        """Look at the take below, the first one after the last."""
        self._step(1)

    def previous_take(self) -> None:
        """Look at the take above, the last one before the first."""
        self._step(-1)

    def audition_selected(self) -> None:
        """Ask to hear the take looked at, or to stop it while it plays."""
        row = self._row_looked_at()
        if row is not None and row.heard:
            self.stop_wanted.emit()
        elif row is not None:
            self.audition_wanted.emit(row.take.id)

    def choose_selected(self) -> None:
        """Put the take looked at into the stem."""
        row = self._row_looked_at()
        if row is not None:
            self._choose(row)

    def reject_selected(self) -> None:
        """Fold the take looked at away and look at the next one; a rejected take comes back."""
        row = self._row_looked_at()
        if row is None or self._model.read_only_reason:
            return
        rows = self._rows()
        place = rows.index(row)
        neighbours = [*rows[place + 1 :], *reversed(rows[:place])]
        set_rejected(self._model, row.take.id, not row.rejected)
        if self.takes.row_of(row.take.id) is None and neighbours:
            self._model.select_take(neighbours[0].take.id)

    def ask_for_map(self) -> None:
        """Ask for the heatmap of the take looked at."""
        row = self._row_looked_at()
        if row is not None:
            self.map_wanted.emit(row.take.id)

    def remake_selected(self) -> None:
        """Ask for the marked stretch of the take looked at to be made anew."""
        self.remake.press()

    def show_auditioning(self, take_id: str | None) -> None:
        """Mark the take that plays now, None for none."""
        self.takes.set_heard(take_id)
        self._show()

    def _ask_to_remake(self, strength: float) -> None:
        row = self._row_looked_at()
        if row is not None:
            self.remake_wanted.emit(row.take.id, strength)

    def _rows(self) -> list[TakeRow]:
        return [self.takes.record(row) for row in range(self.takes.rowCount())]

    def _row_numbered(self, number: int) -> TakeRow | None:
        return next((row for row in self._rows() if row.number == number), None)

    def _row_looked_at(self) -> TakeRow | None:
        take = self._model.selected_take
        return next((row for row in self._rows() if take is not None and row.take.id == take.id), None)

    def _choose(self, row: TakeRow) -> None:
        if not self._model.read_only_reason:
            choose_take(self._model, row.take.id)
            self._model.select_take(row.take.id)

    def _step(self, by: int) -> None:
        rows = self._rows()
        if rows:
            row = self._row_looked_at()
            place = rows.index(row) + by if row is not None else (0 if by > 0 else -1)
            self._model.select_take(rows[place % len(rows)].take.id)

    def _look_at_picked(self) -> None:
        picked = self.table.selectionModel().selectedRows()
        if picked:
            self._model.select_take(self.takes.record(picked[0].row()).take.id)

    def _show_rejected(self, shows: bool) -> None:
        self.takes.set_shows_rejected(shows)
        self._show()

    def _show(self) -> None:
        row = self._row_looked_at()
        self._show_selection(row)
        editable = row is not None and not self._model.read_only_reason
        self.audition_button.setEnabled(row is not None)
        self.map_button.setEnabled(row is not None)
        self.choose_button.setEnabled(editable and row is not None and not row.chosen)
        self.reject_button.setEnabled(editable)
        self.remake.setEnabled(editable)
        self.reject_button.setText("Bring back" if row is not None and row.rejected else "Reject")
        playing = row is not None and row.heard
        self.audition_button.setText("Stop" if playing else "Audition")
        rejected = self.takes.rejected_count
        self.rejected_box.setText(f"Show rejected ({rejected})")
        self.rejected_box.setVisible(rejected > 0)
        self.empty_words.setText(self._empty_words())
        self.empty_words.setVisible(self.takes.rowCount() == 0)

    def _show_selection(self, row: TakeRow | None) -> None:
        place = self.takes.row_of(row.take.id) if row is not None else None
        if place is None:
            self.table.clearSelection()
        elif not self.table.selectionModel().isRowSelected(place, QModelIndex()):
            self.table.selectRow(place)

    def _empty_words(self) -> str:
        event = self._model.selected
        if event is None:
            return NO_EVENT_WORDS
        if self._model.project.takes_of(event.id):
            return ALL_REJECTED_WORDS
        suggested = self._model.project.setup(event.id).status == "suggested"
        return SUGGESTION_WORDS if suggested else NO_TAKES_WORDS

    def _connect(self) -> None:
        self._model.project_changed.connect(self._show)
        self._model.selection_changed.connect(self._show)
        self.table.selectionModel().selectionChanged.connect(self._look_at_picked)
        self.table.doubleClicked.connect(self.audition_selected)
        self.audition_button.clicked.connect(self.audition_selected)
        self.choose_button.clicked.connect(self.choose_selected)
        self.reject_button.clicked.connect(self.reject_selected)
        self.map_button.clicked.connect(self.ask_for_map)
        self.rejected_box.toggled.connect(self._show_rejected)
        self.remake.pressed.connect(self._ask_to_remake)
        self.remake.left.connect(self.focus_returned)

    def _lay_out(self) -> None:
        table = self.table
        table.setModel(self.takes)
        table.setAccessibleName("Takes of the selected event")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        dress_table(table, WIDTHS_IN_DIGITS)
        self.empty_words.setWordWrap(True)
        self.empty_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(table.viewport()).addWidget(self.empty_words)
        self.rejected_box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        table.setToolTip(KEYS_WORDS)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self.audition_button, self.choose_button, self.reject_button, self.map_button):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(table, stretch=1)
        layout.addLayout(buttons)
        layout.addWidget(self.remake)
        layout.addWidget(self.rejected_box)
