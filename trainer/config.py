"""Run settings: frozen dataclasses filled from TOML; an unknown key is an error."""

import dataclasses
import tomllib
import typing
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import InputError

T = TypeVar("T")


def read_config(kind: type[T], path: Path) -> T:
    """Fill a dataclass (with dataclass fields for tables) from a TOML file.

    Raises:
        InputError: When the file is absent, not TOML, or has an unknown or missing key, or a
            plain value where a table belongs.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"Config {path} cannot be read ({problem.strerror}): give a TOML file.") from problem
    except ValueError as problem:
        raise InputError(f"Config {path} is not TOML ({problem}): mend that line.") from problem
    return _fill(kind, values, where=str(path))


def _fill(kind: type[T], values: dict[str, Any], *, where: str) -> T:
    fields = {field.name: field for field in dataclasses.fields(typing.cast("Any", kind))}
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise InputError(f"{where}: unknown key '{unknown[0]}'; known are {', '.join(sorted(fields))}.")
    filled = {name: _value(hints[name], value, where=f"{where} [{name}]") for name, value in values.items()}
    try:
        return kind(**filled)
    except TypeError as problem:
        raise InputError(f"{where}: {problem}.") from problem


def _value(kind: Any, value: Any, *, where: str) -> Any:
    kind = next((part for part in typing.get_args(kind) if dataclasses.is_dataclass(part)), kind)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise InputError(f"{where}: {value!r} is no table: write its keys under a heading of their own.")
        return _fill(typing.cast("type[Any]", kind), value, where=where)
    return tuple(value) if isinstance(value, list) else value
