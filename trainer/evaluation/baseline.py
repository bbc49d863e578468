"""The strong simple rival: frame differences for hit points, and against onset strength for offsets.

Both curves lie on a 100 Hz grid, are smoothed over 40 ms, freed of their 0.5 s trend and
scaled to unit variance. Letters: N points at 100 Hz, L = 2 * reach + 1 lags, M mel bands.
"""

from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH
from engine.media.video_reader import VideoReader
from engine.onsets import onset_strength
from engine.records import FloatArray

RATE_HZ = 100
SMOOTH_POINTS = 4
TREND_POINTS = 50
CAP_QUANTILE = 0.98

Frames = NDArray[np.uint8]
Curve = NDArray[np.float64]


def motion_curve(frames: Frames, frame_times_s: FloatArray, duration_s: float) -> FloatArray:
    """Mean absolute difference of successive grey pictures on the 100 Hz grid, (N,).

    Args:
        frames: (T, 72, 96, 3) pictures.
        frame_times_s: (T,) when each is shown.
        duration_s: Length of the grid.
    """
    times = frame_times_s[1:] if len(frame_times_s) > 1 else frame_times_s[:1]
    return shaped(_on_grid(_changes(frames), times.astype(np.float64), round(duration_s * RATE_HZ)))


def motion_of_film(reader: VideoReader, points: int) -> FloatArray:
    """Change from each picture of a film to the next at the film's own rate, capped, not yet shaped, (N,).

    Args:
        reader: The open film.
        points: N.
    """
    held = reader.resampled(rate_hz=RATE_HZ, width=FRAME_WIDTH, height=FRAME_HEIGHT)
    shown = [reader.table.index_at_time(Fraction(tick, RATE_HZ)) for tick in range(len(held))]
    starts = np.flatnonzero(np.diff(shown, prepend=-1))  # ticks at which a picture is shown first
    times = starts[1:] if len(starts) > 1 else starts[:1]
    return _on_grid(_changes(held[starts]), times / RATE_HZ, points).astype(np.float32)


def _changes(frames: Frames) -> Curve:
    grey = frames.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    change = np.abs(np.diff(grey, axis=0)).mean(axis=(1, 2)).astype(np.float64)
    return np.minimum(change, np.quantile(change, CAP_QUANTILE)) if len(change) else np.zeros(1)


def _on_grid(values: Curve, times_s: Curve, points: int) -> Curve:
    return np.interp(np.arange(points) / RATE_HZ, times_s, values)


def flux_curve(mel: torch.Tensor) -> FloatArray:
    """Onset strength as the root of the mean rise of the magnitudes, (N, M) log-mel -> (N,)."""
    rise = torch.diff(mel.float().exp(), dim=0, prepend=mel[:1].float().exp())
    flux: FloatArray = rise.clamp_min(0).mean(1).sqrt().numpy()
    return flux


def rise_curve(mel: torch.Tensor) -> FloatArray:
    """Onset strength as the engine's own detector sees it, (N, M) log-mel -> (N,)."""
    rise: FloatArray = onset_strength(mel.float()).numpy()
    return rise


def correlation(motion: FloatArray, onsets: FloatArray, *, reach: int) -> FloatArray:
    """Normalised cross-correlation of two curves, shaped here, at lags of -reach to reach points, (L,).

    Args:
        motion: (N,).
        onsets: (N,), which are late by a lag.
        reach: Largest lag, below N.
    """
    seen, heard = shaped(motion).astype(np.float64), shaped(onsets).astype(np.float64)
    full = np.correlate(heard, seen, mode="full") / len(seen)
    middle = len(seen) - 1
    near: FloatArray = full[middle - reach : middle + reach + 1].astype(np.float32)
    return near


def shaped(curve: NDArray[np.floating]) -> FloatArray:
    """Smoothed over 40 ms, without its 0.5 s trend, of unit variance, (N,)."""
    smooth = _averaged(curve.astype(np.float64), SMOOTH_POINTS)
    free = smooth - _averaged(smooth, TREND_POINTS)
    return (free / max(float(free.std()), 1e-9)).astype(np.float32)


def _averaged(curve: Curve, points: int) -> Curve:
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
