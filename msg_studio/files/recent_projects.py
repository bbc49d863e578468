"""The projects opened last, in a small file of the user's configuration folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from engine.atomic_file import written_atomically
from engine.project.disk import refusals_named

MOST_RECENT = 8


@dataclass(frozen=True)
class RecentProject:
    """A project that was open.

    Attributes:
        folder: Its folder.
        name: What it is called.
        present: Whether the folder is there now.
    """

    folder: Path
    name: str
    present: bool = True


def default_file() -> Path:
    """Where the list lies unless told otherwise."""
    return platformdirs.user_config_path("MultiSoundGen Studio", appauthor=False) / "recent.json"


def recent_projects(file: Path | None = None) -> tuple[RecentProject, ...]:
    """The list, newest first; one that cannot be read counts as empty."""
    try:
        rows = json.loads((file or default_file()).read_text(encoding="utf-8"))
        found = [RecentProject(Path(row["folder"]), str(row["name"])) for row in rows]
    except (OSError, ValueError, TypeError, KeyError):  # absent, or another program's
        return ()
    return tuple(RecentProject(one.folder, one.name, one.folder.is_dir()) for one in found)


def add_recent(folder: Path, name: str, file: Path | None = None) -> tuple[RecentProject, ...]:
    """Put a project at the head of the list.

    Returns:
        The list as it is now.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    first = RecentProject(folder.absolute(), name)
    others = [one for one in recent_projects(file) if one.folder != first.folder]
    return _write([first, *others][:MOST_RECENT], file or default_file())


def remove_recent(folder: Path, file: Path | None = None) -> tuple[RecentProject, ...]:
    """Take a project off the list; the project itself stays.

    Returns:
        The list as it is now.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    kept = [one for one in recent_projects(file) if one.folder != folder]
    return _write(kept, file or default_file())


def _write(entries: list[RecentProject], file: Path) -> tuple[RecentProject, ...]:
    rows = [{**asdict(one), "folder": str(one.folder)} for one in entries]
    with refusals_named(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    with written_atomically(file) as temporary:
        temporary.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return tuple(entries)
