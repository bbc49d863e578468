"""Reads sound out of films and sound files, laid on the film's own timeline.

Letters: C channels, N samples. Nothing here needs torch, so that the window may use it;
rates are changed by FFmpeg's resampler, which keeps sample 0 at sample 0.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import BlockingIOError as NothingYetError
from av.error import EOFError as EndError
from av.error import FFmpegError
from av.filter import Graph

from engine.errors import MediaError
from engine.media.container import opened, sound_stream
from engine.media.survey import survey
from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ, rescale

# Times of packets are rounded (a millisecond in .mkv); only more than this is a real gap.
_GAP_S = Fraction(1, 50)
_PUSHED_SAMPLES = 1 << 18
_FULL_SCALE = {"int16": float(1 << 15), "int32": float(1 << 31)}
_QUALITY = "filter_size=64:phase_shift=10:cutoff=0.97"


@dataclass
class _Run:
    """Decoded sound without gaps.

    Attributes:
        start_s: Time of its first sample, on the container's clock.
        rate_hz: Sample rate.
        parts: Pieces of (C, n).
        length: Samples so far.
    """

    start_s: Fraction
    rate_hz: int
    parts: list[FloatArray] = field(default_factory=list)
    length: int = 0

    @property
    def end_s(self) -> Fraction:
        """Time of the sample after its last."""
        return self.start_s + Fraction(self.length, self.rate_hz)

    def continues_at(self, time_s: Fraction, part: FloatArray, rate_hz: int) -> bool:
        """Whether a piece follows without a gap, at the same rate and with as many channels."""
        same_kind = self.rate_hz == rate_hz and len(self.parts[0]) == len(part)
        return same_kind and abs(time_s - self.end_s) <= _GAP_S

    def append(self, part: FloatArray) -> None:
        """Add the next piece, (C, n)."""
        self.parts.append(part)
        self.length += part.shape[1]


def read_clip_audio(path: Path, *, rate_hz: int = PROJECT_RATE_HZ) -> FloatArray:
    """The film's own sound, laid so that sample 0 sounds with the first picture.

    Args:
        path: The film.
        rate_hz: Sample rate wanted.

    Returns:
        (C, N) float32 of the picture's length: sound before the first picture and after the
        last is cut, missing sound is silence.

    Raises:
        MediaError: When the film cannot be used or has no sound that can be decoded.
    """
    info = survey(path).info
    origin_s = info.start_pts * info.time_base
    length = rescale(info.duration_samples, from_hz=PROJECT_RATE_HZ, to_hz=rate_hz)
    return _laid(_read_runs(path), origin_s=origin_s, rate_hz=rate_hz, length=length)


def read_audio(path: Path, *, rate_hz: int) -> FloatArray:
    """A sound file, or the sound of a film, from its own first sample to its last.

    Samples are not limited: some recordings decode above 1.0.

    Args:
        path: The file.
        rate_hz: Sample rate wanted.

    Returns:
        (C, N) float32.

    Raises:
        MediaError: When there is no sound at ``path`` that can be decoded.
    """
    runs = _read_runs(path)
    origin_s = runs[0].start_s
    end_s = max(run.end_s for run in runs)
    length = -(-(end_s - origin_s) * rate_hz // 1)
    return _laid(runs, origin_s=origin_s, rate_hz=rate_hz, length=length)


def resample(samples: FloatArray, *, from_hz: int, to_hz: int) -> FloatArray:
    """Change the rate of a sound; sample 0 stays where it is.

    Args:
        samples: (..., N) float32.
        from_hz: Rate of ``samples``.
        to_hz: Rate wanted.

    Returns:
        (..., ceil(N * to_hz / from_hz)) float32.

    Raises:
        ValueError: When a rate is not positive.
    """
    if from_hz <= 0 or to_hz <= 0:
        raise ValueError(f"resample takes rates above 0 Hz, got {from_hz} to {to_hz}")
    if from_hz == to_hz:
        return np.array(samples, dtype=np.float32)
    length = -(-samples.shape[-1] * to_hz // from_hz)
    rows = np.asarray(samples, dtype=np.float32).reshape(math.prod(samples.shape[:-1]), samples.shape[-1])
    resampled = np.zeros((len(rows), length), dtype=np.float32)
    for row, out in zip(rows, resampled, strict=True):
        _resample_row(row, out, from_hz=from_hz, to_hz=to_hz)
    return resampled.reshape(*samples.shape[:-1], length)


def _resample_row(row: FloatArray, out: FloatArray, *, from_hz: int, to_hz: int) -> None:
    """Resample one channel, (N,) into (M,)."""
    graph = Graph()
    inlet = graph.add_abuffer(
        sample_rate=from_hz, format="fltp", layout="mono", time_base=Fraction(1, from_hz)
    )
    outlet = graph.add("abuffersink")
    graph.link_nodes(inlet, graph.add("aresample", f"{to_hz}:{_QUALITY}"), outlet).configure()
    filled = 0
    for piece in _pushed(graph, row, rate_hz=from_hz):
        kept = min(piece.shape[1], len(out) - filled)
        out[filled : filled + kept] = piece[0, :kept]
        filled += kept


def _pushed(graph: Graph, row: FloatArray, *, rate_hz: int) -> Iterator[FloatArray]:
    """Send a channel through a graph in pieces and give what comes out."""
    for begin in range(0, len(row), _PUSHED_SAMPLES):
        piece = np.ascontiguousarray(row[None, begin : begin + _PUSHED_SAMPLES])
        frame = AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, begin, Fraction(1, rate_hz)
        graph.push(frame)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[FloatArray]:
    while True:
        try:
            frame = graph.pull()
        except (NothingYetError, EndError):
            return
        if isinstance(frame, AudioFrame):
            yield _as_float(frame)


def _read_runs(path: Path) -> list[_Run]:
    """All sound of a file, at least one run."""
    runs: list[_Run] = []
    with opened(path) as container:
        stream = sound_stream(container)
        if stream is None:
            raise MediaError(f"{path} has no sound track that can be decoded: choose a file with sound.")
        for frame in _decoded(container, stream):
            part = _as_float(frame)
            if frame.pts is not None and frame.time_base:
                time_s = frame.pts * frame.time_base
            else:  # raw streams carry no times and count on from what came before
                time_s = runs[-1].end_s if runs else Fraction(0)
            if not (runs and runs[-1].continues_at(time_s, part, frame.sample_rate)):
                runs.append(_Run(time_s, frame.sample_rate))
            runs[-1].append(part)
    if not any(run.length for run in runs):
        raise MediaError(f"No sound of {path} can be decoded: it may be damaged. Export it again.")
    return runs


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


def _laid(runs: list[_Run], *, origin_s: Fraction, rate_hz: int, length: int) -> FloatArray:
    """Runs laid on a timeline that starts at a time, (C, length)."""
    timeline = np.zeros((max(len(run.parts[0]) for run in runs), length), dtype=np.float32)
    for run in runs:
        sound = resample(np.concatenate(run.parts, axis=1), from_hz=run.rate_hz, to_hz=rate_hz)
        first = round((run.start_s - origin_s) * rate_hz)
        begin, end = max(0, first), min(length, first + sound.shape[1])
        if begin < end:
            timeline[: len(sound), begin:end] = sound[:, begin - first : end - first]
    return timeline
