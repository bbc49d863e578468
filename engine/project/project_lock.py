"""Who edits a project folder: one window at a time, on this machine and, where it can be known, on others.

The lock file lies in the project folder and says who holds it. On one machine, and on most
network disks, the system itself keeps the lock and gives it up when the holder dies. A
folder that a cloud service copies between machines carries the text alone: a text from
another machine is believed until the user says otherwise.
"""

import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.project.process_lock import ProcessLock

LOCK_FILE = ".in-use.lock"


@dataclass(frozen=True)
class Holder:
    """Who has a project open for editing.

    Attributes:
        host: Name of the machine.
        pid: Number of the process there.
        user: Login name.
        since: When it was opened, ISO 8601 in UTC.
    """

    host: str
    pid: int
    user: str
    since: str

    def in_words(self) -> str:
        """Who it is, as the end of a sentence."""
        place = "on this machine" if self.host == socket.gethostname() else f"on {self.host}"
        return f"by {self.user or 'somebody'} {place} (process {self.pid}, since {_local_time(self.since)})"


class ProjectLock:
    """The right to edit a project folder, from `acquire` until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = ProcessLock(folder / LOCK_FILE)
        self._held_by_note = False

    @property
    def held(self) -> bool:
        """Whether it is ours now."""
        return self._lock.held

    @property
    def held_by_note(self) -> bool:
        """Whether nothing but a text from another machine kept the last `acquire` from it."""
        return self._held_by_note

    def acquire(self, *, over_other_machines: bool = False) -> str:
        """Take the lock if nobody has it.

        Args:
            over_other_machines: Disregard a text left by another machine, on the user's word.

        Returns:
            Why it was not taken, in a sentence; empty when it is ours now.
        """
        self._held_by_note = False
        try:
            if not self._lock.acquire():
                holder = self.holder()
                who = holder.in_words() if holder else "by another window"
                return f"it is open for editing {who}"
            return self._check_other_machines(over_other_machines)
        except OSError as error:
            self._lock.release()
            return f"nothing can be written in its folder ({error.strerror or error})"

    def holder(self) -> Holder | None:
        """Who is noted in the lock file, None when nobody or unreadable."""
        try:
            return Holder(**json.loads(self._lock.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # absent, not JSON, other fields
            return None

    def release(self) -> None:
        """Give the right up; the lock file goes."""
        if self._lock.held:
            self._lock.release(remove=True)

    def _check_other_machines(self, disregard: bool) -> str:
        """The system gave us the lock: ours unless another machine's text came by a cloud service."""
        noted = self.holder()
        if noted and noted.host != socket.gethostname() and not disregard:
            self._lock.release()
            self._held_by_note = True
            return f"it was opened for editing {noted.in_words()} and not closed there"
        self._lock.write_note(json.dumps(asdict(_ourselves())).encode())
        return ""


def _ourselves() -> Holder:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # an account without a name; KeyError before Python 3.13
        user = ""
    return Holder(socket.gethostname(), os.getpid(), user, datetime.now(UTC).isoformat(timespec="seconds"))


def _local_time(stamp: str) -> str:
    try:
        return datetime.fromisoformat(stamp).astimezone().strftime("%d %B %H:%M")
    except ValueError:
        return stamp
