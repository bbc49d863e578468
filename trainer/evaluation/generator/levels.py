"""Level and variety of what sounds: statistics of the mel, level of the gaps, distance of takes.

Letters: B sounds, F mel frames at 100 Hz, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.timing import MEL_RATE_HZ

NEAR_HIT_S = 0.1
FLOOR_OVER = 1.0
_GAP_BEFORE_FRAMES, _GAP_AFTER_FRAMES = 12, 120


@dataclass(frozen=True)
class LevelStatistics:
    """Levels of a set of sounds.

    Attributes:
        mel_mean: Mean log-mel.
        mel_std: Standard deviation of all log-mel values.
        gap_db: Mean power in the gaps between hits, dB.
        contrast_db: Mean power near the hits over that in the gaps, dB.
    """

    mel_mean: float
    mel_std: float
    gap_db: float
    contrast_db: float


def level_statistics(mels: Tensor, near: Tensor) -> LevelStatistics:
    """Levels of log-mels (B, F, M) whose frames are marked (B, F) as ``near_hits`` does."""
    power = mels.exp().square().mean(-1)
    gap, hit = (float(10 * torch.log10(power[near == mark].mean())) for mark in (0, 1))
    return LevelStatistics(float(mels.mean()), float(mels.std()), gap, hit - gap)


def near_hits(moments_s: Sequence[float], frames: int) -> Tensor:
    """Frames within 100 ms of a hit (1), far from any (0), in the ring between them (-1), (F,)."""
    marks = torch.zeros(frames)
    ticks = torch.arange(frames)
    for time_s in moments_s:
        centre = time_s * MEL_RATE_HZ
        around = (ticks - centre > -_GAP_BEFORE_FRAMES) & (ticks - centre < _GAP_AFTER_FRAMES)
        marks[around & (marks < 1)] = -1
        marks[(ticks - centre).abs() <= NEAR_HIT_S * MEL_RATE_HZ] = 1
    return marks


def log_mel_distance(one: Tensor, other: Tensor) -> float:
    """Mean |difference| of two log-mels (F, M) over frames in which at least one sounds."""
    floor = float(min(one.min(), other.min()))
    sounding = torch.maximum(one.amax(1), other.amax(1)) > floor + FLOOR_OVER
    if not bool(sounding.any()):
        return 0.0
    return float((one - other)[sounding].abs().mean())


def mean_distance(mels: Sequence[Tensor]) -> float | None:
    """Mean pairwise distance of log-mels (F, M); None with fewer than two."""
    pairs = [(a, b) for a in range(len(mels)) for b in range(a)]
    if not pairs:
        return None
    return sum(log_mel_distance(mels[a], mels[b]) for a, b in pairs) / len(pairs)
