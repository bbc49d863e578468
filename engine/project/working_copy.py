"""The local working copy: every action is on the disk before the next, and survives a crash.

One SQLite file in WAL mode for each open project, in the user's data folder and never in a
project folder, which may be synced. Its name holds project, process and start time, and a
lock beside it tells whether its window still lives.
"""

import os
import re
import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import OutputLocationError, ProjectError, WriteError
from engine.project.database import apply_changes, transaction
from engine.project.disk import refusals_named
from engine.project.process_lock import ProcessLock
from engine.project.project import Project
from engine.project.recovery import (
    SESSION_TABLE,
    Recovery,
    default_root,
    discard,
    lock_path,
    logged_actions,
    remove_leftovers,
    remove_working_copy,
)
from engine.project.rows import Tables, tables_of
from engine.project.schema import create_tables

_FORGET = (
    "DELETE FROM undo_log WHERE number NOT IN (SELECT number FROM undo_log ORDER BY number DESC LIMIT ?)"
)


class WorkingCopy:
    """Autosave of one open project; use it from one thread.

    Attributes:
        path: The database file.
        folder: The project's folder, None before the first save.
    """

    def __init__(
        self,
        project: Project,
        folder: Path | None = None,
        *,
        root: Path | None = None,
        recovered_from: Recovery | None = None,
    ) -> None:
        """Begin a working copy with the project as it is now.

        Args:
            project: The project as opened, or as recovered.
            folder: Its folder, None for one never saved.
            root: Folder of working copies, by default the user's data folder.
            recovered_from: The copy of a crashed window that `project` comes from; its unsaved
                actions are taken over, and it is removed once they are safe here.

        Raises:
            ProjectError: When another window recovers the same copy now.
            OutputLocationError: When nothing can be written there.
            WriteError: When the disk refuses.
        """
        place = root or default_root()
        self.folder = folder
        self.path = _new_path(project.id, place)
        self._lock = ProcessLock(lock_path(self.path))
        self._tables: Tables = {}
        self._connection = self._begin(place)
        try:
            self._start(project, recovered_from)
        except BaseException:
            self.close()
            raise

    def record(self, project: Project, action: str) -> None:
        """Write the project as it is after an action, in one transaction.

        Args:
            project: The whole project; only what changed is written.
            action: What the user did, in words ("move event").

        Raises:
            WriteError: When the disk refuses; the next call writes what this one could not.
        """
        self.record_all(project, [(action, time_stamp())])

    def record_all(self, project: Project, actions: Iterable[tuple[str, str]]) -> None:
        """Write the project as it is after several actions, in one transaction.

        Args:
            project: The whole project after the last of them.
            actions: What the user did and when (`time_stamp`), oldest first.

        Raises:
            WriteError: When the disk refuses; the next call writes what this one could not.
        """
        self._write(project, actions=actions)

    def mark_saved(self, project: Project, folder: Path, *, newer_actions: int = 0) -> None:
        """Note that the project was saved.

        Args:
            project: The project as it is now.
            folder: Where it was saved.
            newer_actions: How many of the last actions came after what was saved; they stay unsaved.

        Raises:
            WriteError: When the disk refuses.
        """
        before, self.folder = self.folder, folder
        try:
            self._write(project, kept=newer_actions)
        except WriteError:
            self.folder = before
            raise

    def close(self, *, keep: bool = False) -> None:
        """End the working copy; it is removed unless it is kept for the next start to offer."""
        self._connection.close()
        if not keep:
            remove_working_copy(self.path)
        self._lock.release()

    def _begin(self, place: Path) -> sqlite3.Connection:
        with refusals_named(self.path):
            place.mkdir(parents=True, exist_ok=True)
            remove_leftovers(place)
            if not self._lock.acquire():
                raise OutputLocationError(f"{self.path} is in use by another window. Try again.")
        try:
            return sqlite3.connect(self.path, isolation_level=None)
        except sqlite3.Error as error:
            self._lock.release(remove=True)
            raise self._refused(error) from error

    def _start(self, project: Project, recovered_from: Recovery | None) -> None:
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            create_tables(self._connection)
            self._connection.execute(SESSION_TABLE)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        if recovered_from is None:
            self._write(project)
        else:
            self._take_over(project, recovered_from)

    def _take_over(self, project: Project, recovery: Recovery) -> None:
        """Make the actions of a crashed window ours, then remove its copy."""
        old_lock = ProcessLock(lock_path(recovery.path))
        if not recovery.path.is_file() or not old_lock.acquire():
            raise ProjectError(f"{recovery.path} was recovered by another window. Use that window.")
        try:
            self._write(project, actions=logged_actions(recovery.path))
            self._connection.execute("PRAGMA wal_checkpoint(FULL)")  # on the disk before the old copy goes
            discard(recovery)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        finally:
            old_lock.release()

    def _write(
        self, project: Project, *, actions: Iterable[tuple[str, str]] = (), kept: int | None = None
    ) -> None:
        """Rows that changed, the actions, and the folder, in one transaction; all but some actions go."""
        tables = tables_of(project, self.folder)
        session = (1, str(self.folder.absolute()) if self.folder else None)
        try:
            with transaction(self._connection):
                apply_changes(self._connection, before=self._tables, after=tables)
                if kept is not None:
                    self._connection.execute(_FORGET, (kept,))
                self._connection.executemany("INSERT INTO undo_log (action, at) VALUES (?, ?)", actions)
                self._connection.execute("INSERT OR REPLACE INTO session VALUES (?, ?)", session)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        self._tables = tables

    def _refused(self, error: sqlite3.Error) -> WriteError:
        return WriteError(
            f"The autosave {self.path} could not be written ({error}). "
            "Free some disk space and save the project; it is whole in memory."
        )


def time_stamp() -> str:
    """The present moment as it is noted with an action."""
    return datetime.now(UTC).isoformat()


def _new_path(project_id: str, place: Path) -> Path:
    plain = re.sub(r"[^A-Za-z0-9]", "_", project_id)[:40]
    return place / f"{plain}-{os.getpid()}-{time.time_ns()}.db"
