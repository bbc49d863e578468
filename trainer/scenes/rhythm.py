"""When things happen in a scene, and the curves that carry a body to its contact and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Beats:
    """Contacts of one actor: times in seconds, strengths 0 to 1, both (N,)."""

    times_s: FloatArray
    strengths: FloatArray


def draw_beats(rng: np.random.Generator, duration_s: float, *, least_gap_s: float = 0.12) -> Beats:
    """A rhythm: steady with jitter, free, or a few single contacts."""
    style = rng.choice(["steady", "free", "few"], p=[0.45, 0.35, 0.2])
    if style == "steady":
        period = rng.uniform(max(0.22, least_gap_s), 1.6)
        times = np.arange(rng.uniform(0.0, period), duration_s, period)
        times = times + rng.normal(0.0, 0.06 * period, len(times))
        times = times[rng.random(len(times)) > 0.1]
    elif style == "free":
        gaps = least_gap_s + rng.exponential(rng.uniform(0.25, 1.0), 64)
        times = np.cumsum(gaps)
    else:
        times = rng.uniform(0.2, duration_s - 0.2, rng.integers(1, 4))
    times = np.sort(times[(times > 0.08) & (times < duration_s - 0.1)])
    if len(times) == 0:
        times = np.array([rng.uniform(0.3, duration_s - 0.4)])
    times = times[np.concatenate([[True], np.diff(times) > least_gap_s])]
    strengths = np.clip(rng.normal(0.75, 0.22, len(times)), 0.25, 1.0)
    return Beats(times.astype(np.float32), strengths.astype(np.float32))


def frame_times(steps: int, rate_hz: float = 25.0) -> FloatArray:
    """Seconds of every frame, (T,)."""
    return (np.arange(steps) / rate_hz).astype(np.float32)


def time_to_next(times: FloatArray, beats: Beats) -> tuple[FloatArray, FloatArray]:
    """Seconds until the next contact (large if none) and its strength, both (T,)."""
    index = np.searchsorted(beats.times_s, times, side="left")
    padded = np.append(beats.times_s, np.float32(1e3))
    strength = np.append(beats.strengths, beats.strengths[-1])
    return (padded[index] - times).astype(np.float32), strength[index].astype(np.float32)


def time_since_last(times: FloatArray, beats: Beats) -> tuple[FloatArray, FloatArray]:
    """Seconds since the last contact (large if none) and its strength, both (T,)."""
    index = np.searchsorted(beats.times_s, times, side="right")
    padded = np.concatenate([[np.float32(-1e3)], beats.times_s])
    strength = np.concatenate([beats.strengths[:1], beats.strengths])
    return (times - padded[index]).astype(np.float32), strength[index].astype(np.float32)


def distance_to_contact(
    times: FloatArray, beats: Beats, *, approach_s: float, leave_s: float, bend: float
) -> FloatArray:
    """How far a striking body is from its contact, (T,): 0 touching, up to the strength.

    The body comes down within ``approach_s`` and stops dead; ``bend`` below 1 makes it
    fastest at the contact, as a free swing is.
    """
    ahead, force_ahead = time_to_next(times, beats)
    behind, force_behind = time_since_last(times, beats)
    down = np.clip(ahead / approach_s, 0.0, 1.0) ** bend * force_ahead
    up = np.clip(behind / leave_s, 0.0, 1.0) ** 0.7 * np.maximum(force_behind, force_ahead)
    distance: FloatArray = np.minimum(down, up).astype(np.float32)
    return distance


def ringing(times: FloatArray, beats: Beats, *, rate_hz: float, decay_s: float) -> FloatArray:
    """Damped wobble after each contact, (T,), within -1 to 1."""
    behind, force = time_since_last(times, beats)
    swing = np.sin(2 * np.pi * rate_hz * np.maximum(behind, 0.0))
    fall = np.exp(-np.clip(behind, 0, 50) / decay_s)
    wobble: FloatArray = (force * swing * fall * (behind >= 0)).astype(np.float32)
    return wobble


def pulse(times: FloatArray, beats: Beats, *, decay_s: float) -> FloatArray:
    """1 at each contact, falling off with ``decay_s``, (T,)."""
    behind, force = time_since_last(times, beats)
    fall = np.exp(-np.clip(behind, 0.0, 50.0) / decay_s)
    shape: FloatArray = (force * fall * (behind >= -0.02)).astype(np.float32)
    return shape


def wander(rng: np.random.Generator, times: FloatArray, size: float) -> FloatArray:
    """A slow smooth drift of about ``size``, (T,)."""
    total = np.zeros_like(times)
    for _ in range(3):
        total += np.sin(2 * np.pi * rng.uniform(0.05, 0.7) * times + rng.uniform(0, 6.3)).astype(np.float32)
    return (total * (size / 3)).astype(np.float32)
