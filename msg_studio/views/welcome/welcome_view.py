"""The page before a project is open: three things to begin with, recent projects, what this machine has."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from msg_studio.files.dropped import what_is
from msg_studio.files.recent_projects import RecentProject
from msg_studio.look.fonts import semibold
from msg_studio.look.icons import application_icon
from msg_studio.look.theme import Role, theme_of
from msg_studio.views.file_pickers import film_picker, folder_picker
from msg_studio.views.welcome.check_list import CheckList
from msg_studio.views.welcome.choice_card import ChoiceCard
from msg_studio.views.welcome.drop_frame import DropFrame
from msg_studio.views.welcome.recent_list import RecentList

TITLE = "MultiSoundGen Studio"
SUBTITLE = "Open a film, mark what should sound, and choose among takes that fit the picture."
CHECKS = ("Sound", "Engine")
LARGEST_WIDTH_PX = 980
MARGIN_PX = 32
EMBLEM_PX = 52
TITLE_GROWTH = 1.9


class WelcomeView(QScrollArea):
    """The empty state of the window; nothing on it stops the user.

    Args:
        parent: Owner.
        dialog_folder: Says where file dialogs begin.

    Signals:
        film_picked: A film to begin a project with (Path).
        project_picked: A project folder to open (Path).
        sample_wanted: The sample project is to be opened.
        recent_removed: A project to take off the list of recent ones (Path).
    """

    film_picked = Signal(object)
    project_picked = Signal(object)
    sample_wanted = Signal()
    recent_removed = Signal(object)

    def __init__(
        self, parent: QWidget | None = None, *, dialog_folder: Callable[[], Path] = Path.home
    ) -> None:
        super().__init__(parent)
        self._dialog_folder = dialog_folder
        self._page = QWidget(self)
        self.open_film = ChoiceCard("film", "Open a video...", "or drop it anywhere on this page", self._page)
        self.open_sample = ChoiceCard(
            "play", "Open the sample project", "a short clip with sounds, ready to play", self._page
        )
        self.open_project = ChoiceCard("open", "Open a project...", "a folder ending in .msgproj", self._page)
        self.recent = RecentList(self._page)
        self.checks = CheckList(CHECKS, self._page)
        self.problem = QLabel(self._page)
        self._emblem = QLabel(self._page)
        self._headings: list[QLabel] = []
        self._subtitle = QLabel(SUBTITLE, self._page)
        self._frame = DropFrame(self)
        self._dialog: QFileDialog | None = None
        self._lay_out()
        self._connect()
        self.setAccessibleName("Welcome")
        self.setAcceptDrops(True)

    @property
    def drop_words(self) -> str:
        """What the frame says while something is dragged over the page, empty when nothing is."""
        return self._frame.words if not self._frame.isHidden() else ""

    @property
    def dialog(self) -> QFileDialog | None:
        """The file dialog that is open, None when none is."""
        return self._dialog

    def set_check(self, name: str, words: str, state: str) -> None:
        """Fill in a line of the check list.

        Args:
            name: "Sound", "Engine", or a new one.
            words: What was found ("5.9 of 24 GB free").
            state: "waiting", "good" or "trouble".
        """
        self.checks.set_check(name, words, state)

    def show_recent(self, projects: Sequence[RecentProject]) -> None:
        """Show the projects opened last, newest first."""
        self.recent.show_projects(projects)

    def say_problem(self, words: str) -> None:
        """Say why something could not be opened; nothing when empty."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def ask_for_film(self) -> None:
        """Let the user pick a film; ends in `film_picked` or nothing."""
        dialog = film_picker("Open a video", self._dialog_folder(), self)
        dialog.fileSelected.connect(lambda file: self.film_picked.emit(Path(file)))
        self._open_dialog(dialog)

    def ask_for_project(self) -> None:
        """Let the user pick a project folder; ends in `project_picked` or nothing."""
        dialog = folder_picker("Open a project: pick its .msgproj folder", self._dialog_folder(), self)
        dialog.fileSelected.connect(lambda folder: self.project_picked.emit(Path(folder)))
        self._open_dialog(dialog)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 (Qt's)
        event.acceptProposedAction()  # a bad one too, else nobody could say why it is bad
        self._frame.show_for(what_is(_local_paths(event.mimeData())))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102 (Qt's)
        event.accept()
        self._frame.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 (Qt's)
        event.acceptProposedAction()
        self._frame.hide()
        dropped = what_is(_local_paths(event.mimeData()))
        self.say_problem("" if dropped.kind != "neither" else dropped.words)
        if dropped.kind == "film":
            self.film_picked.emit(dropped.path)
        elif dropped.kind == "project":
            self.project_picked.emit(dropped.path)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 (Qt's)
        super().resizeEvent(event)
        self._frame.setGeometry(self.rect())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 (Qt's)
        super().showEvent(event)
        self._take_colours()

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()

    def _connect(self) -> None:
        self.open_film.clicked.connect(self.ask_for_film)
        self.open_sample.clicked.connect(self.sample_wanted)
        self.open_project.clicked.connect(self.ask_for_project)
        self.recent.picked.connect(self.project_picked)
        self.recent.removed.connect(self.recent_removed)

    def _open_dialog(self, dialog: QFileDialog) -> None:
        self.say_problem("")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._page)
        column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        column.setSpacing(0)
        column.addStretch(2)
        for part, below in (
            (self._make_head(), 28),
            (self.problem, 12),
            (self._make_cards(), 32),
            (self._make_lists(), 0),
        ):
            column.addWidget(part)
            column.addSpacing(below)
        column.addStretch(3)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        row = QHBoxLayout()  # keeps the page in the middle of a wide window
        self._page.setMaximumWidth(LARGEST_WIDTH_PX)
        holder = QWidget(self)
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._page, stretch=100)
        row.addStretch(1)
        self.setWidget(holder)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _make_head(self) -> QWidget:
        title = QLabel(TITLE, self._page)
        font = semibold(title.font())
        font.setPointSizeF(font.pointSizeF() * TITLE_GROWTH)
        title.setFont(font)
        self._subtitle.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(self._subtitle)
        head = QWidget(self._page)
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addWidget(self._emblem)
        line.addLayout(words, stretch=1)
        return head

    def _make_cards(self) -> QWidget:
        cards = QWidget(self._page)
        line = QHBoxLayout(cards)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(14)
        for card in (self.open_film, self.open_sample, self.open_project):
            line.addWidget(card, stretch=1)
        return cards

    def _make_lists(self) -> QWidget:
        lists = QWidget(self._page)
        line = QHBoxLayout(lists)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(40)
        for title, content in (("Recent projects", self.recent), ("This machine", self.checks)):
            box = QVBoxLayout()
            box.setSpacing(10)
            heading = QLabel(title, self._page)
            heading.setFont(semibold(heading.font()))
            self._headings.append(heading)
            box.addWidget(heading)
            box.addWidget(content)
            box.addStretch(1)
            line.addLayout(box, stretch=1)
        return lists

    def _take_colours(self) -> None:
        """What does not follow the palette by itself."""
        theme = theme_of(self)
        for label in (self._subtitle, *self._headings):
            _set_text_colour(label, theme.muted_text)
        _set_text_colour(self.problem, theme.error)
        self._emblem.setPixmap(
            application_icon().pixmap(QSize(EMBLEM_PX, EMBLEM_PX), self.devicePixelRatio())
        )


def _set_text_colour(label: QLabel, colour: QColor) -> None:
    palette = QPalette(label.palette())
    palette.setColor(Role.WindowText, colour)
    label.setPalette(palette)


def _local_paths(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
