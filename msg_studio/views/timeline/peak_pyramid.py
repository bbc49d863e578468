"""Least and greatest values of a sound at every scale, so that a waveform of any length draws at once."""

from dataclasses import dataclass

import numpy as np

from engine.records import ClipInfo, FloatArray, Take

STEP = 4  # each level is this much coarser than the one before
FINE_BLOCK = 16
COARSE_BLOCK = 64
FINE_UP_TO = 60 * 10 * 48_000  # samples; longer sounds begin with the coarse block


@dataclass(frozen=True)
class PeakLevel:
    """One level.

    Attributes:
        block: Samples in one entry.
        low: (N,) least value of each block.
        high: (N,) greatest value of each block.
    """

    block: int
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class PeakPyramid:
    """Levels from fine to coarse.

    Attributes:
        length: Samples of the sound.
        levels: Each STEP times coarser than the one before.
    """

    length: int
    levels: tuple[PeakLevel, ...]

    @classmethod
    def of(cls, samples: FloatArray, *, block: int | None = None) -> "PeakPyramid":
        """Build the levels.

        Args:
            samples: (C, N) or (N,); all channels together make one waveform.
            block: Samples in an entry of the finest level; chosen by length when None.
        """
        channels = np.atleast_2d(samples)
        length = channels.shape[1]
        block = block or (FINE_BLOCK if length <= FINE_UP_TO else COARSE_BLOCK)
        low, high = channels.min(axis=0), channels.max(axis=0)  # (N,)
        level = PeakLevel(block, _shrunk(low, block, np.minimum), _shrunk(high, block, np.maximum))
        levels = [level]
        while len(level.low) > STEP:
            level = PeakLevel(
                level.block * STEP,
                _shrunk(level.low, STEP, np.minimum),
                _shrunk(level.high, STEP, np.maximum),
            )
            levels.append(level)
        return cls(length, tuple(levels))

    def columns(self, first: float, samples_per_column: float, count: int) -> tuple[FloatArray, FloatArray]:
        """Least and greatest value of each column of a picture.

        A column covers every block it touches, of the coarsest level that is still as fine as
        the columns are wide. Outside the sound the values are 0.

        Args:
            first: Sample at the left edge, may be negative.
            samples_per_column: Width of a column.
            count: Columns.

        Returns:
            (count,) low and (count,) high.
        """
        low, high = np.zeros(count, np.float32), np.zeros(count, np.float32)
        level = self._level_for(samples_per_column)
        edges = first + samples_per_column * np.arange(count + 1)
        inside = (edges[:-1] < self.length) & (edges[1:] > 0)
        if not inside.any():
            return low, high
        starts = np.clip(edges[:-1][inside], 0, self.length - 1) // level.block
        ends = np.ceil(np.clip(edges[1:][inside], 1, self.length) / level.block)
        starts = starts.astype(np.intp)
        ends = np.maximum(ends.astype(np.intp), starts + 1)
        low[inside] = _reduced(level.low, starts, ends, np.minimum)
        high[inside] = _reduced(level.high, starts, ends, np.maximum)
        return low, high

    def _level_for(self, samples_per_column: float) -> PeakLevel:
        fitting = [level for level in self.levels if level.block <= samples_per_column]
        return fitting[-1] if fitting else self.levels[0]


def guide_key(clip: ClipInfo) -> str:
    """Name under which the production sound of a film is looked up."""
    return f"guide {clip.fingerprint}"


def take_key(take: Take) -> str:
    """Name under which the sound of a take is looked up."""
    return f"take {take.sha256}"


def _shrunk(values: FloatArray, step: int, reduce: np.ufunc) -> FloatArray:
    """One value for each `step` values, the last for what is left; (N,) into (ceil(N / step),)."""
    shrunk: FloatArray = reduce.reduceat(values, np.arange(0, len(values), step))
    return np.ascontiguousarray(shrunk, dtype=np.float32)


def _reduced(values: FloatArray, starts: np.ndarray, ends: np.ndarray, reduce: np.ufunc) -> FloatArray:
    """Reduce values[start:end] for every pair; neighbours may share an entry."""
    seen = values[starts[0] : ends[-1]]
    padded = np.append(seen, seen[-1])  # reduceat refuses an end at the length
    pairs = np.stack([starts, ends], axis=1).ravel() - starts[0]
    reduced: FloatArray = reduce.reduceat(padded, pairs)[::2]
    return reduced
