"""A lock file that a living process holds and a dead one gives up by itself."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    _BEYOND_ANY_NOTE = 1 << 30  # Windows lets nobody read a locked byte

    def _lock(handle: BinaryIO) -> None:
        handle.seek(_BEYOND_ANY_NOTE)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: BinaryIO) -> None:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class ProcessLock:
    """Held from `acquire` until `release` or the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: BinaryIO | None = None

    @property
    def held(self) -> bool:
        """Whether it is ours now."""
        return self._handle is not None

    def acquire(self) -> bool:
        """Take the lock; False when another holder lives.

        Raises:
            OSError: When the lock file cannot be made.
        """
        handle = self.path.open("a+b")
        try:
            _lock(handle)
        except OSError:
            handle.close()
            return False
        if not _is_at(handle, self.path):  # its last holder removed it between our two steps
            handle.close()
            return self.acquire()
        self._handle = handle
        return True

    def write_note(self, note: bytes) -> None:
        """Put words for others into the lock file, in place of those before; only while held.

        Raises:
            OSError: When the disk refuses.
        """
        if self._handle is None:
            raise ValueError(f"The lock {self.path} is not held: its note belongs to the holder")
        self._handle.truncate(0)
        self._handle.seek(0)
        self._handle.write(note)
        self._handle.flush()

    def release(self, *, remove: bool = False) -> None:
        """Give the lock up, and remove its file if told to."""
        if remove and sys.platform != "win32":
            self.path.unlink(missing_ok=True)  # while it is ours: afterwards it may be another's
        if self._handle is not None:
            self._handle.close()
            self._handle = None
        if remove and sys.platform == "win32":
            self.path.unlink(missing_ok=True)


def _is_at(handle: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False
