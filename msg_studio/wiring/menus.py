"""What each action of the menus does, apart from those of the file menu."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QMessageBox, QUndoView

from engine import __version__
from engine.errors import StudioError
from msg_studio import commands
from msg_studio.look.theme import apply_theme, theme_of
from msg_studio.orders import EngineOrders
from msg_studio.settings import ThemeName
from msg_studio.stage import Stage
from msg_studio.views.key_sheet import KeySheet
from msg_studio.views.main_window import PROGRAM
from msg_studio.wiring.compare import CompareWiring
from msg_studio.wiring.maps import MapWiring

ZOOM_STEP = 1.5

CHOICES = tuple(f"choose {number}" for number in range(1, 9))
NEEDS_PROJECT = (
    *CHOICES,
    "save", "save as", "locate film", "export", "close", "make event", "tap hit", "find",
    "find on picture", "next suggestion", "accept", "accept all", "drop", "generate", "heatmap", "reject",
    "regenerate", "compare", "zoom selection", "zoom all", "zoom in", "zoom out",
)  # fmt: skip
EDITS = (
    *CHOICES, "reject", "regenerate", "compare",
    "make event", "tap hit", "find", "find on picture", "accept", "accept all", "drop", "generate",
)  # fmt: skip


class MenuWiring(QObject):
    """Connects the actions of the menus with the parts of the window and the project."""

    def __init__(
        self,
        stage: Stage,
        orders: EngineOrders,
        maps: MapWiring,
        compare: CompareWiring,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = stage.settings
        self._model = stage.model
        self._playhead = stage.playhead
        self._axis = stage.axis
        self._window = stage.window
        self._undo_view: QUndoView | None = None
        self._connect_undo(self._model.undo_stack)
        self._connect_events(orders, maps)
        self._connect_takes(compare)
        self._connect_looks()
        self._model.project_opened.connect(self._allow)
        self._model.saved_changed.connect(self._allow)
        self._allow()

    def _on(self, name: str, do: Callable[[], object]) -> None:
        """Do something on an action; a refusal is said in the status line."""

        def try_it() -> None:
            try:
                do()
            except StudioError as error:
                self._window.say(str(error))

        self._window.action(name).triggered.connect(try_it)

    def _connect_undo(self, stack: QUndoStack) -> None:
        undo, redo = self._window.action("undo"), self._window.action("redo")
        undo.triggered.connect(stack.undo)
        redo.triggered.connect(stack.redo)
        stack.canUndoChanged.connect(undo.setEnabled)
        stack.canRedoChanged.connect(redo.setEnabled)
        stack.undoTextChanged.connect(lambda words: undo.setText(f"&Undo {words}".strip()))
        stack.redoTextChanged.connect(lambda words: redo.setText(f"&Redo {words}".strip()))
        stack.indexChanged.connect(lambda _: self._say_last(stack))
        undo.setEnabled(False)
        redo.setEnabled(False)
        self._window.action("history").toggled.connect(self._show_history)

    def _connect_events(self, orders: EngineOrders, maps: MapWiring) -> None:
        window = self._window
        self._on("make event", self._make_event)
        self._on("tap hit", window.work.timeline.tap_hit)
        self._on("find", orders.find_events)
        self._on("find on picture", lambda: orders.find_events(picture_only=True))
        self._on("next suggestion", window.work.cues.next_suggestion)
        self._on("accept", window.work.cues.accept_selected)
        self._on("accept all", lambda: commands.accept_all(self._model))
        self._on("drop", window.work.cues.drop_selected)
        self._on("generate", window.work.inspector.generate)
        self._on("heatmap", maps.compute)

    def _connect_takes(self, compare: CompareWiring) -> None:
        takes = self._window.work.takes
        for number in range(1, 9):
            self._on(f"audition {number}", partial(takes.audition_number, number))
            self._on(f"choose {number}", partial(takes.choose_number, number))
        self._on("compare", compare.begin)
        self._on("reject", takes.reject_selected)
        self._on("regenerate", takes.remake_selected)
        takes.map_wanted.connect(lambda _: self._window.action("heatmap").trigger())

    def _connect_looks(self) -> None:
        window = self._window
        self._on("zoom selection", window.work.timeline.zoom_to_selection)
        self._on("zoom all", window.work.timeline.zoom_to_all)
        self._on("zoom in", lambda: self._zoom(ZOOM_STEP))
        self._on("zoom out", lambda: self._zoom(1 / ZOOM_STEP))
        window.action("burn in").toggled.connect(window.work.picture.set_burn_in)
        window.work.timeline.status_hint.connect(window.say)
        self._on("dark", lambda: self._wear("dark"))
        self._on("light", lambda: self._wear("light"))
        self._on("keys", self._show_keys)
        self._on("about", self._show_about)
        self._mark_theme()

    def _make_event(self) -> None:
        segment = self._playhead.segment
        if segment is None:
            self._window.say("Mark a stretch with I and O first, or drag in a lane of the timeline.")
            return
        commands.make_event(self._model, self._window.work.timeline.last_lane, segment)
        self._window.work.inspector.edit_prompt()

    def _zoom(self, factor: float) -> None:
        """Zoom around the playhead when it is seen, else around the middle."""
        x = self._axis.x_of(self._playhead.position)
        self._axis.zoom(factor, around_x=x if 0 <= x < self._axis.width_px else self._axis.width_px / 2)

    def _wear(self, name: ThemeName) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, name)
        self._settings.set_theme(name)
        self._mark_theme()

    def _mark_theme(self) -> None:
        worn = theme_of(self._window).name
        for name in ("dark", "light"):
            self._window.action(name).setChecked(name == worn)

    def _say_last(self, stack: QUndoStack) -> None:
        if stack.index() > 0:
            self._window.say(f"{stack.text(stack.index() - 1)} · Ctrl+Z undoes it")

    def _show_history(self, wanted: bool) -> None:
        if self._undo_view is None:
            self._undo_view = QUndoView(self._model.undo_stack, self._window)
            self._undo_view.setWindowFlags(self._undo_view.windowFlags() | self._window.windowFlags().Tool)
            self._undo_view.setWindowTitle("History")
            self._undo_view.setEmptyLabel("As opened")
        self._undo_view.setVisible(wanted)

    def _show_keys(self) -> None:
        KeySheet(self._window.menuBar(), self._window).open()

    def _show_about(self) -> None:
        words = (
            f"{PROGRAM} {__version__}\n\nFilm in, sound events found, takes made and chosen, stems out. "
            "After the paper MultiSoundGen (arXiv 2509.19999).\n\n"
            "Code: Apache-2.0. Starter weights: CC BY 4.0."
        )
        box = QMessageBox(QMessageBox.Icon.NoIcon, f"About {PROGRAM}", words, parent=self._window)
        box.finished.connect(box.deleteLater)
        box.open()

    def _allow(self) -> None:
        """Grey out what cannot be done now."""
        for name in NEEDS_PROJECT:
            self._window.action(name).setEnabled(self._model.is_open)
        if self._model.read_only_reason:
            for name in EDITS:
                self._window.action(name).setEnabled(False)
