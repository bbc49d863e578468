"""The list of the user's adapters: one click switches one on or off."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.adapter_cards import AdapterCard, adapters_folder
from msg_studio.qt_models.adapter_choice import Adapter, AdapterChoice, agreement_in_words

COLUMNS = ("Adapter", "For", "Pairs", "Agreement")
SIZE = (760, 320)
MARGIN_PX = 18
CELL_PADDING_PX = 22
ABOUT = (
    "An adapter turns the model towards what was preferred. It lies beside the weights: switched off, "
    "takes are those of the base again, bit for bit."
)
NONE_YET = (
    "No adapters in {folder} yet. Compare takes (C), then train one in a terminal: "
    "msg-train tune --project FOLDER -o NAME"
)


class AdapterDialog(QDialog):
    """A row for each adapter, with a box to tick; a row that cannot be used is grey and says why.

    Args:
        choice: The adapters.
        parent: The window it lies over.

    Signals:
        switched: An adapter is to be on or off (str: its name, bool).
    """

    switched = Signal(str, bool)

    def __init__(self, choice: AdapterChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._shows = False
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.empty_words = QLabel(self)
        self.about = QLabel(ABOUT, self)
        self.close_button = QPushButton("&Close", self)
        self.setWindowTitle("Adapters")
        self._lay_out()
        self.table.itemChanged.connect(self._heed_box)
        self.table.cellClicked.connect(self._heed_click)
        self.close_button.clicked.connect(self.accept)
        choice.changed.connect(self._show)
        self._show()
        self.resize(*SIZE)

    def _show(self) -> None:
        self._shows = True  # our own changes of items are no ticks
        adapters = self._choice.adapters
        self.table.setRowCount(len(adapters))
        for row, adapter in enumerate(adapters):
            self._show_row(row, adapter)
        for column in range(len(COLUMNS) - 1):
            wanted = max(self.table.sizeHintForColumn(column), self.fontMetrics().horizontalAdvance("0" * 6))
            self.table.setColumnWidth(column, wanted + CELL_PADDING_PX)
        self.table.setVisible(bool(adapters))
        self.empty_words.setVisible(not adapters)
        self._shows = False

    def _show_row(self, row: int, adapter: Adapter) -> None:
        reason = self._choice.reason_against(adapter)
        items = [QTableWidgetItem(words) for words in cells(adapter, reason)]
        flags = Qt.ItemFlag.ItemIsSelectable
        if not reason:
            flags |= Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
        for item in items:
            item.setToolTip(f"{adapter.name}: {reason}" if reason else tip(adapter))
            item.setFlags(flags)
        on = adapter.name == self._choice.active
        items[0].setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        for column, item in enumerate(items):
            self.table.setItem(row, column, item)

    def _heed_box(self, item: QTableWidgetItem) -> None:
        if not self._shows and item.column() == 0:
            name = self._choice.adapters[item.row()].name
            self.switched.emit(name, item.checkState() == Qt.CheckState.Checked)

    def _heed_click(self, row: int, column: int) -> None:
        """A click beside the box does what one on it does."""
        adapter = self._choice.adapters[row]
        if column != 0 and not self._choice.reason_against(adapter):
            self.switched.emit(adapter.name, adapter.name != self._choice.active)

    def _lay_out(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(COLUMNS))
        table.setAccessibleName("Adapters")
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.empty_words.setText(NONE_YET.format(folder=adapters_folder()))
        self.empty_words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.empty_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self.empty_words, self.about):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        column.setSpacing(12)
        column.addWidget(self.about)
        column.addWidget(table, stretch=1)
        column.addWidget(self.empty_words, stretch=1)
        column.addWidget(self.close_button, alignment=Qt.AlignmentFlag.AlignRight)


def cells(adapter: Adapter, reason: str) -> Sequence[str]:
    """What a row shows; in place of the agreement the reason why it cannot be used."""
    if not isinstance(adapter, AdapterCard):
        return adapter.name, "", "", f"damaged: {reason}"
    return adapter.name, adapter.base_model, str(adapter.pairs), reason or agreement_in_words(adapter)


def tip(adapter: Adapter) -> str:
    """What else is known of an adapter."""
    if not isinstance(adapter, AdapterCard):
        return adapter.reason
    return f"Made {adapter.created}, trained with {adapter.trained_with}; licence {adapter.licence}"
