"""Starts the window and ends it."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from msg_studio.end_signals import EndSignals
from msg_studio.look.icons import application_icon
from msg_studio.look.theme import apply_theme
from msg_studio.settings import Settings, ThemeName
from msg_studio.studio import Studio

PROGRAM = "MultiSoundGen Studio"


def run(path: Path | None, *, sample: bool = False) -> int:
    """Show the window until the user closes it, or the system ends it; then the unsaved work is kept.

    Args:
        path: A project or a film to open, None for the welcome page.
        sample: Whether to open the sample project.

    Returns:
        Exit status of the window.
    """
    settings = Settings()
    application = make_application(settings.theme)
    studio = Studio(settings)
    studio.window.show()
    QTimer.singleShot(0, studio, studio.start)
    if path is not None:
        QTimer.singleShot(0, studio, lambda: studio.open(path))
    elif sample:
        QTimer.singleShot(0, studio, studio.open_sample)
    ends = EndSignals(studio)
    status = application.exec()
    studio.shut_down()
    ends.restore()
    return status


def make_application(theme: ThemeName = "dark") -> QApplication:
    """The application with our look; the one that runs already, if one does."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName(PROGRAM)
    application.setDesktopFileName("msg-studio")
    application.setWindowIcon(application_icon())
    apply_theme(application, theme)
    return application
