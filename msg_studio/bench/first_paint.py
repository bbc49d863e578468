"""Opens a window, says when it was painted first, and ends: one run of the startup bench."""

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


class FirstPaint(QObject):
    """Notes when a window has been painted, and ends the event loop.

    Args:
        window: Not yet shown.

    Attributes:
        at_s: On the clock of ``time.monotonic``, which all processes of a machine share; 0 before.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.at_s = 0.0
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102, N802 (Qt's)
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._note)  # after all its parts
        return False

    def _note(self) -> None:
        self.at_s = time.monotonic()
        QApplication.exit()


def open_empty() -> float:
    """Open a window with nothing in it; when it was painted."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1440, 900)
    paint = FirstPaint(window)
    window.show()
    application.exec()
    window.close()
    return paint.at_s


def open_studio() -> float:
    """Open our window as the program does; when it was painted."""
    # Not at the head: the empty window must not pay for them.
    from msg_studio.app import make_application
    from msg_studio.settings import Settings
    from msg_studio.studio import Studio

    settings = Settings()
    application = make_application(settings.theme)
    studio = Studio(settings)
    paint = FirstPaint(studio.window)
    studio.window.show()
    QTimer.singleShot(0, studio, studio.start)
    application.exec()
    studio.shut_down()
    return paint.at_s


if __name__ == "__main__":
    painted_s = open_studio() if sys.argv[1:] == ["studio"] else open_empty()
    sys.stdout.write(f"{painted_s}\n")
