"""Features kept on the disk between sessions, so that no film is decoded for them twice.

One file for each thing computed: a head of HEAD_BYTES (a mark, then JSON that names the arrays
and their checksum), then the arrays row after row. Rows are read a stretch at a time, so that
the features of an hour of film never lie in memory together.
"""

import hashlib
import json
import math
import os
import re
import secrets
import threading
import time
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import platformdirs
import torch
from torch import Tensor

from engine.atomic_file import disk_error
from engine.errors import StudioError, WorkError
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.project.disk import refusals_named

LIMIT_BYTES = 8 * 10**9  # some 15 hours of film
HEAD_BYTES = 4096
SUFFIX = ".features"

_MARK = b"MSGFEAT1"
_KINDS = {"float16": torch.float16, "float32": torch.float32, "uint8": torch.uint8}
_NAME = re.compile(r"[a-z]+-[0-9a-f]{32}")
_LEFT_OVER_S = 24 * 3600  # a file still being written is younger than this
_PRUNE_EVERY_BYTES = 64 << 20
_PIECE_BYTES = 1 << 20


def default_folder() -> Path:
    """Where the features of this user lie."""
    return platformdirs.user_cache_path("MultiSoundGen Studio", appauthor=False) / "features"


@dataclass(frozen=True)
class FeatureKey:
    """What features are of.

    Attributes:
        kind: What they are, one word in small letters ("picture").
        parts: All that decides their values: hash of the content, hash of the weights, version.
    """

    kind: str
    parts: tuple[str | int, ...]

    @property
    def file_name(self) -> str:
        """Name of their file."""
        return f"{self.kind}-{hashlib.sha256(repr(self.parts).encode()).hexdigest()[:32]}{SUFFIX}"


@dataclass(frozen=True)
class _Place:
    """Where an array lies in a file."""

    kind: str
    shape: tuple[int, ...]
    at: int

    @property
    def row_bytes(self) -> int:
        return math.prod(self.shape[1:]) * _KINDS[self.kind].itemsize

    @property
    def end(self) -> int:
        return self.at + self.shape[0] * self.row_bytes


class StoredRows:
    """An array on the disk, (N, ...); a slice of its first axis reads these rows only.

    The file stays open, so that it can be read on after the cache has deleted it.
    """

    def __init__(self, file: FileIO, place: _Place) -> None:
        self._file, self._place = file, place
        self._lock = threading.Lock()
        weakref.finalize(self, file.close)

    @property
    def shape(self) -> tuple[int, ...]:
        """As of a tensor."""
        return self._place.shape

    def __len__(self) -> int:
        return self._place.shape[0]

    def __getitem__(self, rows: slice) -> Tensor:
        start, end, step = rows.indices(len(self))
        assert step == 1, "rows are read one after the other"
        count = max(0, end - start)
        content = bytearray(count * self._place.row_bytes)
        with self._lock:
            self._file.seek(self._place.at + start * self._place.row_bytes)
            read = self._file.readinto(content)
        if read != len(content):
            raise WorkError(f"Kept features in {self._file.name} were changed while in use: do it again.")
        kind = _KINDS[self._place.kind]
        flat = torch.frombuffer(content, dtype=kind) if count else torch.empty(0, dtype=kind)
        return flat.reshape(count, *self._place.shape[1:])


Rows = Tensor | StoredRows
Entry = Mapping[str, StoredRows]


class FeatureWriter:
    """Writes the arrays of a file, each as rows that may come in parts.

    Args:
        file: An empty file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, _Place] = {}
        self._checksum = 0
        file.write(bytes(HEAD_BYTES))

    def add(self, name: str, rows: Tensor) -> None:
        """Add rows (n, ...) to the array of a name; rows of one array come one after the other."""
        kind = str(rows.dtype).removeprefix("torch.")
        content = rows.contiguous().numpy().tobytes()
        known = self._places.get(name, _Place(kind, (0, *rows.shape[1:]), self._file.tell()))
        shape = (known.shape[0] + len(rows), *rows.shape[1:])
        assert known.end == self._file.tell(), f"rows of {name} are not in one run"
        assert (known.kind, known.shape[1:]) == (kind, shape[1:]), f"rows of {name} differ in kind"
        self._file.write(content)
        self._checksum = zlib.crc32(content, self._checksum)
        self._places[name] = _Place(kind, shape, known.at)

    def finish(self) -> None:
        """Write the head."""
        arrays = {name: (place.kind, place.shape, place.at) for name, place in self._places.items()}
        head = _MARK + json.dumps({"arrays": arrays, "checksum": self._checksum}).encode()
        assert len(head) <= HEAD_BYTES, "too many arrays for one head"
        self._file.seek(0)
        self._file.write(head)


class FeatureCache:
    """A folder of features; those not used for longest are deleted when it grows too large.

    Args:
        folder: Where they lie; made at the first use.
        limit_bytes: Room that all may take together.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder, self._limit_bytes = folder, limit_bytes
        self._unpruned = _PRUNE_EVERY_BYTES  # so that the first one kept prunes

    def find(self, key: FeatureKey, *, listener: ProgressListener = silent) -> Entry | None:
        """Features kept before, None where there are none.

        Args:
            key: What they are of.
            listener: Told when they are damaged; the file is deleted then.
        """
        path = self._folder / key.file_name
        try:
            entry = _read(path)
        except OSError:
            return None
        except ValueError as damage:
            _delete(path)
            note = f"kept {key.kind} features are damaged ({damage}) and are made anew"
            listener(Progress("features", 0, 0, note))
            return None
        with suppress(OSError):  # another program deleted it meanwhile, or it is not ours to touch
            os.utime(path)
        return entry

    @contextmanager
    def keeping(self, key: FeatureKey) -> Iterator[FeatureWriter]:
        """Write features; they appear when the block ends, whole or not at all.

        Raises:
            OutputLocationError: When nothing can be written in the folder.
            WriteError: When the disk refuses.
        """
        path = self._folder / key.file_name
        temporary = self._folder / f".{secrets.token_hex(8)}.part{SUFFIX}"
        try:
            with refusals_named(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                writer = FeatureWriter(file)
                yield writer
                writer.finish()
            os.replace(temporary, path)  # unflushed: what a crash tears is found by its checksum
            self._unpruned += path.stat().st_size
        except OSError as error:
            raise disk_error(path, errno=error.errno, words=str(error.strerror or error)) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        if self._unpruned >= _PRUNE_EVERY_BYTES:
            self.prune(spare=path)

    def keep(
        self, key: FeatureKey, arrays: Mapping[str, Tensor], *, listener: ProgressListener = silent
    ) -> None:
        """Keep small features; where the disk refuses, the listener is told and nothing is kept."""
        try:
            with self.keeping(key) as writer:
                for name, rows in arrays.items():
                    writer.add(name, rows)
        except StudioError as refusal:
            listener(Progress("features", 0, 0, f"not kept for the next time: {refusal}"))

    def content_of(self, path: Path, *, cancel: CancelToken | None = None) -> str:
        """SHA-256 of a file's whole content, remembered until its size or time changes.

        Raises:
            OSError: When it cannot be read.
            Cancelled: When the token was set.
        """
        state = path.stat()
        key = FeatureKey("content", (str(path.absolute()), state.st_size, state.st_mtime_ns))
        known = self.find(key)
        if known is not None:
            return bytes(known["sha256"][:].tolist()).hex()
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                (cancel or CancelToken()).check()
                digest.update(piece)
        self.keep(key, {"sha256": torch.tensor(list(digest.digest()), dtype=torch.uint8)})
        return digest.hexdigest()

    def prune(self, *, spare: Path | None = None) -> None:
        """Delete what was not used for longest until the rest fits, but ``spare``; and left-overs."""
        self._unpruned = 0
        for path in self._folder.glob(f".*.part{SUFFIX}"):
            with suppress(OSError):  # its writer ended meanwhile
                if path.stat().st_mtime < time.time() - _LEFT_OVER_S:
                    path.unlink()
        states = sorted(self._entries(), key=lambda pair: pair[1].st_mtime_ns)
        total = sum(state.st_size for _, state in states)
        for path, state in states:
            if total > self._limit_bytes and path != spare and _delete(path):
                total -= state.st_size

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob(f"*{SUFFIX}"):
            if _NAME.fullmatch(path.stem):
                with suppress(FileNotFoundError):  # another program pruned it meanwhile
                    yield path, path.stat()


def _read(path: Path) -> Entry:
    """The arrays of a file.

    Raises:
        OSError: When it cannot be read.
        ValueError: When it is damaged; the words say how.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if not head.startswith(_MARK):
            raise ValueError("no head")
        try:
            told = json.loads(head[len(_MARK) :].rstrip(b"\0"))
            places = {
                name: _Place(kind, tuple(shape), at) for name, (kind, shape, at) in told["arrays"].items()
            }
            end = max((place.end for place in places.values()), default=HEAD_BYTES)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a head without {error}") from error
        if os.fstat(file.fileno()).st_size != end:
            raise ValueError("cut short")
        checksum = 0
        while piece := file.read(_PIECE_BYTES):
            checksum = zlib.crc32(piece, checksum)
        if checksum != told["checksum"]:
            raise ValueError("wrong checksum")
    return {name: StoredRows(FileIO(path), place) for name, place in places.items()}


def _delete(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False  # in use on Windows
    return True
