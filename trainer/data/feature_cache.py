"""Prepared features of films on disk, found again by what the film holds and how they were made.

Letters: T fast steps at 25 Hz, M mel bands.
"""

import errno
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.atomic_file import disk_error, written_atomically
from engine.checkpoint import file_sha256
from engine.errors import InputError
from trainer.data.video_features import FeatureRecipe, FilmFeatures

_HEADER = "film_features"


@dataclass(frozen=True)
class FilmFacts:
    """What is worth knowing of features without reading them.

    Attributes:
        steps: T.
        mel_variance: Of the whole log-mel; next to nothing for a silent film.
    """

    steps: int
    mel_variance: float


class FilmCache:
    """A folder of features, one safetensors file a stretch of film.

    Beside them lie verdicts: a film that cannot be used is remembered, and not read again.

    Args:
        folder: Made when it is not there.
        recipe: How the features are made.
    """

    def __init__(self, folder: Path, recipe: FeatureRecipe) -> None:
        self.folder = folder
        self.recipe = recipe

    def key(self, content: str, *, start_s: float = 0.0, duration_s: float | None = None) -> str:
        """The name of features: of a film's content hash, the version of the features, the stretch."""
        parts = (content, self.recipe.version, round(start_s, 6), duration_s and round(duration_s, 6))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def path(self, key: str) -> Path:
        """Where features lie, or would."""
        return self.folder / key[:2] / f"{key}.safetensors"

    def facts(self, key: str) -> FilmFacts | None:
        """What is known of features; None where there are none, or damaged ones."""
        try:
            with safe_open(self.path(key), framework="pt") as stored:
                header = json.loads((stored.metadata() or {})[_HEADER])
            return FilmFacts(int(header["steps"]), float(header["mel_variance"]))
        except (OSError, SafetensorError, KeyError, ValueError):
            return None

    def verdict(self, key: str) -> str:
        """Why no features can be made, empty when nothing is known against it."""
        path = self._verdict_path(key)
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def save(self, key: str, features: FilmFeatures) -> FilmFacts:
        """Keep features, whole or not at all.

        Raises:
            OutputLocationError: When nothing can be written there.
            WriteError: When the disk refuses.
        """
        path = self.path(key)
        make_folder(path.parent)
        facts = FilmFacts(features.steps, float(features.mel.float().var()))
        tensors = {"picture": features.picture.contiguous(), "mel": features.mel.contiguous()}
        with written_atomically(path) as temporary:
            try:
                save_file(tensors, temporary, metadata={_HEADER: json.dumps(vars(facts))})
            except SafetensorError as problem:
                raise disk_error(path, errno=None, words=str(problem)) from problem
        return facts

    def refuse(self, key: str, reason: str) -> None:
        """Remember that a film cannot be used.

        Raises:
            OutputLocationError: When nothing can be written there.
            WriteError: When the disk refuses.
        """
        path = self._verdict_path(key)
        make_folder(path.parent)
        with written_atomically(path) as temporary:
            temporary.write_text(reason, encoding="utf-8")

    def _verdict_path(self, key: str) -> Path:
        return self.path(key).with_suffix(".bad.txt")


def make_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        OutputLocationError: When that is not possible there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as problem:  # a file has that name
        raise disk_error(folder, errno=errno.ENOTDIR, words=str(problem.strerror)) from problem
    except OSError as problem:
        raise disk_error(folder, errno=problem.errno, words=str(problem.strerror or problem)) from problem


def read_mel(path: Path) -> Tensor:
    """All of a film's log-mel, (4T, M) float32.

    Raises:
        InputError: When the features are gone or damaged.
    """
    return _read(path, "mel", 0, None).float()


def read_picture(path: Path, *, start: int, steps: int) -> Tensor:
    """Some steps of a film's picture, (steps, ...) as it is stored; only these are read from disk.

    Raises:
        InputError: When the features are gone or damaged.
    """
    return _read(path, "picture", start, start + steps)


def _read(path: Path, name: str, start: int, end: int | None) -> Tensor:
    try:
        with safe_open(path, framework="pt") as stored:
            part: Tensor = stored.get_slice(name)[start:end]
    except (OSError, SafetensorError) as problem:
        raise InputError(
            f"Prepared features {path} are gone or damaged ({problem}): run `msg-train data prepare` again."
        ) from problem
    return part


class ContentHashes:
    """Content hashes of films, remembered by name, size and time, since reading all films anew takes long.

    Args:
        folder: Where they are kept between runs.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "content_hashes.json"
        self._known: dict[str, tuple[int, int, str]] = {}
        if self._file.is_file():
            try:
                stored = json.loads(self._file.read_text(encoding="utf-8"))
                self._known = {
                    name: (int(size), int(time), str(h)) for name, (size, time, h) in stored.items()
                }
            except ValueError as problem:
                raise InputError(
                    f"{self._file} is damaged ({problem}): remove it, and it is made anew."
                ) from problem

    def recall(self, path: Path) -> str:
        """The hash of an unchanged film, empty when it is not known."""
        try:
            size, time, found = self._known[str(path.resolve())]
            about = path.stat()
        except (KeyError, OSError):
            return ""
        return found if (about.st_size, about.st_mtime_ns) == (size, time) else ""

    def remember(self, path: Path, content: str) -> None:
        """Take a hash in."""
        about = path.stat()
        self._known[str(path.resolve())] = (about.st_size, about.st_mtime_ns, content)

    def keep(self) -> None:
        """Write them down.

        Raises:
            OutputLocationError: When nothing can be written there.
            WriteError: When the disk refuses.
        """
        make_folder(self._file.parent)
        with written_atomically(self._file) as temporary:
            temporary.write_text(json.dumps(self._known), encoding="utf-8")


def content_hash(path: Path) -> str:
    """SHA-256 of a film's bytes.

    Raises:
        OSError: When it cannot be read.
    """
    return file_sha256(path)
