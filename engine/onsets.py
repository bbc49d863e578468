"""Onsets of a sound from its log-mel: rise of energy, peaks over a moving threshold.

Letters: F mel frames at 100 Hz, M bands.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.timing import MEL_RATE_HZ

LEAST_RISE = 0.4
OVER_MEAN = 2.0
SEPARATION_FRAMES = 10
SHARE_OF_LARGEST = 0.3
REACH_FRAMES = 5
LATENESS_FRAMES = REACH_FRAMES / 2 - 1.6


def onset_strength(mel: Tensor) -> Tensor:
    """Mean rise over the bands against REACH_FRAMES before, (F, M) -> (F,)."""
    before = functional.pad(mel.T[None], (REACH_FRAMES, 0), mode="replicate")[0].T[: len(mel)]
    return (mel - before).clamp_min(0).mean(1)


def onsets_of_mel(mel: Tensor) -> list[float]:
    """Seconds of the onsets of a log-mel (F, M)."""
    return onsets_of_strength(onset_strength(mel))


def onsets_of_strength(strength: Tensor) -> list[float]:
    """Seconds of the onsets of a sound with this onset strength (F,).

    A frame is an onset where the rise is the largest within 100 ms on both sides, above
    LEAST_RISE, 0.3 of the largest and well above the mean of the second around. The time is that of the
    steepest frame, less what the reach of the difference and the window of the mel add to it
    (measured on struck sounds: 1.6 frames less than half the reach).
    """
    around = functional.avg_pool1d(strength[None, None], 101, 1, 50, count_include_pad=False)[0, 0]
    crest = functional.max_pool1d(strength[None, None], 2 * SEPARATION_FRAMES + 1, 1, SEPARATION_FRAMES)[0, 0]
    least = max(LEAST_RISE, SHARE_OF_LARGEST * float(strength.max()))
    peak = (strength >= crest) & (strength > least) & (strength > OVER_MEAN * around)
    frames = torch.nonzero(peak)[:, 0].tolist()
    kept: list[int] = []
    for frame in frames:
        if not kept or frame - kept[-1] > SEPARATION_FRAMES:
            kept.append(frame)
    return [max(0.0, (frame - LATENESS_FRAMES + 0.5) / MEL_RATE_HZ) for frame in kept]
