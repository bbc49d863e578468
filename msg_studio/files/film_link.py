"""The film of a project: whether it is still where it was, whether it is still the same, where it went."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.errors import MediaError
from engine.media.video_reader import probe
from engine.project.project import Project
from engine.project.take_files import missing_takes
from engine.records import ClipInfo
from engine.timing import PROJECT_RATE_HZ
from msg_studio.files.dropped import FILM_SUFFIXES

MOST_PROBED = 40
_MOST_LISTED = 5_000

NO_FILM, PRESENT, MISSING, CHANGED = "no film", "present", "missing", "changed"


@dataclass(frozen=True)
class FilmState:
    """What became of a project's film.

    Attributes:
        state: "no film", "present", "missing" or "changed".
        path: Where the project looks for it.
        words: What is the matter and what to do, empty when nothing is.
        info: What lies there now, None when nothing readable does.
    """

    state: str
    path: Path | None
    words: str = ""
    info: ClipInfo | None = None


@dataclass(frozen=True)
class FilmMatch:
    """A film that may be the one a project lost.

    Attributes:
        info: The film.
        same: Whether it is the same film, by its fingerprint.
        words: How it differs and what follows, empty when it is the same.
    """

    info: ClipInfo
    same: bool
    words: str = ""


def film_state(project: Project) -> FilmState:
    """Look for a project's film; it is read through once, so never in the window's thread."""
    clip = project.clip
    if clip is None:
        return FilmState(NO_FILM, None)
    if not clip.path.is_file():
        return FilmState(
            MISSING,
            clip.path,
            f"The film {clip.path.name} is not at {clip.path.parent} any more. "
            "Sounds and events can be used; locate the film to see the picture.",
        )
    try:
        info = probe(clip.path)
    except MediaError as error:
        return FilmState(CHANGED, clip.path, f"The film cannot be read any more. {error}")
    if info.fingerprint == clip.fingerprint:
        return FilmState(PRESENT, clip.path, info=info)
    return FilmState(CHANGED, clip.path, f"{clip.path.name} has changed. {difference(clip, info)}", info)


def difference(old: ClipInfo, new: ClipInfo) -> str:
    """How another film differs in length from the one a project was made for, and what follows."""
    by = new.duration_samples - old.duration_samples
    lengths = f"it lasts {_seconds(new)} s, the film of the project lasted {_seconds(old)} s"
    if by == 0:
        return "It has the same length but other content: check that the events still fit the picture."
    kept = "Use it, and all events stay where they are in time; or keep the link to the film it was made for."
    if by > 0:
        return f"It is longer: {lengths}. {kept}"
    return f"It is shorter: {lengths}; events beyond its end are kept but have no picture. {kept}"


def find_film(
    clip: ClipInfo,
    *,
    project_folder: Path | None = None,
    given: Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> FilmMatch | None:
    """Look for a film that was moved or renamed: by its fingerprint, else by its name.

    Args:
        clip: The film as the project knows it.
        project_folder: The folder of the project; the film may lie beside or in it.
        given: A folder the user names, searched with the folders in it, or the file itself.
        stopped: Asked between two films; the search ends when it says so.

    Returns:
        The same film wherever it is found, else one of the same name, else None. A file that was
        named is compared whatever its name.
    """
    if given is not None and given.is_file():
        return match_film(clip, given)
    namesake: FilmMatch | None = None
    for path in islice(_candidates(clip, project_folder, given), MOST_PROBED):
        if stopped():
            return None
        match = match_film(clip, path)
        if match is not None and match.same:
            return match
        if namesake is None and match is not None and path.name.lower() == clip.path.name.lower():
            namesake = match
    return namesake


def match_film(clip: ClipInfo, path: Path) -> FilmMatch | None:
    """Compare a file with a project's film; None when it is no film we can read."""
    try:
        info = probe(path)
    except MediaError:
        return None
    if info.fingerprint == clip.fingerprint:
        return FilmMatch(info, same=True)
    return FilmMatch(info, same=False, words=f"{path.name} is not the same film. {difference(clip, info)}")


def missing_takes_in_words(project: Project) -> str:
    """Which takes have lost their sound file, in a sentence; empty when none has."""
    lost = missing_takes(project)
    if not lost:
        return ""
    named = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    verb = "take has" if len(lost) == 1 else "takes have"
    return (
        f"{len(lost)} {verb} lost the sound file: {named}. Put the WAV files back into the project's "
        "takes folder, or make the takes again."
    )


def _candidates(clip: ClipInfo, project_folder: Path | None, given: Path | None) -> Iterator[Path]:
    """Files worth reading, the likeliest first, none twice."""
    if given is not None:
        found = _films(islice(given.rglob("*"), _MOST_LISTED))
    else:
        folders = [clip.path.parent]
        if project_folder is not None:
            folders = [project_folder.absolute().parent, project_folder, clip.path.parent]
        found = _films(path for folder in folders for path in _listed(folder))
    yield from dict.fromkeys(sorted(found, key=lambda path: _unlikeness(path, clip.path)))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(islice(folder.iterdir(), _MOST_LISTED))
    except OSError:  # gone, or not ours to read: nothing to find there
        return []


def _films(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.suffix.lower() in FILM_SUFFIXES and path.is_file()]


def _unlikeness(path: Path, lost: Path) -> tuple[bool, bool, bool, str]:
    """Sorts the same name first, then the same stem, then the same kind of file."""
    return (
        path.name.lower() != lost.name.lower(),
        path.stem.lower() != lost.stem.lower(),
        path.suffix.lower() != lost.suffix.lower(),
        str(path),
    )


def _seconds(clip: ClipInfo) -> str:
    return f"{clip.duration_samples / PROJECT_RATE_HZ:.3f}"
