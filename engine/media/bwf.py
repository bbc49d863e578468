"""Writes broadcast wave files: 24-bit PCM with bext (EBU Tech 3285 version 2) and iXML before the data.

Letters: C channels, N samples.
"""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.media.ascii_text import to_ascii
from engine.media.broadcast_info import BroadcastInfo
from engine.media.ixml import ixml_document
from engine.records import FloatArray

__all__ = ["BroadcastInfo", "write_bwf"]

BIT_DEPTH = 24
ORIGINATOR = "MultiSoundGen Studio"

_BEXT = struct.Struct("<256s32s32s10s8sIIH64shhhhh180s")
_BEXT_VERSION = 2
_NOT_STATED = 0x7FFF
_PCM = 1
_BYTES_PER_SAMPLE = BIT_DEPTH // 8
_FULL_SCALE = 1 << (BIT_DEPTH - 1)
_BLOCK_SAMPLES = 1 << 16
_LARGEST_RIFF = (1 << 32) - 1


def write_bwf(path: Path, samples: FloatArray, *, rate_hz: int, info: BroadcastInfo) -> None:
    """Write a sound as a 24-bit broadcast wave file, whole or not at all.

    Args:
        path: File to write; its folder must exist.
        samples: (C, N) within -1 to 1; exactly 1 becomes the largest 24-bit value.
        rate_hz: Sample rate.
        info: What the file says about itself.

    Raises:
        ValueError: When the samples are of another shape, not finite or beyond +-1, or the
            number of track names is not C.
        InputError: When the sound is too long for one WAV file (4 GiB).
        OutputLocationError: When nothing can be written at ``path``.
        WriteError: When the disk refuses during the writing.
    """
    _check(samples, info)
    chunks = {
        b"bext": _bext(info, rate_hz=rate_hz, channels=len(samples)),
        b"iXML": ixml_document(info, rate_hz=rate_hz, bit_depth=BIT_DEPTH),
        b"fmt ": _format(rate_hz=rate_hz, channels=len(samples)),
    }
    data_bytes = samples.size * _BYTES_PER_SAMPLE
    head = b"".join(_chunk(name, body) for name, body in chunks.items())
    riff_bytes = len(b"WAVE") + len(head) + 8 + data_bytes + data_bytes % 2
    if riff_bytes > _LARGEST_RIFF:
        hours = samples.shape[1] / rate_hz / 3600
        raise InputError(
            f"{path} would hold {hours:.1f} hours, more than a WAV file can: export it in parts."
        )
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + head)
        file.write(struct.pack("<4sI", b"data", data_bytes))
        _write_samples(file, samples)
        file.write(b"\0" * (data_bytes % 2))


def _check(samples: FloatArray, info: BroadcastInfo) -> None:
    if samples.ndim != 2:
        raise ValueError(f"write_bwf takes samples (C, N), got {samples.shape}")
    if len(info.track_names) != len(samples):
        raise ValueError(f"{len(samples)} channels need as many track names, got {info.track_names}")
    if not 0 <= info.time_reference < 1 << 64:
        raise ValueError(f"time_reference is counted from midnight, got {info.time_reference}")
    peak = float(np.max(np.abs(samples), initial=0.0))
    if not math.isfinite(peak) or peak > 1:
        raise ValueError(f"write_bwf takes samples within -1 to 1, got a peak of {peak}: scale them first")


def _write_samples(file: BinaryIO, samples: FloatArray) -> None:
    for begin in range(0, samples.shape[1], _BLOCK_SAMPLES):
        block = samples[:, begin : begin + _BLOCK_SAMPLES].T.astype(np.float64)  # (n, C)
        whole = np.minimum(np.rint(block * _FULL_SCALE), _FULL_SCALE - 1).astype("<i4")
        octets = whole.reshape(-1, 1).view(np.uint8)  # (n * C, 4), the lowest octet first
        file.write(octets[:, :_BYTES_PER_SAMPLE].tobytes())


def _chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk, padded to an even length that its size does not count."""
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def _format(*, rate_hz: int, channels: int) -> bytes:
    frame_bytes = channels * _BYTES_PER_SAMPLE
    return struct.pack("<HHIIHH", _PCM, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, BIT_DEPTH)


def _bext(info: BroadcastInfo, *, rate_hz: int, channels: int) -> bytes:
    made = info.origination
    loudness = _NOT_STATED if info.loudness_lufs is None else _hundredths(info.loudness_lufs)
    fixed = _BEXT.pack(
        to_ascii(info.description),
        to_ascii(ORIGINATOR),
        to_ascii(info.originator_reference),
        made.strftime("%Y-%m-%d").encode("ascii"),
        made.strftime("%H:%M:%S").encode("ascii"),
        info.time_reference & 0xFFFFFFFF,
        info.time_reference >> 32,
        _BEXT_VERSION,
        b"",
        loudness,
        *[_NOT_STATED] * 4,
        b"",
    )
    return fixed + b"".join(_history_lines(info.coding_history, rate_hz=rate_hz, channels=channels))


def _hundredths(decibels: float) -> int:
    """A level as the signed integer of bext, "not stated" where it lies outside what that can hold."""
    value = round(100 * decibels) if math.isfinite(decibels) else _NOT_STATED
    return value if -9999 <= value <= 9999 else _NOT_STATED


def _history_lines(text: str, *, rate_hz: int, channels: int) -> Iterator[bytes]:
    """The coding history: one line on how the file was made, ended by CR LF."""
    mode = {1: "mono", 2: "stereo"}.get(channels, "multi")
    # A comma would begin the next field.
    free_text = " ".join(text.split()).replace(",", ";")
    yield to_ascii(f"A=PCM,F={rate_hz},W={BIT_DEPTH},M={mode},T={free_text}") + b"\r\n"
