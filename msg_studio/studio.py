"""The studio: a window that is up at once, and the workshop that moves in behind it."""

import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from msg_studio.settings import Settings
from msg_studio.views.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from msg_studio.workers.engine_client import EngineClient
    from msg_studio.workshop import Workshop

WORKSHOP = "msg_studio.workshop"
QT_MODULES = (QtCore, QtGui, QtWidgets)


class Studio(QObject):
    """One window with everything that works for it.

    Args:
        settings: What the window remembers; the user's own when None.
        engine: Gives the engine's client; one for the installed engine when None.

    Signals:
        ready: The workshop has moved in.

    Attributes:
        window: The window.
    """

    ready = Signal()
    _loaded = Signal()
    _not_loaded = Signal(str)

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        engine: "Callable[[QObject], EngineClient] | None" = None,
    ) -> None:
        super().__init__()
        self._settings = remembered = settings or Settings()
        self._make_engine = engine
        self._workshop: Workshop | None = None
        self._wishes: list[Callable[[Workshop], None]] = []
        self._thread: threading.Thread | None = None
        self._ended = False
        self._loaded.connect(self._move_in)
        self._not_loaded.connect(self._say_unfit)
        self.window = MainWindow(dialog_folder=lambda: remembered.folder)
        self.window.restoreGeometry(self._settings.geometry)
        self.window.welcome.film_picked.connect(self.open)
        self.window.welcome.project_picked.connect(self.open)
        self.window.welcome.sample_wanted.connect(self.open_sample)
        self.window.dropped.connect(self.open)
        self.window.closing.connect(self._close_empty)

    @property
    def workshop(self) -> "Workshop":
        """What works for the window; only after `ready`."""
        assert self._workshop is not None, "the workshop has not moved in yet"
        return self._workshop

    def start(self) -> None:
        """Load the workshop in a thread, so that the window answers meanwhile; `ready` follows."""
        self._complete_types(0)

    def open(self, path: Path) -> None:
        """Open a project folder, or begin a project with a film; as soon as the workshop is there."""
        self._settings.set_folder(path.absolute().parent)
        self._wish(lambda workshop: workshop.open(path))

    def open_sample(self) -> None:
        """Open the sample project as a new one; as soon as the workshop is there."""
        self._wish(lambda workshop: workshop.open_sample())

    def shut_down(self) -> None:
        """End every thread and process, then destroy the window and its workshop while Qt still runs."""
        self._ended = True
        if self._thread is not None:
            self._thread.join()  # Python must not end in the middle of an import
        self._settings.set_geometry(self.window.saveGeometry())
        if self._workshop is not None:
            self._workshop.shut_down()
        self.window.let_close()
        destroy(self.window)
        if self._workshop is not None:
            destroy(self._workshop)  # with answers that still wait to be delivered to it

    def _complete_types(self, place: int) -> None:
        """Complete the types of Qt's modules here, one module a turn, before a thread needs them.

        PySide6 completes a type when it is first asked for. Two threads that do so at once, one
        importing and this one handling events, crash the process or block each other for good.
        """
        if self._ended:
            return
        if place < len(QT_MODULES):
            for name in dir(QT_MODULES[place]):
                getattr(QT_MODULES[place], name)
            QTimer.singleShot(0, self, lambda: self._complete_types(place + 1))
            return
        self._thread = threading.Thread(target=self._load, name="workshop", daemon=True)
        self._thread.start()

    def _load(self) -> None:
        try:
            importlib.import_module(WORKSHOP)
        except (ImportError, OSError) as error:  # OSError: a library that the system cannot load
            self._not_loaded.emit(str(error))
        else:
            self._loaded.emit()

    def _say_unfit(self, reason: str) -> None:
        words = f"The program is not whole ({reason}), so nothing can be opened: reinstall it."
        self.window.welcome.say_problem(words)

    def _move_in(self) -> None:
        if self._ended:  # closed while it started
            return
        # Imported by now: the window was to be up before it.
        from msg_studio.workshop import Workshop

        self.window.closing.disconnect(self._close_empty)
        self._workshop = Workshop(self.window, self._settings, self, engine=self._make_engine)
        self._workshop.begin()
        self.ready.emit()
        for wish in self._wishes:
            wish(self._workshop)
        self._wishes.clear()

    def _wish(self, wish: "Callable[[Workshop], None]") -> None:
        if self._workshop is None:
            self._wishes.append(wish)
        else:
            wish(self._workshop)

    def _close_empty(self) -> None:
        """Nothing was opened yet, so there is nothing to ask."""
        self.window.let_close()


def destroy(thing: QObject) -> None:
    """Destroy an object with its children now; what was posted to them is dropped."""
    thing.deleteLater()
    QCoreApplication.sendPostedEvents(thing, QEvent.Type.DeferredDelete.value)
