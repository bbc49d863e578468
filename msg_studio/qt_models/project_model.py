"""The open project and what is selected in it; everything in the window listens to this one object."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.project.project import Project, new_project
from engine.project.project_file import open_project
from engine.records import Event

HEATMAP_FOLDER = "heatmaps"


class ProjectModel(QObject):
    """The project as the window sees it: read-only for now.

    Signals:
        project_changed: Another project, or another state of it.
        selection_changed: Another event is selected, or none.
    """

    project_changed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project = new_project("")
        self.folder: Path | None = None
        self.selected: Event | None = None

    def open(self, folder: Path) -> None:
        """Open a project folder in place of the present one, and select its first event.

        Raises:
            ProjectError: When it cannot be opened; the present project stays.
        """
        self.project = open_project(folder)
        self.folder = folder
        self.project_changed.emit()
        self.select(next(iter(self.project.events), None))

    def select(self, event: Event | None) -> None:
        """Make an event the one that every part of the window shows."""
        self.selected = event
        self.selection_changed.emit()

    def heatmap(self, event_id: str) -> Path | None:
        """Heatmap PNG of an event, of its chosen take where there is one; beside the project folder."""
        if self.folder is None:
            return None
        pictures = sorted((self.folder.parent / HEATMAP_FOLDER).glob(f"*{event_id}*.png"))
        chosen = self.project.chosen_take(event_id)
        of_choice = (path for path in pictures if chosen is not None and chosen.id in path.stem)
        return next(of_choice, next(iter(pictures), None))
