"""Copies of earlier saves in backup/: at most twenty, all recent ones, then one an hour, then one a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.project.damage import DamagedProjectError
from engine.project.database import read_database, schema_version_in
from engine.project.disk import refusals_named
from engine.project.schema import SCHEMA_VERSION
from engine.project.vote_journal import JOURNAL

BACKUPS = "backup"
MOST_BACKUPS = 20

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ALWAYS_KEPT = 8


def back_up(database: Path, *, now: datetime) -> Path | None:
    """Copy a database that is about to be replaced, and thin out older copies.

    A database of another schema version, and a damaged one, is kept for ever, under a name that says so.

    Args:
        database: project.db of a project folder.
        now: Time of this save.

    Returns:
        The copy, None when there was nothing to copy.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    if not database.is_file():
        return None
    folder = database.parent / BACKUPS
    copy = folder / _name_of_copy(database, now)
    with refusals_named(folder):
        folder.mkdir(exist_ok=True)
    with written_atomically(copy) as temporary:
        temporary.write_bytes(database.read_bytes())
    for surplus in _surplus(list_backups(database.parent), now):
        surplus.unlink(missing_ok=True)
    return copy


def put_journal_aside(project_folder: Path, *, now: datetime) -> None:
    """Move the votes of a project that another one replaces into backup/, where they stay.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    journal = project_folder / JOURNAL
    if not journal.is_file():
        return
    aside = project_folder / BACKUPS / f"pairs-{now.astimezone(UTC).strftime(_STAMP)}.jsonl"
    with refusals_named(aside):
        aside.parent.mkdir(exist_ok=True)
        journal.replace(aside)


def list_backups(project_folder: Path) -> list[Path]:
    """Backup copies of a project, newest first."""
    found = (project_folder / BACKUPS).glob("project-*.db")
    return sorted((path for path in found if _time_of(path) is not None), key=_sort_key, reverse=True)


def _name_of_copy(database: Path, now: datetime) -> str:
    stamp = now.astimezone(UTC).strftime(_STAMP)
    version = schema_version_in(database)
    if version is not None and version != SCHEMA_VERSION:
        return f"project-{stamp}-schema{version}.db"
    return f"{'project' if _is_whole(database) else 'damaged'}-{stamp}.db"


def _is_whole(database: Path) -> bool:
    try:
        read_database(database)
    except DamagedProjectError:
        return False
    return True


def _surplus(newest_first: list[Path], now: datetime) -> list[Path]:
    thinned = [path for path in newest_first if "-schema" not in path.stem]
    kept: list[Path] = []
    slots: set[str] = set()
    for path in thinned:
        slot = _slot(path, now)
        if len(kept) < _ALWAYS_KEPT or slot not in slots:
            kept.append(path)
        slots.add(slot)
    return [path for path in thinned if path not in kept[:MOST_BACKUPS]]


def _slot(path: Path, now: datetime) -> str:
    """The stretch of time of which one copy is enough."""
    time = _time_of(path) or now
    age = now - time
    if age < timedelta(hours=1):
        return path.stem
    return time.strftime("%Y%m%dT%H" if age < timedelta(days=1) else "%Y%m%d")


def _time_of(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem.split("-")[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _sort_key(path: Path) -> tuple[datetime, str]:
    return _time_of(path) or datetime.min.replace(tzinfo=UTC), path.name
