"""Losses of SF-CAVP, each a small pure function.

Letters: B batch, T fast steps, L = 2 * reach + 1 lags, E embedding size, K classes.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import lag_curve


def lag_softmax_loss(
    video: Tensor, audio: Tensor, lags: Tensor, scale: Tensor, *, reach: int, width: float = 0.7
) -> Tensor:
    """Cross-entropy of the lag curve against a narrow Gaussian around the true lag.

    Args:
        video: (B, T, E) fast embeddings.
        audio: (B, T, E) fast embeddings.
        lags: (B,) true lags in steps.
        scale: Log of the softmax sharpness.
        reach: Largest lag.
        width: Standard deviation of the target in steps.

    Returns:
        Scalar.
    """
    curve = lag_curve(video, audio, reach=reach) * scale.exp()
    steps = torch.arange(-reach, reach + 1, device=curve.device)
    target = (-0.5 * ((steps[None] - lags[:, None]) / width).square()).softmax(-1)
    return -(target * curve.log_softmax(-1)).sum(-1).mean()


def frame_contrast_loss(video: Tensor, audio: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE between the steps of one clip, both directions; step t belongs to step t.

    Args:
        video: (B, T, E).
        audio: (B, T, E), aligned with the picture.
        scale: Log of the softmax sharpness.
    """
    similarity = functional.normalize(video, dim=-1) @ functional.normalize(audio, dim=-1).transpose(1, 2)
    logits = similarity * scale.exp()
    target = torch.arange(video.shape[1], device=video.device).expand(video.shape[0], -1)
    forward = functional.cross_entropy(logits.transpose(1, 2), target)
    backward = functional.cross_entropy(logits, target)
    return 0.5 * (forward + backward)


def pooled_contrast_loss(video: Tensor, audio: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE over the batch between pooled slow embeddings (B, E) of unit length."""
    logits = video @ audio.T * scale.exp()
    target = torch.arange(video.shape[0], device=video.device)
    return 0.5 * (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target))


def onset_loss(logits: Tensor, onsets: Tensor, *, positive_weight: float = 6.0) -> Tensor:
    """Weighted binary cross-entropy of contact logits (B, T) against soft targets (B, T)."""
    weight = torch.tensor(positive_weight, device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits, onsets, pos_weight=weight)


def frame_class_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy of (B, T, K) logits where ``classes`` (B, T) is 0 or more; -1 is left out."""
    if bool((classes >= 0).any()):
        return functional.cross_entropy(logits.flatten(0, 1), classes.flatten(), ignore_index=-1)
    return logits.sum() * 0.0
