"""Changes the rate of sound with FFmpeg's resampler, whole or piece by piece; sample 0 stays at sample 0.

Letters: C channels, N samples of a sound, n samples of a piece.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.error import BlockingIOError as NothingYetError
from av.error import EOFError as EndError
from av.filter import Graph

from engine.records import FloatArray

_PUSHED_SAMPLES = 1 << 18
_QUALITY = "filter_size=64:phase_shift=10:cutoff=0.97"


class Resampler:
    """One sound on its way from a rate to another, given in pieces.

    Args:
        channels: Channels of every piece.
        from_hz: Rate of the pieces.
        to_hz: Rate wanted.

    Raises:
        ValueError: When a rate is not positive.
    """

    def __init__(self, channels: int, *, from_hz: int, to_hz: int) -> None:
        if from_hz <= 0 or to_hz <= 0:
            raise ValueError(f"resample takes rates above 0 Hz, got {from_hz} to {to_hz}")
        self._from_hz, self._to_hz = from_hz, to_hz
        self._graphs = [] if from_hz == to_hz else [_graph(from_hz, to_hz) for _ in range(channels)]
        self._channels = channels
        self._taken = self._given = 0

    def push(self, piece: FloatArray) -> FloatArray:
        """Take the next piece, (C, n), and give what can be told by now, (C, m)."""
        first, self._taken = self._taken, self._taken + piece.shape[1]
        if not self._graphs:
            return piece
        rows = [
            _pushed(graph, row, first, self._from_hz) for graph, row in zip(self._graphs, piece, strict=True)
        ]
        return self._count(np.stack(rows))

    def finish(self) -> FloatArray:
        """What is left, (C, m), so that all pieces together are ceil(N * to_hz / from_hz) long."""
        if not self._graphs:
            return np.zeros((self._channels, 0), dtype=np.float32)
        left = -(-self._taken * self._to_hz // self._from_hz) - self._given
        rest = np.zeros((self._channels, left), dtype=np.float32)
        for graph, row in zip(self._graphs, rest, strict=True):
            graph.push(None)
            tail = np.concatenate([row[:0], *_pulled(graph)])[:left]
            row[: len(tail)] = tail
        return rest

    def _count(self, resampled: FloatArray) -> FloatArray:
        """Give no sample beyond the length that the pieces so far amount to."""
        most = -(-self._taken * self._to_hz // self._from_hz) - self._given
        kept = resampled[:, :most]
        self._given += kept.shape[1]
        return kept


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
    rows = np.asarray(samples, dtype=np.float32).reshape(math.prod(samples.shape[:-1]), samples.shape[-1])
    resampler = Resampler(len(rows), from_hz=from_hz, to_hz=to_hz)
    resampled = np.empty((len(rows), -(-rows.shape[1] * to_hz // from_hz)), dtype=np.float32)
    filled = 0
    for piece in _through(resampler, rows):
        resampled[:, filled : filled + piece.shape[1]] = piece
        filled += piece.shape[1]
    return resampled.reshape(*samples.shape[:-1], resampled.shape[1])


def _through(resampler: Resampler, rows: FloatArray) -> Iterator[FloatArray]:
    for begin in range(0, rows.shape[1], _PUSHED_SAMPLES):
        yield resampler.push(rows[:, begin : begin + _PUSHED_SAMPLES])
    yield resampler.finish()


def _graph(from_hz: int, to_hz: int) -> Graph:
    """A filter graph for one channel."""
    graph = Graph()
    inlet = graph.add_abuffer(
        sample_rate=from_hz, format="fltp", layout="mono", time_base=Fraction(1, from_hz)
    )
    outlet = graph.add("abuffersink")
    graph.link_nodes(inlet, graph.add("aresample", f"{to_hz}:{_QUALITY}"), outlet).configure()
    return graph


def _pushed(graph: Graph, row: FloatArray, first: int, rate_hz: int) -> FloatArray:
    """Send a piece of a channel, (n,), through a graph; what comes out, (m,)."""
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(row[None]), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, first, Fraction(1, rate_hz)
    graph.push(frame)
    return np.concatenate([row[:0], *_pulled(graph)])


def _pulled(graph: Graph) -> Iterator[FloatArray]:
    while True:
        try:
            frame = graph.pull()
        except (NothingYetError, EndError):
            return
        if isinstance(frame, AudioFrame):
            samples: FloatArray = frame.to_ndarray()[0]
            yield samples
