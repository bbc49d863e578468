"""The lag curve: how well two embedding sequences agree at every shift.

Letters: B batch, T steps, D channels, L = 2 * reach + 1 lags. A lag l pairs picture step t
with sound step t + l: a positive best lag means that the sound is late.
"""

import torch
from torch import Tensor
from torch.nn import functional


def lag_curve(video: Tensor, audio: Tensor, *, reach: int) -> Tensor:
    """Mean-removed, energy-normalised correlation over the overlap at each lag.

    Args:
        video: (B, T, D) fast embeddings of the picture.
        audio: (B, T, D) fast embeddings of the sound, as many steps.
        reach: Largest lag in steps, below T.

    Returns:
        (B, L) within -1 to 1, lags from -reach to reach.

    Raises:
        ValueError: When the shapes differ or the reach is not below T.
    """
    if video.shape != audio.shape or not 0 < reach < video.shape[1]:
        raise ValueError(f"lag_curve: {tuple(video.shape)}, {tuple(audio.shape)}, reach {reach} do not fit")
    seen = video - video.mean(1, keepdim=True)
    heard = audio - audio.mean(1, keepdim=True)
    product = _diagonal_sums(seen @ heard.transpose(1, 2), reach)
    seen_energy = _overlap_energy(seen.square().sum(-1), reach)
    heard_energy = _overlap_energy(heard.square().sum(-1), reach).flip(-1)
    return product / (seen_energy * heard_energy).clamp_min(1e-8).sqrt()


def _diagonal_sums(matrix: Tensor, reach: int) -> Tensor:
    """Sums of matrix[t, t + l] for l in -reach..reach, (B, T, T) -> (B, L)."""
    batch, steps, _ = matrix.shape
    padded = functional.pad(matrix, (reach, reach))  # (B, T, T + 2R)
    rows = torch.arange(steps, device=matrix.device)[:, None]
    lags = torch.arange(2 * reach + 1, device=matrix.device)[None]
    index = (rows + lags).expand(batch, -1, -1)
    return padded.gather(2, index).sum(1)


def _overlap_energy(energy: Tensor, reach: int) -> Tensor:
    """Energy of the picture steps t with 0 <= t + l < T, for each lag, (B, T) -> (B, L)."""
    steps = energy.shape[1]
    total = functional.pad(energy.cumsum(1), (1, 0))  # (B, T + 1)
    lags = torch.arange(-reach, reach + 1, device=energy.device)
    first = (-lags).clamp_min(0)
    last = steps - lags.clamp_min(0)
    return total[:, last] - total[:, first]


def balanced(fast: Tensor) -> Tensor:
    """SF-CAVP's fast embeddings of a stretch, both voices without their mean and of equal energy.

    The lag curve of balanced embeddings is the mean of those of the learned and the plain voice.

    Args:
        fast: (B, T, E + 1); the last channel is the plain voice (`engine.cavp.plain_voice`).
    """
    free = fast - fast.mean(1, keepdim=True)
    return torch.cat([voice / _rms(voice) for voice in (free[..., :-1], free[..., -1:])], dim=-1)


def _rms(voice: Tensor) -> Tensor:
    return voice.square().sum(-1).mean(1).clamp_min(1e-8).sqrt()[:, None, None]
