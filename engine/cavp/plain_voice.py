"""What a simple eye and a simple ear would say: movement and rise of level, on the fast grid.

Both are freed of their 1.2 s trend and divided by their mean over five seconds around, so that
they depend on nothing further away. They ride beside the learned channels of the fast
embeddings: trained on procedural scenes, the learned ones are sharper there than on film, and
plain movement against plain onsets holds up on either.

Letters: B batch, T fast steps, C grid channels, F = 4T mel frames, M bands.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.timing import MEL_FRAMES_PER_TOKEN

LARGEST = 3.0
_AROUND_STEPS = 101
_TREND_STEPS = 29


def plain_movement(grid: Tensor) -> Tensor:
    """Movement of the whole picture, (B, T, C, 8, 8) -> (B, T, 1)."""
    return _shaped(grid[:, :, 0].square().flatten(2).mean(2))


def plain_change(frames: Tensor) -> Tensor:
    """Movement of the whole picture from frames (B, T, 3, H, W), (B, T, 1)."""
    grey = frames.mean(2)  # (B, T, H, W)
    change = torch.diff(grey, dim=1, prepend=grey[:, :1])
    return _shaped(change.abs().flatten(2).mean(2))


def plain_rise(mel: Tensor) -> Tensor:
    """Root of the mean rise of the magnitudes from frame to frame, (B, F, M) -> (B, T, 1)."""
    rise = torch.diff(mel.exp(), dim=1, prepend=mel[:, :1].exp()).clamp_min(0).mean(2).sqrt()
    return _shaped(functional.avg_pool1d(rise[:, None], MEL_FRAMES_PER_TOKEN)[:, 0])


def _shaped(signal: Tensor) -> Tensor:
    """(B, T) -> (B, T, 1), about unit variance where there are contacts."""
    share = signal / (_mean_around(signal, _AROUND_STEPS) + 1e-6)
    capped = share.clamp_max(2 * LARGEST)
    return (capped - _mean_around(capped, _TREND_STEPS)).clamp(-LARGEST, LARGEST)[..., None]


def _mean_around(signal: Tensor, steps: int) -> Tensor:
    return functional.avg_pool1d(signal[:, None], steps, 1, steps // 2, count_include_pad=False)[:, 0]
