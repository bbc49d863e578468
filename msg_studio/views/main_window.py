"""The window: cue table, sync map of the selected event, its takes."""

from pathlib import Path

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.records import Event, Take
from msg_studio.qt_models.event_table import make_event_table
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import RecordTable
from msg_studio.qt_models.take_table import make_take_table
from msg_studio.views.heatmap_view import HeatmapView

PROGRAM = "MultiSoundGen Studio"
OPENING_SIZE = (1280, 720)
EMPTY_WORDS = "Open a project with File > Open project (Ctrl+O)."


class MainWindow(QMainWindow):
    """Shows one project, or an invitation to open one.

    Signals:
        project_picked: The user picked a project folder (Path).
    """

    project_picked = Signal(Path)

    def __init__(self, model: ProjectModel) -> None:
        super().__init__()
        self._model = model
        self._cues = make_event_table(model)
        self.cue_table = make_table(self._cues, self, name="Cue table")
        self.take_table = make_table(make_take_table(model), self, name="Takes of the selected event")
        self.heatmap = HeatmapView(self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(QLabel(EMPTY_WORDS, self.pages, alignment=Qt.AlignmentFlag.AlignCenter))
        self.pages.addWidget(self._make_work_page())
        self.setCentralWidget(self.pages)
        self._make_menu()
        self._connect()
        self.statusBar().showMessage("No project")
        self.setWindowTitle(PROGRAM)
        self.resize(*OPENING_SIZE)

    def show_problem(self, sentence: str) -> None:
        """Say in the status line what went wrong."""
        self.statusBar().showMessage(sentence)

    def _connect(self) -> None:
        self._model.project_changed.connect(self._show_project)
        self._model.selection_changed.connect(self._show_selection)
        self.cue_table.selectionModel().selectionChanged.connect(self._select_picked)

    def _show_project(self) -> None:
        project = self._model.project
        self.setWindowTitle(f"{project.name} - {PROGRAM}")
        film = project.clip.path.name if project.clip else "no film"
        counts = f"{len(project.events)} events, {len(project.takes)} takes"
        self.statusBar().showMessage(f"{film}: {counts}, starts at {project.start_label}")
        self.pages.setCurrentIndex(1)
        self.cue_table.setFocus()

    def _show_selection(self) -> None:
        event = self._model.selected
        if event is None:
            self.heatmap.show_heatmap(None, event_id="")
            return
        self.cue_table.selectRow(self._model.project.events.index(event))
        self.heatmap.show_heatmap(self._model.heatmap(event.id), event_id=event.id)

    def _select_picked(self, picked: QItemSelection) -> None:
        rows = {index.row() for index in picked.indexes()}
        event = self._cues.record(min(rows)) if rows else None
        if event is not None and event != self._model.selected:
            self._model.select(event)

    def _make_work_page(self) -> QWidget:
        right = QSplitter(Qt.Orientation.Vertical, self)
        right.addWidget(titled("Sync map", self.heatmap))
        right.addWidget(titled("Takes", self.take_table))
        right.setSizes([460, 200])
        page = QSplitter(Qt.Orientation.Horizontal, self)
        page.addWidget(titled("Cues", self.cue_table))
        page.addWidget(right)
        page.setSizes([640, 640])
        return page

    def _make_menu(self) -> None:
        menu = self.menuBar().addMenu("&File")
        open_project = QAction("&Open project...", self)
        open_project.setShortcut(QKeySequence(QKeySequence.StandardKey.Open))
        open_project.triggered.connect(self._ask_for_project)
        leave = QAction("&Quit", self)
        leave.setShortcut(QKeySequence(QKeySequence.StandardKey.Quit))
        leave.triggered.connect(self.close)
        menu.addActions([open_project, leave])

    def _ask_for_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open project (a folder ending in .msgproj)")
        if folder:
            self.project_picked.emit(Path(folder))


def make_table(model: RecordTable[Event] | RecordTable[Take], parent: QWidget, *, name: str) -> QTableView:
    """A table of whole rows, one selected at a time, nothing to edit."""
    table = QTableView(parent)
    table.setModel(model)
    table.setAccessibleName(name)
    table.setAlternatingRowColors(True)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    return table


def titled(title: str, content: QWidget) -> QWidget:
    """A part of the window under its heading."""
    box = QWidget(content.parentWidget())
    layout = QVBoxLayout(box)
    layout.addWidget(QLabel(title, box))
    layout.addWidget(content, stretch=1)
    return box
