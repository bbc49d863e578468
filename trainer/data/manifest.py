"""Manifests of films: our own CSV, and that of VGGSound.

Ours has a header, and paths relative to the manifest's folder::

    file,start_s,duration_s,label,split
    films/dog.mp4,,,dog barking,train
    films/long.mov,12.5,8,door,train

An empty start is the film's begin, an empty duration goes to its end.

VGGSound's has none: ``youtube_id,start,label,split``. Its films lie in one folder, each already cut to
its ten seconds, named ID_000030.mp4 or ID_30.mp4 for the start at 30 s, or with .mkv or .webm.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InputError

ManifestKind = Literal["films", "vggsound"]
MANIFEST_KINDS: tuple[ManifestKind, ...] = ("films", "vggsound")
COLUMNS = ("file", "start_s", "duration_s", "label", "split")
VGGSOUND_COLUMNS = ("youtube_id", "start", "label", "split")
_SUFFIXES = (".mp4", ".mkv", ".webm")


@dataclass(frozen=True)
class FilmRow:
    """A film, or a stretch of one, of a manifest.

    Attributes:
        number: Line of the manifest, from 1.
        path: The film; whether it is there shows when it is read.
        start_s: Where the stretch begins.
        duration_s: How long it is, None for the rest of the film.
        label: What is to be heard, may be empty.
        split: "train", "test" ...
    """

    number: int
    path: Path
    start_s: float
    duration_s: float | None
    label: str
    split: str


def read_manifest(path: Path, *, kind: ManifestKind, films: Path | None, split: str) -> list[FilmRow]:
    """Rows of one split, in the order of the manifest.

    Args:
        path: The CSV.
        kind: Whose columns it has.
        films: Folder of the films of a VGGSound manifest.
        split: Which rows are wanted.

    Raises:
        InputError: When the manifest cannot be read, a row is malformed, or none is of the split.
    """
    if kind == "vggsound":
        if films is None:
            raise InputError(
                f"Manifest {path} of VGGSound names no films: give their folder, films = 'FOLDER'."
            )
        rows = [_vggsound_row(path, number, cells, films) for number, cells in _lines(path)]
    else:
        rows = list(_own_rows(path))
    wanted = [row for row in rows if row.split == split]
    if not wanted:
        there = ", ".join(sorted({row.split for row in rows})) or "none"
        raise InputError(f"Manifest {path} has no row of split '{split}' (it has: {there}): choose another.")
    return wanted


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells; empty lines are left out."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.reader(handle, strict=True)
            yield from ((reader.line_num, cells) for cells in reader if cells)
    except OSError as problem:
        raise InputError(
            f"Manifest {path} cannot be read ({problem.strerror}): give a CSV of films."
        ) from problem
    except (csv.Error, UnicodeDecodeError) as problem:
        raise InputError(f"Manifest {path} is no CSV in UTF-8 ({problem}): export it anew.") from problem


def _own_rows(path: Path) -> Iterator[FilmRow]:
    lines = _lines(path)
    _, header = next(lines, (0, []))
    if tuple(header) != COLUMNS:
        raise InputError(
            f"Manifest {path} begins with '{','.join(header)}': its first line must be '{','.join(COLUMNS)}'."
        )
    for number, cells in lines:
        file, start, duration, label, split = _cells(path, number, cells, COLUMNS)
        if not file:
            raise InputError(f"{path}, line {number}: file is empty: name a film, or remove the line.")
        length_s = _seconds(path, number, "duration_s", duration) if duration else None
        if length_s == 0:
            raise InputError(
                f"{path}, line {number}: duration_s is 0: give more, or nothing for the whole film."
            )
        start_s = _seconds(path, number, "start_s", start) if start else 0.0
        yield FilmRow(number, path.parent / file, start_s, length_s, label, split)


def _vggsound_row(path: Path, number: int, cells: list[str], films: Path) -> FilmRow:
    film, start, label, split = _cells(path, number, cells, VGGSOUND_COLUMNS)
    if not film or not start.isascii() or not start.isdigit():
        raise InputError(
            f"{path}, line {number}: '{film},{start}' is no id and start in whole seconds: "
            "write them as VGGSound does, '--0PQM4-hqg,30'."
        )
    return FilmRow(number, _vggsound_film(films, film, int(start)), 0.0, None, label, split)


def _vggsound_film(films: Path, film: str, start: int) -> Path:
    """The first of the names in use that is there, else the first of all."""
    names = [
        films / f"{film}_{second}{suffix}" for suffix in _SUFFIXES for second in (f"{start:06d}", str(start))
    ]
    return next((name for name in names if name.is_file()), names[0])


def _cells(path: Path, number: int, cells: list[str], columns: tuple[str, ...]) -> list[str]:
    if len(cells) != len(columns):
        raise InputError(
            f"{path}, line {number} has {len(cells)} cells, wanted {len(columns)} ({', '.join(columns)}): "
            "put a text that holds a comma in double quotes."
        )
    return [cell.strip() for cell in cells]


def _seconds(path: Path, number: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(
            f"{path}, line {number}: {column} '{text}' is no time: write seconds such as 12.5, or nothing."
        )
    return value
