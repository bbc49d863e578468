"""project.json: the same rows as project.db for people, for comparing versions, and for rescue."""

import json
from pathlib import Path
from typing import Any

from engine.atomic_file import written_atomically
from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.file_names import MIRROR
from engine.project.rows import Row, Tables
from engine.project.schema import SCHEMA_VERSION, TABLES, newer_version
from engine.timing import samples_to_seconds

_FORMAT = "MultiSoundGen project"


def write_mirror(folder: Path, tables: Tables) -> None:
    """Write project.json; each time in samples has a twin in seconds, which reading ignores.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    document = {
        "format": _FORMAT,
        "schema_version": SCHEMA_VERSION,
        **{table: [_with_seconds(row) for row in rows] for table, rows in tables.items()},
    }
    with written_atomically(folder / MIRROR) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_mirror(folder: Path) -> Tables:
    """The rows of project.json.

    Raises:
        ProjectError: When it is absent, not ours or of another schema version.
        DamagedProjectError: When it is not whole.
    """
    file = folder / MIRROR
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"Cannot read {file}: {error.strerror}.") from error
    except ValueError as error:
        raise DamagedProjectError(f"{file} is damaged: {error}.") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ProjectError(f"{file} is not a project of this program.")
    _check_version(file, document)
    return {table: _rows(file, table, document) for table in TABLES}


def _check_version(file: Path, document: dict[str, Any]) -> None:
    found = document.get("schema_version")
    if not isinstance(found, int) or found < SCHEMA_VERSION:
        raise ProjectError(
            f"{file} has schema version {found}, only version {SCHEMA_VERSION} is read from JSON."
        )
    if found > SCHEMA_VERSION:
        raise ProjectError(newer_version(str(file), found))


def _rows(file: Path, table: str, document: dict[str, Any]) -> list[Row]:
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DamagedProjectError(f"{file} is damaged: {table!r} is not a list of objects.")
    return rows


def _with_seconds(row: Row) -> Row:
    seconds = {
        name.removesuffix("samples") + "s": samples_to_seconds(value)
        for name, value in row.items()
        if name.endswith("_samples") and isinstance(value, int)
    }
    return {**row, **seconds}
