"""An end asked for by the system (SIGTERM, Ctrl+C, a closed terminal): nothing is asked, the work is kept."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier

ENDING = ("SIGTERM", "SIGINT", "SIGHUP")
BY_SIGNAL = 128  # exit status of a program ended by a signal, without its number


class EndSignals(QObject):
    """Ends the event loop when the system asks for it; `restore` before another loop begins.

    Python hears of a signal only when it runs, and a window at rest does not run: so the signal's number
    goes through a socket that wakes the event loop.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ear, self._mouth = socket.socketpair()
        for end in (self._ear, self._mouth):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        self._woken_before = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        names = [name for name in ENDING if hasattr(signal, name)]
        self._before = {
            getattr(signal, name): signal.signal(getattr(signal, name), self._end) for name in names
        }

    def restore(self) -> None:
        """Give the signals back to whom they belonged."""
        for number, before in self._before.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(self._woken_before)
        self._notifier.setEnabled(False)
        self._ear.close()
        self._mouth.close()

    def _wake(self) -> None:
        """Let Python run, which then calls `_end`."""
        self._ear.recv(64)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        QCoreApplication.exit(BY_SIGNAL + number)  # `quit` would ask the windows first
