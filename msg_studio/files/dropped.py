"""What a file or folder is that the user drops on the window or picks: a film, a project, or neither."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.project.file_names import DATABASE, MIRROR, SUFFIX

FILM_SUFFIXES = frozenset((
    ".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mxf", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv",
    ".flv", ".ogv", ".3gp",
))  # fmt: skip


@dataclass(frozen=True)
class Dropped:
    """What was dropped.

    Attributes:
        kind: What to do with it.
        path: The film or the project folder; what was dropped where it is neither.
        words: What it is, or why it cannot be opened.
    """

    kind: Literal["film", "project", "neither"]
    path: Path
    words: str


def what_is(paths: list[Path]) -> Dropped:
    """Judge by name and folder alone; whether a film can be read shows when it is opened.

    Args:
        paths: What was dropped together; one thing is expected.
    """
    if not paths:
        return Dropped("neither", Path(), "That is no file of this machine: drop a film or a project folder.")
    path = paths[0]
    if len(paths) > 1:
        return Dropped("neither", path, f"These are {len(paths)} things: drop one film or one project.")
    if path.name in (DATABASE, MIRROR):
        path = path.parent
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() == SUFFIX and not path.exists():
        return Dropped("neither", path, f"There is no project at {path} any more: it was moved or removed.")
    if path.suffix.lower() in FILM_SUFFIXES:
        return Dropped("film", path, f"Open the video {path.name}")
    kind = f"a {path.suffix} file" if path.suffix else "a file without an ending"
    return Dropped(
        "neither", path, f"{path.name} is {kind}: drop a film (.mp4, .mov, .mkv ...) or a {SUFFIX} folder."
    )


def film_filter() -> str:
    """Which files a dialog that asks for a film shows, as Qt writes it."""
    return f"Films ({' '.join(f'*{suffix}' for suffix in sorted(FILM_SUFFIXES))})"


def _folder(path: Path) -> Dropped:
    if any((path / name).is_file() for name in (DATABASE, MIRROR)):
        return Dropped("project", path, f"Open the project {path.stem}")
    return Dropped(
        "neither", path, f"The folder {path.name} is not a project: drop a film or a {SUFFIX} folder."
    )
