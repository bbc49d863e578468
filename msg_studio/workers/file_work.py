"""Work on files in a thread of its own, one piece after the other; answers come in the window's thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import StudioError

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class _Piece:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[StudioError], None]


class FileWork(QObject):
    """Keeps slow disks away from the window.

    Signals:
        busy_changed: Whether anything is under way.
    """

    busy_changed = Signal(bool)
    _ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="files")
        self._under_way = 0
        self._ended.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return self._under_way > 0

    def run(
        self,
        work: Callable[[], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """Do a piece of work in the thread, then answer in the window's.

        Args:
            work: What to do; it touches no Qt object.
            done: Called with what it returned.
            failed: Called with the error that it raised. Errors that are not ours are faults of the
                program: they are raised again in the window's thread.
        """
        self._under_way += 1
        if self._under_way == 1:
            self.busy_changed.emit(True)
        piece = _Piece(work, done, failed)
        future = self._executor.submit(work)
        future.add_done_callback(lambda ended: self._ended.emit(piece, ended))

    def shut_down(self) -> None:
        """Wait until all is done; nothing is dropped, but answers need the event loop once more."""
        self._executor.shutdown(wait=True)

    def _answer(self, piece: _Piece, ended: "Future[Any]") -> None:
        error = ended.exception()
        try:
            if isinstance(error, StudioError):
                piece.failed(error)
            else:
                piece.done(ended.result())
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self.busy_changed.emit(False)
