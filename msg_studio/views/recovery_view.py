"""What a crashed window left, offered at the next start; nothing is removed but on the user's word."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.project.recovery import Recovery
from msg_studio.look.fonts import semibold

COLUMNS = ("Project", "Opened", "Unsaved actions", "Last action", "Events")
LAST_ACTION = 3
OPENING_SIZE = (820, 380)
MARGIN_PX = 20
TARGET_PX = 28
CELL_PADDING_PX = 18
WIDEST_CELL_PX = 260
UNREADABLE = "damaged"


class RecoveryView(QDialog):
    """The recovery window. It stays until a project was taken or the user says later.

    Signals:
        recover_wanted: Open it with its unsaved actions (Recovery).
        last_save_wanted: Open the folder as it was last saved; the copy stays (Recovery).
        discard_wanted: Remove the copy for good; the user was asked (Recovery).
    """

    recover_wanted = Signal(object)
    last_save_wanted = Signal(object)
    discard_wanted = Signal(object)

    def __init__(self, recoveries: Sequence[Recovery], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recoveries: tuple[Recovery, ...] = ()
        self._question: QMessageBox | None = None
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.detail = QLabel(self)
        self.recover = QPushButton("&Recover", self)
        self.last_save = QPushButton("&Open last save", self)
        self.discard = QPushButton("&Discard...", self)
        self.later = QPushButton("&Later", self)
        self.setWindowTitle("Recover unsaved work")
        self._lay_out()
        self._connect()
        self.show_recoveries(recoveries)
        self.resize(*OPENING_SIZE)

    @property
    def chosen(self) -> Recovery | None:
        """The line that the buttons act on."""
        row = self.table.currentRow()
        return self._recoveries[row] if 0 <= row < len(self._recoveries) else None

    @property
    def question(self) -> QMessageBox | None:
        """The question whether to discard, None when it is not asked now."""
        return self._question

    def show_recoveries(self, recoveries: Sequence[Recovery]) -> None:
        """Show a list in place of the last one; the window closes when nothing is left."""
        had_some = bool(self._recoveries)
        self._recoveries = tuple(recoveries)
        header = self.table.horizontalHeader()
        self.table.setRowCount(len(self._recoveries))
        for row, recovery in enumerate(self._recoveries):
            for column, words in enumerate(_cells(recovery)):
                item = QTableWidgetItem(words)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(row, column, item)
        for column in range(len(COLUMNS)):
            wanted = max(self.table.sizeHintForColumn(column), header.sectionSizeHint(column))
            header.resizeSection(column, min(wanted + CELL_PADDING_PX, WIDEST_CELL_PX))
        if self._recoveries:
            self.table.selectRow(0)
        self._show_chosen()
        if had_some and not self._recoveries:
            self.accept()

    def _show_chosen(self) -> None:
        chosen = self.chosen
        self.recover.setEnabled(chosen is not None and chosen.readable)
        self.last_save.setEnabled(chosen is not None and chosen.folder is not None)
        self.discard.setEnabled(chosen is not None)
        self.detail.setText(_detail(chosen) if chosen else "")

    def _recover(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self.accept()
            self.recover_wanted.emit(chosen)

    def _open_last_save(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self.accept()
            self.last_save_wanted.emit(chosen)

    def _ask_to_discard(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle("Discard")
        question.setText(f"Discard {_count(len(chosen.actions), 'unsaved action')} of {_name(chosen)}?")
        question.setInformativeText("This cannot be undone. What was saved in its folder stays.")
        question.setStandardButtons(QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(QMessageBox.StandardButton.Cancel)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sure = question.button(QMessageBox.StandardButton.Discard)
        sure.clicked.connect(lambda: self.discard_wanted.emit(chosen))
        question.destroyed.connect(self._forget_question)
        self._question = question
        question.open()

    def _forget_question(self) -> None:
        self._question = None

    def _connect(self) -> None:
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.table.itemDoubleClicked.connect(lambda _: self.recover.click())
        self.recover.clicked.connect(self._recover)
        self.last_save.clicked.connect(self._open_last_save)
        self.discard.clicked.connect(self._ask_to_discard)
        self.later.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        title = QLabel("The program ended with unsaved work. It is kept until you decide.", self)
        title.setFont(semibold(title.font()))
        self._prepare_table()
        self.detail.setWordWrap(True)
        self.detail.setTextFormat(Qt.TextFormat.PlainText)
        self.recover.setDefault(True)
        self.recover.setToolTip("Open the project with all its unsaved actions")
        self.last_save.setToolTip("Open the project as it was last saved; the unsaved actions are kept")
        self.discard.setToolTip("Remove the unsaved actions for good")
        self.later.setToolTip("Decide at the next start; nothing is removed")
        buttons = QHBoxLayout()
        buttons.addWidget(self.discard)
        buttons.addStretch(1)
        for button in (self.later, self.last_save, self.recover):
            buttons.addWidget(button)
        for button in (self.discard, self.later, self.last_save, self.recover):
            button.setMinimumHeight(TARGET_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(self.table, stretch=1)
        column.addWidget(self.detail)
        column.addLayout(buttons)

    def _prepare_table(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(COLUMNS))
        table.setAccessibleName("Unsaved work that was found")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(TARGET_PX + 4)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(LAST_ACTION, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def _cells(recovery: Recovery) -> tuple[str, ...]:
    when = recovery.started.astimezone().strftime("%d %b %Y, %H:%M")
    if not recovery.readable:
        return UNREADABLE, when, "-", "-", "-"
    last = recovery.actions[-1] if recovery.actions else "-"
    return recovery.name, when, str(len(recovery.actions)), last, str(recovery.events)


def _detail(recovery: Recovery) -> str:
    """Where it belongs, and what can be done where it is damaged."""
    if not recovery.readable:
        return (
            f"This copy is damaged and cannot be recovered; it is kept at {recovery.path}. "
            "Open its project from the menu File as it was last saved."
        )
    if recovery.folder is None:
        return "Never saved: there is no last save to go back to."
    return f"Last saved in {recovery.folder}"


def _name(recovery: Recovery) -> str:
    return recovery.name or "the damaged copy"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
