"""A project folder on the disk: save it whole, open it, rescue a damaged one.

Name.msgproj/
  project.db        SQLite, replaced in one step at each save
  project.json      the same for people
  takes/ab/ab12.wav immutable, named by the hash of the sound
  prefs/pairs.jsonl votes, append-only
  backup/           earlier saves
  cache/            whatever can be made again
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.errors import OutputLocationError, ProjectError
from engine.project.backups import back_up, list_backups, put_journal_aside
from engine.project.damage import DamagedProjectError
from engine.project.database import database_bytes, read_database, read_newer_database, schema_version_in
from engine.project.disk import refusals_named
from engine.project.file_names import DATABASE, MIRROR, SUFFIX
from engine.project.mirror import read_mirror, write_mirror
from engine.project.project import Project
from engine.project.rows import project_of, tables_of
from engine.project.schema import SCHEMA_VERSION, newer_version
from engine.project.take_files import with_takes_inside
from engine.project.vote_journal import complete_journal, merge_votes

_CACHE = "cache"


@dataclass(frozen=True)
class Rescue:
    """What could be saved of a damaged project.

    Attributes:
        project: The project as it was at the save it was read from.
        source: The file it was read from.
    """

    project: Project
    source: Path


def save_project(project: Project, folder: Path) -> Project:
    """Write a project into its folder: it is there whole, or the last save stays.

    Takes that lie elsewhere are copied in, votes the journal lacks are added, and the
    database of the last save goes to backup/. Where the folder held another project, its
    votes go there too.

    Args:
        project: The project.
        folder: Name.msgproj; made when absent, its parent must exist.

    Returns:
        The project with its takes where they lie now.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
        InputError: When a take cannot be read or a name cannot be stored.
    """
    _make_folder(folder)
    inside = with_takes_inside(project, folder)
    tables = tables_of(inside, folder)
    content = database_bytes(tables)
    now = datetime.now(UTC)
    back_up(folder / DATABASE, now=now)
    if _holds_another(folder, project.id):
        put_journal_aside(folder, now=now)
    complete_journal(folder, inside.votes)
    with written_atomically(folder / DATABASE) as temporary:
        temporary.write_bytes(content)
    write_mirror(folder, tables)
    return inside


def open_project(folder: Path) -> Project:
    """Read a project folder; nothing is written. Film and takes may be missing, their paths tell.

    Raises:
        ProjectError: When there is no project or it is newer than this program.
        DamagedProjectError: When its database is missing or not whole; `rescue_project` may help.
    """
    _check_folder(folder)
    database = folder / DATABASE
    if not database.is_file():
        raise DamagedProjectError(f"{database} is missing. {_way_out(folder)}")
    try:
        return _with_journal(_read(database, folder), folder)
    except DamagedProjectError as error:
        raise DamagedProjectError(f"{error} {_way_out(folder)}") from error


def open_saved_project(folder: Path) -> Project:
    """Read the last save of a project folder alone: votes given since are not in it. Nothing is written.

    For readers who take what is whole of the journal (`vote_journal.read_good_votes`), beside a window
    that may have the project open.

    Raises:
        ProjectError: When there is no project or it is newer than this program.
        DamagedProjectError: When its database is missing or not whole.
    """
    _check_folder(folder)
    if not (folder / DATABASE).is_file():
        raise DamagedProjectError(f"{folder / DATABASE} is missing. {_way_out(folder)}")
    return _read(folder / DATABASE, folder)


def newer_project(folder: Path) -> str:
    """The message that a project was saved by a newer program; empty when it was not."""
    version = schema_version_in(folder / DATABASE) or 0
    return newer_version(str(folder / DATABASE), version) if version > SCHEMA_VERSION else ""


def open_newer_project(folder: Path) -> Project:
    """Read a project of a newer program as far as we know its tables: for looking, not for saving.

    Raises:
        ProjectError: When there is no project, or too much has changed since.
    """
    database = folder / DATABASE
    try:
        return project_of(read_newer_database(database), folder)
    except DamagedProjectError as error:
        raise ProjectError(
            f"{folder} was saved by a newer program and cannot even be shown by this one ({error}) "
            "Update the program."
        ) from error


def rescue_project(folder: Path) -> Rescue:
    """Read a project as far as it is whole: its database, its mirror, or its newest good backup.

    Nothing is written. The next save puts the damaged database into backup/.

    Raises:
        ProjectError: When nothing readable is left, or the project is newer than this program.
    """
    _check_folder(folder)
    for source in (folder / DATABASE, folder / MIRROR, *list_backups(folder)):
        if not source.is_file():
            continue
        try:
            return Rescue(_with_journal(_read(source, folder), folder), source)
        except DamagedProjectError:
            continue  # the next older source may be whole
    raise ProjectError(
        f"Nothing readable is left in {folder}: neither {DATABASE}, {MIRROR} nor a copy in backup/ is "
        "whole. The takes are in takes/; restore the folder from your own backup."
    )


def _read(source: Path, folder: Path) -> Project:
    tables = read_mirror(folder) if source.name == MIRROR else read_database(source)
    try:
        return project_of(tables, folder)
    except DamagedProjectError as error:
        raise DamagedProjectError(f"{source} is damaged. {error}") from error


def _with_journal(project: Project, folder: Path) -> Project:
    return project.with_votes(merge_votes(folder, project.votes))


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputLocationError(
            f"Cannot save the project as {folder}: a file has that name. Choose another."
        )
    with refusals_named(folder):
        folder.mkdir(exist_ok=True)
        (folder / _CACHE).mkdir(exist_ok=True)


def _holds_another(folder: Path, project_id: str) -> bool:
    try:
        return read_database(folder / DATABASE)["meta"][0]["project_id"] != project_id
    except (ProjectError, IndexError):
        return False  # absent or damaged: its votes may well be ours


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise ProjectError(
            f"There is no project at {folder}. Check the path, or look for the {SUFFIX} folder."
        )
    if not folder.is_dir():
        raise ProjectError(f"{folder} is a file; a project is a folder {SUFFIX}. Choose the folder.")
    if not any((folder / name).exists() for name in (DATABASE, MIRROR)):
        raise ProjectError(f"{folder} is not a project: it has no {DATABASE}. Choose a {SUFFIX} folder.")


def _way_out(folder: Path) -> str:
    """What the user can do about a damaged database."""
    copies = list_backups(folder)
    if copies:
        return f"Copy {copies[0]} over {folder / DATABASE} to return to the save before it."
    if (folder / MIRROR).is_file():
        return f"{folder / MIRROR} holds the last save as text; rescue the project from it."
    return "No backup exists yet; restore the folder from your own backup."
