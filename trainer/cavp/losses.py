"""Losses of SF-CAVP, each a small function.

Under torchrun each process gives the rows of its own share; every loss is such that its mean
over the processes is the loss of the global batch (trainer/distributed.py), gradient included.
Similarities are computed in float32 under autocast as well: bfloat16 holds three digits, and a
sharpness of 14 makes a visible error of the fourth.

Letters: B batch (of this process), W processes, T fast steps, L = 2 * reach + 1 lags, E embedding
size, K classes.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import lag_curve
from trainer.distributed import gather_with_gradient, mean_over_ranks, rank

NEVER = -1e9  # logit of a pair that does not count; finite, so that its gradient is 0 and not NaN


def lag_softmax_loss(
    video: Tensor, audio: Tensor, lags: Tensor, scale: Tensor, *, reach: int, width: float = 1.0
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
    with torch.autocast(video.device.type, enabled=False):
        curve = lag_curve(video.float(), audio.float(), reach=reach) * scale.exp()
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
    units = functional.normalize(video.float(), dim=-1), functional.normalize(audio.float(), dim=-1)
    logits = _similarity(*units) * scale.exp()  # (B, T, T)
    target = torch.arange(video.shape[1], device=video.device).expand(video.shape[0], -1)
    forward = functional.cross_entropy(logits.transpose(1, 2), target)
    backward = functional.cross_entropy(logits, target)
    return 0.5 * (forward + backward)


def pooled_contrast_loss(
    video: Tensor, audio: Tensor, scale: Tensor, *, same: Tensor | None = None
) -> Tensor:
    """InfoNCE over the global batch between pooled slow embeddings, both directions.

    Diff-Foley's L_semantic (CAVP): the rows of this process against those of all processes.

    Args:
        video: (B, E), unit length.
        audio: (B, E), unit length.
        scale: Log of the softmax sharpness.
        same: (B, W * B) bool, pairs that are no negatives because they mean the same (as
            `alike_rows` finds them); a row always is its own positive.

    Returns:
        Scalar.

    Raises:
        ValueError: When ``same`` has another shape.
    """
    everyone = gather_with_gradient(torch.stack((video.float(), audio.float()), 1))  # (W * B, 2, E)
    target = torch.arange(len(video), device=video.device) + rank() * len(video)
    forward = _similarity(video, everyone[:, 1]) * scale.exp()  # (B, W * B)
    backward = _similarity(audio, everyone[:, 0]) * scale.exp()
    if same is not None:
        if same.shape != forward.shape:
            raise ValueError(f"same must be {tuple(forward.shape)}, got {tuple(same.shape)}")
        left_out = same.scatter(1, target[:, None], False)
        forward, backward = forward.masked_fill(left_out, NEVER), backward.masked_fill(left_out, NEVER)
    return 0.5 * (functional.cross_entropy(forward, target) + functional.cross_entropy(backward, target))


def alike_rows(sets: Tensor) -> Tensor:
    """Which rows of the global batch have the class set of each row of this process.

    Args:
        sets: (B, K), 1 for the classes of a row.

    Returns:
        (B, W * B) bool; a row is like itself.
    """
    everyone = gather_with_gradient(sets.float())
    alike: Tensor = (sets[:, None] == everyone[None]).all(-1)
    return alike


def film_block_loss(video: Tensor, audio: Tensor, films: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE between the crops of one film, both directions, mean over films.

    Diff-Foley's L_temporal (CAVP): the negatives are other times of the same film, so the term
    teaches when, not what. Films with a single crop have no negatives and are left out.

    Args:
        video: (B, E), unit length.
        audio: (B, E), unit length.
        films: (B,) number of the film of each row; the K crops of a film stand together.
        scale: Log of the softmax sharpness.

    Returns:
        Scalar, 0 when no film has two crops.

    Raises:
        ValueError: When the crops of a film stand apart.
    """
    found, block, crops = films.unique_consecutive(return_inverse=True, return_counts=True)
    if len(found.unique()) < len(found):
        raise ValueError(f"Crops of one film must stand together, got films {films.tolist()}")
    logits = (_similarity(video, audio) * scale.exp()).masked_fill(block[:, None] != block[None], NEVER)
    target = torch.arange(len(video), device=video.device)
    rows = functional.cross_entropy(logits, target, reduction="none")
    columns = functional.cross_entropy(logits.T, target, reduction="none")
    told_apart = crops > 1
    share = (told_apart / crops)[block]  # (B,) of each row in its film's mean
    count = mean_over_ranks(told_apart.sum().float())
    loss: Tensor = 0.5 * ((rows + columns) * share).sum() / count.clamp_min(1e-6)
    return loss


def onset_loss(logits: Tensor, onsets: Tensor, *, positive_weight: float = 6.0) -> Tensor:
    """Weighted binary cross-entropy of contact logits (B, T) against soft targets (B, T)."""
    weight = torch.tensor(positive_weight, device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits, onsets, pos_weight=weight)


def frame_class_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy of (B, T, K) logits where ``classes`` (B, T) is 0 or more; -1 is left out."""
    total = functional.cross_entropy(
        logits.flatten(0, 1), classes.flatten(), ignore_index=-1, reduction="sum"
    )
    count = mean_over_ranks((classes >= 0).sum().float())
    return total / count.clamp_min(1e-6)


def _similarity(video: Tensor, audio: Tensor) -> Tensor:
    """Products of all rows (..., N, E) with all rows (..., M, E) in float32, (..., N, M)."""
    with torch.autocast(video.device.type, enabled=False):
        return video.float() @ audio.float().transpose(-1, -2)


def class_set_loss(logits: Tensor, sets: Tensor) -> Tensor:
    """Cross-entropy against the classes of a set in equal shares; rows without classes are left out.

    Args:
        logits: (B, K).
        sets: (B, K), 1 for the classes of a row.

    Returns:
        Scalar, 0 when no row of any process has classes.
    """
    count = sets.sum(1)  # (B,)
    shares = sets / count.clamp_min(1)[:, None]
    rows = mean_over_ranks((count > 0).sum().float())
    return -(shares * logits.float().log_softmax(-1)).sum() / rows.clamp_min(1e-6)
