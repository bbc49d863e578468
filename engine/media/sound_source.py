"""Decodes the sound of a film or sound file forward, in pieces, and tells where it has gaps.

Letters: C channels, n samples of a piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from engine.errors import MediaError
from engine.media.container import opened, sound_stream
from engine.records import FloatArray

# Times of packets are rounded (a millisecond in .mkv); only more than this is a real gap.
_GAP_S = Fraction(1, 50)
_PIECE_SAMPLES = 1 << 16
_FULL_SCALE = {"int16": float(1 << 15), "int32": float(1 << 31)}


@dataclass
class Piece:
    """Sound without a gap.

    Attributes:
        rate_hz: Sample rate.
        start_s: Time of the first sample of its run, on the container's clock. A run is sound without
            gaps, of one rate and number of channels.
        before: Samples of its run before this piece.
        parts: What was decoded, each (C, n).
        length: Samples of all parts.
    """

    rate_hz: int
    start_s: Fraction
    before: int = 0
    parts: list[FloatArray] = field(default_factory=list)
    length: int = 0

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return len(self.parts[0])

    @property
    def samples(self) -> FloatArray:
        """All its sound, (C, length)."""
        return np.concatenate(self.parts, axis=1)

    @property
    def end_s(self) -> Fraction:
        """Time of the sample after its last."""
        return self.start_s + Fraction(self.before + self.length, self.rate_hz)

    def append(self, part: FloatArray) -> None:
        """Add what follows, (C, n)."""
        self.parts.append(part)
        self.length += part.shape[1]

    def goes_on_with(self, part: FloatArray, time_s: Fraction, rate_hz: int) -> bool:
        """Whether a part, (C, n), follows without a gap."""
        same_kind = self.rate_hz == rate_hz and self.channels == len(part)
        return same_kind and abs(time_s - self.end_s) <= _GAP_S


def sound_pieces(path: Path) -> Iterator[Piece]:
    """All sound of a file in the order of decoding; nothing when none of it can be decoded.

    Raises:
        MediaError: When there is no sound track at ``path``.
    """
    with opened(path) as container:
        stream = sound_stream(container)
        if stream is None:
            raise MediaError(f"{path} has no sound track that can be decoded: choose a file with sound.")
        piece: Piece | None = None
        for frame in _decoded(container, stream):
            part = _as_float(frame)
            if frame.pts is not None and frame.time_base:
                time_s = frame.pts * frame.time_base
            else:  # raw streams carry no times and count on from what came before
                time_s = piece.end_s if piece is not None else Fraction(0)
            if piece is None:
                piece = Piece(frame.sample_rate, time_s)
            elif not piece.goes_on_with(part, time_s, frame.sample_rate):
                yield piece
                piece = Piece(frame.sample_rate, time_s)
            elif piece.length >= _PIECE_SAMPLES:
                yield piece
                piece = Piece(piece.rate_hz, piece.start_s, before=piece.before + piece.length)
            piece.append(part)
        if piece is not None:
            yield piece


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Frames of the sound; damaged packets are left out and become silence."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError):
            return
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


def _as_float(frame: AudioFrame) -> FloatArray:
    """Samples of a frame, (C, n) float32 with full scale at 1."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, len(frame.layout.channels)).T
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - 128) / np.float32(128)
    full_scale = _FULL_SCALE.get(str(raw.dtype), 1.0)
    return (raw / full_scale).astype(np.float32)
