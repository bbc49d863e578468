"""The window: where its parts stand, its menus, and what it says in the status line."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from msg_studio.views.menu_table import MENUS, SEPARATOR, MenuRow
from msg_studio.views.notice_strip import NoticeStrip
from msg_studio.views.welcome.welcome_view import WelcomeView

if TYPE_CHECKING:
    from msg_studio.views.work_page import WorkPage

PROGRAM = "MultiSoundGen Studio"
OPENING_SIZE = (1440, 900)
SMALLEST_SIZE = (1100, 640)
PASSING_MS = 8000


class MainWindow(QMainWindow):
    """The welcome page, and the page a project is worked on as soon as that is there.

    It is up before anything else is loaded, and so imports as little as it can.

    Args:
        dialog_folder: Says where file dialogs begin.

    Signals:
        closing: The user wants to close the window; nothing closes until `let_close` was called.
        dropped: A file or folder was dropped on the window (Path).

    Attributes:
        welcome: The page without a project.
        notices: What the user must know, above both pages.
        autosave_words: How far the autosave is, in the status line.
        recent_menu: Where the recent projects are listed.
    """

    closing = Signal()
    dropped = Signal(Path)

    def __init__(self, *, dialog_folder: Callable[[], Path] = Path.home) -> None:
        super().__init__()
        self._may_close = False
        self._work: WorkPage | None = None
        self._actions: dict[str, QAction] = {}
        self.welcome = WelcomeView(self, dialog_folder=dialog_folder)
        self.notices = NoticeStrip(self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self._lay_out()
        self.recent_menu = QMenu("Open &recent", self)
        self._make_menus()
        self._make_status_line()
        self.show_title(PROGRAM)
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(*OPENING_SIZE)

    @property
    def work(self) -> "WorkPage":
        """The page a project is worked on; only after `furnish`."""
        assert self._work is not None, "the work page has not moved in yet"
        return self._work

    def furnish(self, page: "WorkPage") -> None:
        """Take the work page in."""
        self._work = page
        self.pages.addWidget(page)
        self.menu("&Edit").addActions(page.timeline.actions())
        make_event = self.action("make event")  # Enter belongs to text fields and tables elsewhere
        make_event.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        page.timeline.addAction(make_event)
        page.cues.find_button.clicked.connect(self.action("find").trigger)

    def show_work(self, wanted: bool) -> None:
        """Show the work page, or the welcome page; a page laid over the work page stays."""
        if wanted == (self.pages.currentWidget() is not self.welcome):
            return
        self.pages.setCurrentWidget(self.work if wanted else self.welcome)
        if wanted:
            self.work.timeline.setFocus()

    def lay_over(self, page: QWidget) -> None:
        """Show another page in place of the work page, and give it the keys."""
        if self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)
        page.setFocus()

    def lift(self, page: QWidget) -> None:
        """Show the work page again, where this page lies over it."""
        if self.pages.currentWidget() is page:
            self.pages.setCurrentWidget(self.work)
            self.work.timeline.setFocus()

    def show_title(self, words: str, *, modified: bool = False, path: Path | None = None) -> None:
        """Say in the title bar what is open, whether it is to be saved, and where it lies."""
        self.setWindowTitle(words)
        self.setWindowModified(modified)
        self.setWindowFilePath(str(path) if path else "")

    def action(self, name: str) -> QAction:
        """An action of the menus by its name (see menu_table)."""
        return self._actions[name]

    def menu(self, title: str) -> QMenu:
        """A menu by its title in menu_table."""
        found = (action.menu() for action in self.menuBar().actions() if action.text() == title)
        menu = next(found)
        assert isinstance(menu, QMenu)
        return menu

    def say(self, sentence: str) -> None:
        """Say something in the status line for some seconds."""
        self.statusBar().showMessage(sentence, PASSING_MS)

    def say_engine(self, words: str) -> None:
        """Say at the right of the status line how the engine is."""
        self._engine_words.setText(words)

    def say_autosave(self, words: str) -> None:
        """Say in the status line how far the autosave is."""
        self.autosave_words.setText(words)

    def let_close(self) -> None:
        """Close without asking again."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 (Qt's)
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            QTimer.singleShot(0, self, self.closing.emit)  # a window cannot close while it refuses to

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 (Qt's)
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 (Qt's)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files[0])

    def _lay_out(self) -> None:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.pages, stretch=1)
        self.setCentralWidget(page)

    def _make_menus(self) -> None:
        for title, rows in MENUS.items():
            menu = self.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for row in rows:
                if row.name == SEPARATOR:
                    menu.addSeparator()
                else:
                    menu.addAction(self._make_action(row))
        self.menu("&File").insertMenu(self.action("sample"), self.recent_menu)

    def _make_action(self, row: MenuRow) -> QAction:
        action = QAction(row.words, self)
        action.setShortcut(QKeySequence(row.keys))
        action.setCheckable(row.checkable)
        action.setAutoRepeat(row.repeats)
        self._actions[row.name] = action
        return action

    def _make_status_line(self) -> None:
        self.autosave_words = QLabel(self)
        self._engine_words = QLabel(self)
        for label in (self.autosave_words, self._engine_words):
            self.statusBar().addPermanentWidget(label)
