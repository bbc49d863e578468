"""What is exported and where to; what will be left out is named before anything is written."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.assets import asset_path
from engine.atomic_file import disk_error
from engine.errors import OutputLocationError, StudioError
from engine.project.project import Project
from msg_studio.qt_models.cue_numbers import cue_numbers
from msg_studio.qt_models.event_table import class_words
from msg_studio.views.file_pickers import folder_picker

EXPORT_SUFFIX = "_export"
SMALLEST_WIDTH_PX = 520
LIST_HEIGHT_PX = 110
ALWAYS_WORDS = "Stems of events, lanes and the mix: WAV, 48 kHz, 24 bit, dated."


@dataclass(frozen=True)
class ExportChoice:
    """What the user wants exported.

    Attributes:
        out: Folder for it; made where it is missing.
        preview: Whether to write the film with the mix.
        cue_sheet: Whether to write the cue sheet.
    """

    out: Path
    preview: bool
    cue_sheet: bool


class ExportDialog(QDialog):
    """Asks where to and what; open it with ``open``.

    Args:
        project: What is exported.
        folder: The project folder, None before the first save.
        parent: Owner.

    Signals:
        export_wanted: The user wants it (ExportChoice).
    """

    export_wanted = Signal(object)

    def __init__(self, project: Project, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_film = project.clip is not None
        self._exported = len(project.events) - len(left_out(project))
        self.folder_box = QLineEdit(str(default_folder(project, folder)), self)
        self.browse_button = QPushButton("Browse...", self)
        self.preview_box = QCheckBox("Preview film: the picture with the mix", self)
        self.cue_sheet_box = QCheckBox("Cue sheet (CSV)", self)
        self.left_out_list = QListWidget(self)
        self.problem = QLabel(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.browse_button.setAutoDefault(False)
        self.export_button.setDefault(True)
        self.left_out_list.addItems(left_out(project))
        self._lay_out(project)
        self.folder_box.textChanged.connect(self._check)
        self.browse_button.clicked.connect(self._browse)
        self.buttons.accepted.connect(self._finish)
        self.buttons.rejected.connect(self.reject)
        self._check()

    @property
    def choice(self) -> ExportChoice:
        """What is asked for as the dialog stands."""
        out = Path(self.folder_box.text().strip()).expanduser()
        return ExportChoice(out, self.preview_box.isChecked(), self.cue_sheet_box.isChecked())

    def _finish(self) -> None:
        """Ask for the export, unless the folder has vanished meanwhile."""
        self._check()
        if self.export_button.isEnabled():
            self.export_wanted.emit(self.choice)
            self.accept()

    def _check(self) -> None:
        """Say at once what would keep the export from being written."""
        problem = self._problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.export_button.setEnabled(not problem)

    def _problem(self) -> str:
        if not self._has_film:
            return "Nothing to export: this project has no film. Open a video first."
        if not self._exported:
            return "Nothing to export: no event has a chosen take. Generate takes and choose one first."
        if not self.folder_box.text().strip():
            return "No folder is given: choose where the stems go."
        try:
            check_folder(self.choice.out)
        except StudioError as error:
            return str(error)
        return ""

    def _browse(self) -> None:
        picker = folder_picker("Export to folder", self.choice.out.parent, self)
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.fileSelected.connect(self.folder_box.setText)
        picker.open()

    def _lay_out(self, project: Project) -> None:
        self.setWindowTitle(f"Export {project.name}")
        self.setMinimumWidth(SMALLEST_WIDTH_PX)
        self.folder_box.setAccessibleName("Folder to export to")
        self.preview_box.setChecked(project.clip is not None)
        self.preview_box.setEnabled(project.clip is not None)
        self.cue_sheet_box.setChecked(True)
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What keeps the export from starting")
        place = QHBoxLayout()
        place.addWidget(self.folder_box, stretch=1)
        place.addWidget(self.browse_button)
        form = QFormLayout()
        form.addRow("Folder", place)
        always = QLabel(ALWAYS_WORDS, self)
        always.setWordWrap(True)
        form.addRow("Written", always)
        form.addRow("", self.preview_box)
        form.addRow("", self.cue_sheet_box)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        self._lay_out_left_out(layout, total=len(project.events))
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def _lay_out_left_out(self, layout: QVBoxLayout, *, total: int) -> None:
        missing = self.left_out_list.count()
        words = f"{self._exported} of {total} events are exported."
        heading = QLabel(f"{words} Left out:" if missing else words, self)
        self.left_out_list.setAccessibleName("Events that are left out")
        self.left_out_list.setMinimumHeight(LIST_HEIGHT_PX)
        self.left_out_list.setVisible(missing > 0)
        layout.addWidget(heading)
        layout.addWidget(self.left_out_list, stretch=1)
        if not missing:
            layout.addStretch(1)


def default_folder(project: Project, folder: Path | None) -> Path:
    """Beside the project, else beside the film unless that came with the program, else at home."""
    name = f"{project.name or 'Film'}{EXPORT_SUFFIX}"
    if folder is not None:
        return folder.parent / f"{folder.stem}{EXPORT_SUFFIX}"
    if project.clip is None or project.clip.path.is_relative_to(asset_path()):
        return Path.home() / name
    return project.clip.path.parent / name


def left_out(project: Project) -> list[str]:
    """The events an export leaves out, each with the reason."""
    numbers = cue_numbers(project.events)
    reasons: dict[int, str] = {}
    for event in project.events:
        setup = project.setup(event.id)
        name = f"Cue {numbers[event.id]}, {setup.prompt or class_words(event.cat_id)}"
        if setup.status == "suggested":
            reasons[numbers[event.id]] = f"{name}: only suggested"
        elif project.chosen_take(event.id) is None:
            reasons[numbers[event.id]] = f"{name}: no take chosen"
    return [reasons[number] for number in sorted(reasons)]


def check_folder(out: Path) -> None:
    """Try whether something can be written in a folder, or whether the folder can be made.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    place = out if out.exists() else out.parent
    if out.exists() and not out.is_dir():
        raise OutputLocationError(f"{out} is a file, wanted is a folder: choose another place.")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise disk_error(out, errno=error.errno, words=str(error.strerror or error)) from error
