"""What a WAV says of where it comes from: the bext chunk, read back (EBU Tech 3285)."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError

_FIXED = struct.Struct("<256s32s32s10s8sII")


@dataclass(frozen=True)
class BwfOrigin:
    """The parts of a bext chunk that we use.

    Attributes:
        description: Free text ("e001 take 1").
        reference: OriginatorReference; of our takes the id ("e001_t1").
        time_reference: First sample since midnight.
    """

    description: str
    reference: str
    time_reference: int


def read_origin(path: Path) -> BwfOrigin | None:
    """The bext chunk of a WAV, None where it has none.

    Raises:
        InputError: When the file cannot be read or is no WAV.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
                raise InputError(f"{path} is no WAV file: give a take that this program wrote.")
            body = _chunk(file, b"bext")
    except OSError as problem:
        raise InputError(f"{path} cannot be read ({problem.strerror}): give the path of a take.") from problem
    if body is None or len(body) < _FIXED.size:
        return None
    description, _, reference, _, _, low, high = _FIXED.unpack_from(body)
    return BwfOrigin(_text(description), _text(reference), low + (high << 32))


def _chunk(file: BinaryIO, wanted: bytes) -> bytes | None:
    while len(head := file.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == wanted:
            return file.read(size)
        file.seek(size + size % 2, 1)
    return None


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "replace")
