"""The strong simple rival: frame differences for hit points, and against onset strength for offsets.

Both curves lie on a 100 Hz grid, are smoothed over 40 ms, freed of their 0.5 s trend and
scaled to unit variance. Letters: N points at 100 Hz.
"""

import numpy as np
from numpy.typing import NDArray

from engine.records import FloatArray

RATE_HZ = 100
SMOOTH_POINTS = 4
TREND_POINTS = 50
CAP_QUANTILE = 0.98

Frames = NDArray[np.uint8]


def motion_curve(frames: Frames, frame_times_s: FloatArray, duration_s: float) -> FloatArray:
    """Mean absolute difference of successive grey pictures on the 100 Hz grid, (N,).

    Args:
        frames: (T, 72, 96, 3) pictures.
        frame_times_s: (T,) when each is shown.
        duration_s: Length of the grid.
    """
    grey = frames.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    change = np.abs(np.diff(grey, axis=0)).mean(axis=(1, 2))
    change = np.minimum(change, np.quantile(change, CAP_QUANTILE)) if len(change) else np.zeros(1)
    grid = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    times = frame_times_s[1:] if len(frame_times_s) > 1 else frame_times_s[:1]
    return _shaped(np.interp(grid, times, change))


def _shaped(curve: NDArray[np.float64]) -> FloatArray:
    smooth = _averaged(curve, SMOOTH_POINTS)
    free = smooth - _averaged(smooth, TREND_POINTS)
    shaped: FloatArray = (free / max(float(free.std()), 1e-9)).astype(np.float32)
    return shaped


def _averaged(curve: NDArray[np.float64], points: int) -> NDArray[np.float64]:
    kernel = np.ones(points) / points
    return np.convolve(np.pad(curve, points, mode="edge"), kernel, mode="same")[points:-points]


def strongest_peaks(curve: FloatArray, count: int, *, separation: int = 12) -> list[float]:
    """Seconds of the ``count`` highest points at least ``separation`` grid points apart."""
    left = curve.astype(np.float64).copy()
    found: list[float] = []
    while len(found) < count and np.isfinite(left).any() and left.max() > -np.inf:
        best = int(np.argmax(left))
        found.append(best / RATE_HZ)
        left[max(0, best - separation) : best + separation + 1] = -np.inf
    return sorted(found)
