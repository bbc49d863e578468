"""The one place where the window's objects are made and connected."""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from engine.errors import StudioError
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.theme import apply_theme
from msg_studio.views.main_window import MainWindow


def run(project: Path | None) -> int:
    """Show the window, with a project if one is given, until the user closes it.

    Returns:
        Exit status of the window.

    Raises:
        ProjectError: When the given project cannot be opened.
    """
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    model = ProjectModel(application)
    window = make_window(model)
    if project is not None:
        model.open(project)
    window.show()
    status = application.exec()
    take_down(window)
    return status


def make_window(model: ProjectModel) -> MainWindow:
    """The window, connected to the project it shows."""
    window = MainWindow(model)

    def open_picked(folder: Path) -> None:
        try:
            model.open(folder)
        except StudioError as error:
            window.show_problem(str(error))

    window.project_picked.connect(open_picked)
    return window


def take_down(window: MainWindow) -> None:
    """Destroy a window while Qt still runs; its timers would outlive their thread otherwise."""
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
