"""The cue table: all events as rows, to filter, sort, edit, and to go through suggestions."""

from PySide6.QtCore import QAbstractItemModel, QItemSelection, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.records import Event
from msg_studio.commands import accept, delete_event
from msg_studio.qt_models.event_table import Cue, CueFilter, make_event_table
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import RecordTable
from msg_studio.views.panel_parts import dress_table, make_button
from msg_studio.views.settled_edits import CalmCombo

WIDTHS_IN_DIGITS = (2, 16, 10, 4, 2, 8, 6, 4, 14, 5, 20)
IN_COLUMN, STATUS_COLUMN = 2, 4
LEAST_EDITOR_DIGITS = 14
CELL_MARGIN_PX = 3
EMPTY_WORDS = "No cues yet: Find events, or mark in and out (I, O) and press Enter."
NO_MATCH_WORDS = "No cue holds these words."

ItemIndex = QModelIndex | QPersistentModelIndex


class ChoiceDelegate(QStyledItemDelegate):
    """Edits cells that have choices with a list of them, others with a text field.

    A cell with choices shows its sign alone where its words do not fit.
    """

    def __init__(self, cues: RecordTable[Cue], parent: QWidget) -> None:
        super().__init__(parent)
        self._cues = cues

    def initStyleOption(self, option: QStyleOptionViewItem, index: ItemIndex) -> None:
        """Leave the words of a sign to the tool tip in a narrow column."""
        super().initStyleOption(option, index)
        words = str(index.data())
        if self._cues.choices(index.column()) and option.fontMetrics.horizontalAdvance(words) > room_of(
            option
        ):
            option.text = words.partition(" ")[0]
            option.displayAlignment = Qt.AlignmentFlag.AlignCenter

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: ItemIndex) -> None:
        """A list of choices is wide enough to be read, also in a narrow column."""
        super().updateEditorGeometry(editor, option, index)
        if isinstance(editor, CalmCombo):
            least = LEAST_EDITOR_DIGITS * option.fontMetrics.horizontalAdvance("0")
            editor.resize(max(editor.width(), least), editor.height())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: ItemIndex) -> QWidget:
        """A list of the choices, where there are any."""
        choices = self._cues.choices(index.column())
        if not choices:
            return super().createEditor(parent, option, index)
        box = CalmCombo(parent, name=str(self._cues.headerData(index.column(), Qt.Orientation.Horizontal)))
        box.activated.connect(lambda: self._settle(box))
        return box

    def setEditorData(self, editor: QWidget, index: ItemIndex) -> None:
        """Start from what the cell holds."""
        if isinstance(editor, CalmCombo):
            choice = str(index.data(Qt.ItemDataRole.EditRole))
            editor.show_choice(choice, self._cues.choices(index.column()))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: ItemIndex) -> None:
        """Hand over what was chosen or typed."""
        if isinstance(editor, CalmCombo):
            model.setData(index, editor.currentText())
        else:
            super().setModelData(editor, model, index)

    def _settle(self, box: CalmCombo) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)


def room_of(option: QStyleOptionViewItem) -> int:
    """Width for the words of a cell, without the margins the style leaves."""
    return option.rect.width() - 2 * CELL_MARGIN_PX


class CueTable(QWidget):
    """Cue table with its filter; picking a row selects the event everywhere, and the reverse.

    Args:
        model: The open project.
        parent: Owner.

    Signals:
        jumped: The user goes through the suggestions; this one begins here (int: sample).
    """

    jumped = Signal(int)

    def __init__(self, model: ProjectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.cues = make_event_table(model)
        self.shown = CueFilter(self.cues, self)
        self.filter_box = QLineEdit(self)
        self.count_words = QLabel(self)
        self.table = QTableView(self)
        self.empty_words = QLabel(EMPTY_WORDS, self.table)
        self.accept_button = make_button("Accept (A)", "Take the suggestion over", self)
        self.drop_button = make_button("Drop (D)", "Remove the suggestion", self)
        self.next_button = make_button("Next (E)", "Go to the next suggestion", self)
        self.find_button = make_button("Find events", "Look for events in the film (Ctrl+F)", self)
        self._set_up_table()
        self._lay_out()
        self._connect()
        self._show_state()

    def accept_selected(self) -> None:
        """Take the selected suggestion over; nothing where none is selected."""
        event = self._selected_suggestion()
        if event is not None:
            accept(self._model, event.id)

    def drop_selected(self) -> None:
        """Remove the selected suggestion and select the next one."""
        event = self._selected_suggestion()
        if event is None:
            return
        following = self._suggestion_after(event)
        delete_event(self._model, event.id)
        self._jump_to(following)

    def next_suggestion(self) -> None:
        """Go to the suggestion that comes next in time, the first one after the last."""
        self._jump_to(self._suggestion_after(self._model.selected))

    def _jump_to(self, suggestion: Event | None) -> None:
        if suggestion is not None:
            self._model.select(suggestion.id)
            self.jumped.emit(suggestion.range.start_samples)

    def _suggestions(self) -> list[Event]:
        project = self._model.project
        found = (event for event in project.events if project.setup(event.id).status == "suggested")
        return sorted(found, key=lambda event: (event.range.start_samples, event.id))

    def _suggestion_after(self, event: Event | None) -> Event | None:
        waiting = [one for one in self._suggestions() if event is None or one.id != event.id]
        if event is not None:
            here = (event.range.start_samples, event.id)
            later = (one for one in waiting if (one.range.start_samples, one.id) > here)
            return next(later, next(iter(waiting), None))
        return next(iter(waiting), None)

    def _selected_suggestion(self) -> Event | None:
        """The selected event if it is a suggestion that may be judged."""
        event = self._model.selected
        if event is None or self._model.read_only_reason:
            return None
        return event if self._model.project.setup(event.id).status == "suggested" else None

    def _select_picked(self, picked: QItemSelection) -> None:
        rows = [self.shown.mapToSource(index).row() for index in picked.indexes()]
        if rows:
            self._model.select(self.cues.record(rows[0]).event.id)

    def _show_state(self) -> None:
        """Selection, counts and buttons as the project has them."""
        self._show_selection()
        count, waiting = self.cues.rowCount(), len(self._suggestions())
        words = f"{count} cue{'' if count == 1 else 's'}"
        self.count_words.setText(f"{words}, {waiting} suggested" if waiting else words)
        judgeable = self._selected_suggestion() is not None
        self.accept_button.setEnabled(judgeable)
        self.drop_button.setEnabled(judgeable)
        self.next_button.setEnabled(self._suggestion_after(self._model.selected) is not None)
        for button in (self.accept_button, self.drop_button, self.next_button):
            button.setVisible(waiting > 0)
        self.find_button.setVisible(not waiting)
        self.find_button.setEnabled(not self._model.read_only_reason)
        self.empty_words.setText(NO_MATCH_WORDS if count else EMPTY_WORDS)
        self.empty_words.setVisible(self.shown.rowCount() == 0)

    def _show_selection(self) -> None:
        event = self._model.selected
        row = self.cues.row_of(event.id) if event is not None else None
        index = self.shown.mapFromSource(self.cues.index(row, 0)) if row is not None else QModelIndex()
        if not index.isValid():
            self.table.clearSelection()
        elif not self.table.selectionModel().isRowSelected(index.row(), QModelIndex()):
            self.table.selectRow(index.row())
            self.table.scrollTo(index)

    def _filter(self, text: str) -> None:
        self.shown.set_filter(text)
        self._show_state()

    def _connect(self) -> None:
        self._model.project_changed.connect(self._show_state)
        self._model.selection_changed.connect(self._show_state)
        self.table.selectionModel().selectionChanged.connect(self._select_picked)
        self.filter_box.textChanged.connect(self._filter)
        self.filter_box.returnPressed.connect(self.table.setFocus)
        self.accept_button.clicked.connect(self.accept_selected)
        self.drop_button.clicked.connect(self.drop_selected)
        self.next_button.clicked.connect(self.next_suggestion)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.shown)
        table.setAccessibleName("Cue table")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setItemDelegate(ChoiceDelegate(self.cues, table))
        dress_table(table, WIDTHS_IN_DIGITS)
        table.horizontalHeader().moveSection(STATUS_COLUMN, 1)
        table.setSortingEnabled(True)
        table.sortByColumn(IN_COLUMN, Qt.SortOrder.AscendingOrder)
        self.empty_words.setWordWrap(True)
        self.empty_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        over = QVBoxLayout(table.viewport())
        over.addWidget(self.empty_words)

    def _lay_out(self) -> None:
        self.filter_box.setPlaceholderText("Filter: words of any column")
        self.filter_box.setAccessibleName("Filter cues")
        self.filter_box.setClearButtonEnabled(True)
        head = QHBoxLayout()
        head.addWidget(self.filter_box, stretch=1)
        head.addWidget(self.count_words)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        for button in (self.accept_button, self.drop_button, self.next_button, self.find_button):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(foot)
