"""The WAV files of takes: named by the SHA-256 of their sound, written once, never changed."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.project.disk import refusals_named
from engine.project.project import Project

TAKES = "takes"

_BLOCK = 1 << 20


def add_take_file(folder: Path, wav: Path) -> Path:
    """Copy a WAV into a project folder; the same sound is kept once.

    Args:
        folder: The project folder.
        wav: The WAV, which stays where it is.

    Returns:
        Its place in the project: takes/ab/ab12….wav.

    Raises:
        InputError: When the file cannot be read or is no WAV.
        OutputLocationError: When nothing can be written in the folder.
        WriteError: When the disk refuses.
    """
    target = take_path(folder, sound_hash(wav))
    if target.is_file():
        return target
    with refusals_named(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with written_atomically(target) as temporary, wav.open("rb") as source, temporary.open("wb") as copy:
        shutil.copyfileobj(source, copy, _BLOCK)
    return target


def take_path(folder: Path, sha256: str) -> Path:
    """Where a take of this hash lies in a project folder."""
    return folder.absolute() / TAKES / sha256[:2] / f"{sha256}.wav"


def sound_hash(wav: Path) -> str:
    """SHA-256 of a WAV's data chunk: the sound without the words around it.

    Raises:
        InputError: When the file cannot be read or is no WAV.
    """
    digest = hashlib.sha256()
    try:
        with wav.open("rb") as handle:
            for block in _sound_blocks(handle, wav):
                digest.update(block)
    except OSError as error:
        raise InputError(f"Cannot read the take {wav}: {error.strerror}.") from error
    return digest.hexdigest()


def missing_takes(project: Project) -> tuple[str, ...]:
    """Ids of the takes whose WAV is not there."""
    return tuple(take.id for take in project.takes if not take.path.is_file())


def with_takes_inside(project: Project, folder: Path) -> Project:
    """The project with every take's WAV in its folder; files elsewhere are copied in.

    A take whose WAV is missing stays in the project and keeps its file name.

    Raises:
        InputError: When a WAV cannot be read.
        OutputLocationError: When nothing can be written in the folder.
        WriteError: When the disk refuses.
    """
    inside = folder.absolute()
    return replace(
        project,
        takes=tuple(
            take
            if take.path.absolute().is_relative_to(inside)
            else replace(take, path=_brought_inside(take.path, inside))
            for take in project.takes
        ),
    )


def _brought_inside(path: Path, folder: Path) -> Path:
    if path.is_file():
        return add_take_file(folder, path)
    return folder / TAKES / path.name[:2] / path.name


def _sound_blocks(handle: BinaryIO, wav: Path) -> Iterator[bytes]:
    header = handle.read(12)
    if header[:4] != b"RIFF" or header[8:] != b"WAVE":
        raise InputError(f"The take {wav} is not a WAV file: write takes as WAV at 48 kHz.")
    while True:
        name, size = handle.read(4), int.from_bytes(handle.read(4), "little")
        if len(name) < 4:
            raise InputError(f"The WAV file {wav} is cut short: it has no sound. Make the take again.")
        if name == b"data":
            break
        handle.seek(size + size % 2, 1)
    while size:
        block = handle.read(min(size, _BLOCK))
        if not block:
            raise InputError(
                f"The WAV file {wav} is cut short: {size} bytes are missing. Make the take again."
            )
        size -= len(block)
        yield block
