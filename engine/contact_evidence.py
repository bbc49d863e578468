"""What speaks for a contact in each frame: the network's eye, plain movement, and the guide.

Trained on procedural scenes alone, the network's eye is sharper than frame differences on
scenes and not on film; the sum of both holds up on either. Where the film brings its own
sound, an onset heard there speaks louder than both.

Letters: T frames at 25 Hz, C grid channels.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.model import Embedded
from engine.timing import TOKEN_RATE_HZ

MOVEMENT_WEIGHT = 1.0
HEARD_WEIGHT = 4.0
UNHEARD_WEIGHT = 2.0
CAP_QUANTILE = 0.98
LARGEST_MOVEMENT = 3.0
_TREND_STEPS = 13  # half a second


def movement(grid: Tensor) -> Tensor:
    """Frame difference of the whole picture above its 0.5 s trend, as a share of its mean, (T,).

    A share of the mean, and not of the variance: in a waterfall all moves all the time, and
    its small ups and downs are no contacts.

    Args:
        grid: (T, C, 8, 8) motion grid; channel 0 is the root of the mean difference of a cell.
    """
    energy = grid[:, 0].square().flatten(1).mean(1)
    energy = torch.minimum(energy, energy.quantile(CAP_QUANTILE))
    reach = _TREND_STEPS // 2
    padded = functional.pad(energy[None, None], (reach, reach), mode="replicate")
    free = energy - functional.avg_pool1d(padded, _TREND_STEPS, 1)[0, 0]
    return (free / energy.mean().clamp_min(1e-6)).clamp(-LARGEST_MOVEMENT, LARGEST_MOVEMENT)


def places_of_movement(grid: Tensor) -> Tensor:
    """Centre of what moves around each frame, (T, 2) as x and y from 0 to 1.

    Args:
        grid: (T, C, 8, 8) motion grid.
    """
    energy = grid[:, 0].square()
    padded = functional.pad(energy.flatten(1).T[None], (2, 2), mode="replicate")
    around = functional.avg_pool1d(padded, 5, 1)[0].T.reshape(energy.shape)  # five frames
    usual = around.flatten(1).median(1).values[:, None, None]
    weight = (around - usual).clamp_min(0).square()
    weight = weight / weight.sum((1, 2), keepdim=True).clamp_min(1e-12)
    middles = (torch.arange(grid.shape[-1]) + 0.5) / grid.shape[-1]
    return torch.stack([(weight.sum(1) * middles).sum(1), (weight.sum(2) * middles).sum(1)], dim=1)


def heard_evidence(steps: int, heard_s: Sequence[float]) -> Tensor:
    """Evidence (T,) of onsets heard at the given seconds: for their frame, against far ones."""
    evidence = torch.full((steps,), -UNHEARD_WEIGHT)
    for time_s in heard_s:
        step = int(time_s * TOKEN_RATE_HZ)
        for near in (step - 1, step + 1):
            if 0 <= near < steps:
                evidence[near] = max(float(evidence[near]), 0.0)
    for time_s in heard_s:
        step = int(time_s * TOKEN_RATE_HZ)
        if 0 <= step < steps:
            evidence[step] = HEARD_WEIGHT
    return evidence


def with_evidence(embedded: Embedded, grid: Tensor, *, heard_s: Sequence[float] | None) -> Embedded:
    """The embedded picture with all evidence in its contact logits.

    Args:
        embedded: The clip's picture, batch of one.
        grid: (T, C, 8, 8) of the same clip.
        heard_s: Onsets of the production sound, None for a silent film or picture alone.
    """
    logits = embedded.onset_logits[0] + MOVEMENT_WEIGHT * movement(grid)
    if heard_s is not None:
        logits = logits + heard_evidence(len(logits), heard_s)
    return replace(embedded, onset_logits=logits[None])
