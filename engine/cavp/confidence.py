"""From a lag curve to an offset, and how far that offset can be trusted.

Letters: B batch, L lags.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.timing import TOKEN_RATE_HZ

RIVAL_DISTANCE_STEPS = 4  # 160 ms: the first lag step beyond 150 ms
MEASURABLE_FROM = 0.64  # nine in ten of those called measurable are right, on the scenes it was calibrated on


@dataclass(frozen=True)
class PeakFeatures:
    """What the confidence is computed from.

    Attributes:
        lag_steps: (B,) best lag, refined between steps by a parabola.
        height: (B,) agreement at the best lag.
        margin: (B,) height over the best rival at least 150 ms away.
    """

    lag_steps: Tensor
    height: Tensor
    margin: Tensor


def find_peak(curve: Tensor) -> PeakFeatures:
    """Best lag of each curve (B, L), L odd with lag 0 in the middle."""
    reach = curve.shape[1] // 2
    height, index = curve.max(1)
    steps = torch.arange(curve.shape[1], device=curve.device)
    far = (steps[None] - index[:, None]).abs() >= RIVAL_DISTANCE_STEPS
    rival = curve.masked_fill(~far, -1.0).amax(1)
    inner = index.clamp(1, curve.shape[1] - 2)[:, None]
    left, middle, right = (curve.gather(1, inner + shift)[:, 0] for shift in (-1, 0, 1))
    bend = (left - 2 * middle + right).clamp_max(-1e-6)
    shift = (0.5 * (left - right) / bend).clamp(-0.5, 0.5)
    refined = torch.where(inner[:, 0] == index, index + shift, index.float())
    return PeakFeatures(refined - reach, height, height - rival)


def confidence_of(peak: PeakFeatures, weights: Tensor) -> Tensor:
    """Probability (B,) that the offset is right to 100 ms: a logistic of height and margin.

    Args:
        peak: Features.
        weights: (3,) bias, weight of the height, weight of the margin (in tenths).
    """
    return torch.sigmoid(weights[0] + weights[1] * 10 * peak.height + weights[2] * 10 * peak.margin)


def offset_ms(lag_steps: float) -> float:
    """Milliseconds of a lag in steps; positive means the sound is late."""
    return lag_steps * 1000.0 / TOKEN_RATE_HZ
