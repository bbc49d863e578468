"""What speaks for a contact in each frame: the network's eye, plain movement, and the guide.

Trained on procedural scenes alone, the network's eye is sharper than frame differences on
scenes and not on film; the sum of both holds up on either. Where the film brings its own
sound, the network's ear speaks louder than both: it hears contacts, and their classes.

Letters: T frames at 25 Hz, C grid channels.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.model import Embedded
from engine.embedding import FrameLogits

MOVEMENT_WEIGHT = 0.1
PICTURE_SHARE = 0.5  # beside the ear, which is surer on scenes and on film
TRAINED_POSITIVE_WEIGHT = math.log(6.0)  # contacts weigh six times in training: so far logits are too high
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


def with_evidence(picture: Embedded, grid: Tensor, *, heard: FrameLogits | None) -> Embedded:
    """The embedded picture with all evidence in the logits of its contacts and classes.

    Args:
        picture: The clip's picture, batch of one.
        grid: (T, C, 8, 8) of the same clip.
        heard: What its production sound says of every frame, None for a silent film or picture alone.
    """
    contacts = picture.onset_logits + MOVEMENT_WEIGHT * movement(grid)[None]
    classes = picture.frame_class_logits
    if heard is not None:
        contacts = heard.onset_logits + PICTURE_SHARE * (contacts + TRAINED_POSITIVE_WEIGHT)
        classes = heard.frame_class_logits + PICTURE_SHARE * classes
    return replace(picture, onset_logits=contacts - TRAINED_POSITIVE_WEIGHT, frame_class_logits=classes)
