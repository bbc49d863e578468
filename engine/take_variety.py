"""How much takes of one event differ from each other.

Letters: F mel frames, M bands.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch

from engine.features.mel import MEL_FLOOR, log_mel
from engine.media.resampling import resample
from engine.records import FloatArray
from engine.timing import MEL_HOP, MODEL_RATE_HZ, PROJECT_RATE_HZ

SOUNDING_OVER = 1.0  # nepers over the floor of the mel


def mean_distance(sounds: Sequence[FloatArray]) -> float | None:
    """Mean |difference| of the log-mels of all pairs, over frames in which either sounds, in nepers.

    Args:
        sounds: Takes (S,) at 48 kHz, of one length.

    Returns:
        None for fewer than two takes.
    """
    if len(sounds) < 2:
        return None
    mels = [_log_mel(sound) for sound in sounds]
    return float(np.mean([_distance(one, other) for one, other in combinations(mels, 2)]))


def _log_mel(sound: FloatArray) -> torch.Tensor:
    at_model_rate = resample(sound[None], from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    missing = max(0, MEL_HOP - at_model_rate.shape[1])
    return log_mel(torch.from_numpy(np.pad(at_model_rate, ((0, 0), (0, missing)))))[0]  # (F, M)


def _distance(one: torch.Tensor, other: torch.Tensor) -> float:
    floor = float(torch.tensor(MEL_FLOOR).log())
    sounding = torch.maximum(one.amax(1), other.amax(1)) > floor + SOUNDING_OVER
    return float((one - other)[sounding].abs().mean()) if bool(sounding.any()) else 0.0
