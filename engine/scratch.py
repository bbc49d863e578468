"""Folders for half-made files of one process; what killed processes left behind is cleared away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.atomic_file import half_made_files
from engine.errors import OutputLocationError
from engine.project.disk import refusals_named
from engine.project.process_lock import ProcessLock

PREFIX = "msg-engine-"
PREFIX_OF_OUTPUT = ".making-"

_LOCK = "in-use"
_ATTEMPTS = 4


class Scratch:
    """A private folder below another one, marked as in use while its process lives.

    Args:
        parent: Where to make it; the system's temporary folder when None.
        prefix: What its name begins with. Folders of that prefix whose processes are dead are removed.

    Attributes:
        folder: The folder.
        dead: Numbers of the processes whose folders were removed.

    Raises:
        OutputLocationError: When no folder can be made there.
        WriteError: When the disk refuses.
    """

    def __init__(self, parent: Path | None = None, *, prefix: str = PREFIX) -> None:
        root = parent or Path(tempfile.gettempdir())
        with refusals_named(root):
            self.dead = tuple(_clear_left_behind(root, prefix))
            self.folder, self._lock = _locked_folder(root, prefix)

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


@contextmanager
def output_folder(out: Path, *subfolders: str) -> Iterator[Path]:
    """Make a folder for results and give a private one inside it, which vanishes at the end.

    When the work fails, folders that were made here and hold nothing are removed again. What an
    earlier work left half made because its process was killed is removed before.

    Args:
        out: The folder, made with its parents where missing.
        *subfolders: Folders to make in it.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    made: list[Path] = []
    folders = (out, *(out / name for name in subfolders))
    try:
        with refusals_named(out):
            for folder in (*reversed(out.parents), *folders):
                if folder.exists() and not folder.is_dir():
                    raise OutputLocationError(
                        f"{folder} is a file, wanted is a folder: choose another place."
                    )
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            scratch = Scratch(out, prefix=PREFIX_OF_OUTPUT)
        try:
            _clear_half_made(folders, scratch.dead)
            yield scratch.folder
        finally:
            scratch.remove()
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # not empty: it holds finished results, which stay
                folder.rmdir()
        raise


def _locked_folder(root: Path, prefix: str) -> tuple[Path, ProcessLock]:
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        lock = ProcessLock(folder / _LOCK)
        if lock.acquire():
            lock.write_note(str(os.getpid()).encode())
            return folder, lock
        # Another process took it for a dead one's between our two steps, or this disk keeps no locks.
        shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
    return folder, ProcessLock(folder / _LOCK)  # without a lock file nobody takes it for a dead one's


def _clear_left_behind(root: Path, prefix: str) -> Iterator[int]:
    """Remove the folders of dead processes; their numbers."""
    for lock_file in root.glob(f"{prefix}*/{_LOCK}"):
        lock = ProcessLock(lock_file)
        try:
            free = lock.acquire()
        except OSError:  # another user's
            continue
        if free:
            with suppress(ValueError):  # killed before it wrote its number
                yield int(lock_file.read_bytes())
            lock.release()
            shutil.rmtree(lock_file.parent, ignore_errors=True)


def _clear_half_made(folders: tuple[Path, ...], dead: tuple[int, ...]) -> None:
    for folder in folders:
        for pid in dead:
            for half_made in half_made_files(folder, pid=pid):
                with suppress(OSError):  # it does no harm there
                    half_made.unlink()
