"""Working copies that a crashed window left behind: find them, read them, remove them."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.database import read_tables
from engine.project.process_lock import ProcessLock
from engine.project.project import Project
from engine.project.rows import project_of
from engine.project.schema import bring_up_to_date
from engine.project.vote_journal import merge_votes

# Beside the project's own tables: which folder a working copy belongs to.
SESSION_TABLE = "CREATE TABLE session (id INTEGER PRIMARY KEY CHECK (id = 1), folder TEXT)"


@dataclass(frozen=True)
class Recovery:
    """A working copy nobody has open, with actions that were never saved.

    Attributes:
        path: The database file.
        name: Name of the project, empty when unreadable.
        folder: Its project folder, None for one never saved.
        started: When its window opened the project.
        actions: What was done since the last save, in words, oldest first.
        events: Events in it.
        readable: Whether it can be recovered.
    """

    path: Path
    name: str
    folder: Path | None
    started: datetime
    actions: tuple[str, ...]
    events: int
    readable: bool


def default_root() -> Path:
    """Where working copies lie unless told otherwise."""
    return platformdirs.user_data_path("MultiSoundGen Studio", appauthor=False) / "working"


def find_recoveries(root: Path | None = None) -> tuple[Recovery, ...]:
    """What crashed windows left, newest first. Nothing is removed.

    Args:
        root: Folder of working copies, by default the user's data folder.
    """
    paths = (root or default_root()).glob("*.db")
    found = [_describe(path) for path in paths if _is_abandoned(path)]
    return tuple(
        sorted((one for one in found if one.actions or not one.readable), key=_started, reverse=True)
    )


def recover(recovery: Recovery) -> Project:
    """The project as it was after the last action of a crashed window; nothing is removed.

    Hand it to `WorkingCopy(..., recovered_from=recovery)`, which takes the actions over.

    Raises:
        ProjectError: When the copy was made by a newer program.
        DamagedProjectError: When it is not whole: open the last save instead.
    """
    try:
        with closing(_in_memory(recovery.path)) as connection:
            bring_up_to_date(connection, name=str(recovery.path))
            project = project_of(read_tables(connection), recovery.folder)
    except (sqlite3.Error, DamagedProjectError) as error:
        raise DamagedProjectError(
            f"The working copy {recovery.path} is damaged: {error} "
            f"Open the last save instead ({recovery.folder or 'there is none'}); the copy is kept."
        ) from error
    return _with_journal(project, recovery.folder)


def discard(recovery: Recovery) -> None:
    """Remove a working copy for good; only on the user's word."""
    remove_working_copy(recovery.path)


def remove_working_copy(path: Path) -> None:
    """Remove a working copy with its log and lock."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    lock_path(path).unlink(missing_ok=True)


def remove_leftovers(root: Path) -> None:
    """Remove working copies nobody has open that hold nothing beyond the last save."""
    for path in root.glob("*.db"):
        if _is_abandoned(path):
            left = _describe(path)
            if left.readable and not left.actions:
                remove_working_copy(path)


def lock_path(path: Path) -> Path:
    """The lock file of a working copy."""
    return path.with_suffix(".lock")


def logged_actions(path: Path) -> list[tuple[str, str]]:
    """Actions since the last save in a working copy: words and time, oldest first.

    Raises:
        sqlite3.Error: When it cannot be read.
    """
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("SELECT action, at FROM undo_log ORDER BY number"))


def _is_abandoned(path: Path) -> bool:
    lock = ProcessLock(lock_path(path))
    if not lock.acquire():
        return False
    lock.release()
    return True


def _describe(path: Path) -> Recovery:
    started = _time_in_name(path)
    try:
        with closing(sqlite3.connect(path)) as connection:
            name = connection.execute("SELECT name FROM meta").fetchone()[0]
            folder = connection.execute("SELECT folder FROM session").fetchone()[0]
            events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        actions = tuple(action for action, _ in logged_actions(path))
    except (sqlite3.Error, TypeError):  # TypeError: a table without its row
        return Recovery(path, "", None, started, (), 0, readable=False)
    return Recovery(path, name, Path(folder) if folder else None, started, actions, events, readable=True)


def _time_in_name(path: Path) -> datetime:
    nanoseconds = path.stem.rpartition("-")[2]
    if not nanoseconds.isdecimal():
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime.fromtimestamp(int(nanoseconds) / 1e9, UTC)


def _started(recovery: Recovery) -> datetime:
    return recovery.started


def _in_memory(path: Path) -> sqlite3.Connection:
    """A copy in memory with the write-ahead log played in; migrations never touch the original."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with closing(sqlite3.connect(path)) as source:
            source.backup(memory)
    except sqlite3.Error:
        memory.close()
        raise
    return memory


def _with_journal(project: Project, folder: Path | None) -> Project:
    if folder is None or not folder.is_dir():
        return project
    try:
        return project.with_votes(merge_votes(folder, project.votes))
    except ProjectError:
        return project  # the votes of the working copy are the best there is
