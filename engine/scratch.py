"""A folder for half-made files of one process; what killed processes left behind is cleared away."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.project.disk import refusals_named
from engine.project.process_lock import ProcessLock

PREFIX = "msg-engine-"

_LOCK = "in-use"


class Scratch:
    """A private folder below the system's temporary folder, marked as in use while its process lives.

    Args:
        parent: Where to make it; the system's temporary folder when None.

    Raises:
        OutputLocationError: When no folder can be made there.
        WriteError: When the disk refuses.
    """

    def __init__(self, parent: Path | None = None) -> None:
        root = parent or Path(tempfile.gettempdir())
        with refusals_named(root):
            _clear_left_behind(root)
            self.folder, self._lock = _locked_folder(root)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A new empty folder inside, gone at the end of the block.

        Raises:
            OutputLocationError: When it cannot be made.
            WriteError: When the disk refuses.
        """
        with refusals_named(self.folder):
            folder = tempfile.TemporaryDirectory(dir=self.folder)
        with folder:
            yield Path(folder.name)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def _locked_folder(root: Path) -> tuple[Path, ProcessLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        lock = ProcessLock(folder / _LOCK)
        if lock.acquire():
            return folder, lock
        # Another process took it for a dead one's between our two steps, and clears it away.


def _clear_left_behind(root: Path) -> None:
    for lock_file in root.glob(f"{PREFIX}*/{_LOCK}"):
        lock = ProcessLock(lock_file)
        try:
            free = lock.acquire()
        except OSError:  # another user's
            continue
        if free:
            lock.release()
            shutil.rmtree(lock_file.parent, ignore_errors=True)
