"""How well one event is heard where it is seen: the score of an event, not of the whole stretch.

Letters: B events, T fast steps, U = T / 4 slow steps, K classes.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import balanced
from engine.cavp.model import Embedded, pooled_slow
from engine.generator.control import ACTIVITY_CHANNEL
from engine.scoring import class_evidence, reward_of
from engine.timing import FAST_STEPS_PER_SLOW, MEL_FRAMES_PER_TOKEN

LEAD_STEPS = 2
TAIL_STEPS = 4
ACTIVE_FROM = 0.5

EventScorer = Callable[[Embedded, Embedded, Tensor, Tensor], Tensor]


def event_steps(control: Tensor) -> Tensor:
    """Steps that belong to an event: around its hits, and where it runs, bool (B, T).

    Args:
        control: (B, T, CONTROL_CHANNELS) control tracks.
    """
    hit = control[..., :MEL_FRAMES_PER_TOKEN].float().amax(-1) > 0
    padded = functional.pad(hit.float()[:, None], (TAIL_STEPS, LEAD_STEPS))
    near = functional.max_pool1d(padded, LEAD_STEPS + TAIL_STEPS + 1, 1)[:, 0] > 0
    return near | (control[..., ACTIVITY_CHANNEL].float() > ACTIVE_FROM)


def event_agreement(seen: Embedded, heard: Embedded, steps: Tensor, classes: Tensor) -> Tensor:
    """Fast and slow agreement over an event's own steps, and whether its class is heard, (B,).

    Both sides lose their mean over the whole stretch, and the fast agreement is measured against
    the energy of the whole stretch: where an event falls silent, little is left to agree.

    Args:
        seen: The picture.
        heard: The sound.
        steps: (B, T) bool, the event's own.
        classes: (B,) its class, -1 where it is not known.
    """
    picture, sound = balanced(seen.fast), balanced(heard.fast)
    own = steps.float()
    share = own.mean(1).clamp_min(1e-6)
    product = ((picture * sound).sum(-1) * own).mean(1) / share
    energy = (picture.square().sum(-1).mean(1) * sound.square().sum(-1).mean(1)).sqrt()
    slow_own = functional.max_pool1d(own[:, None], FAST_STEPS_PER_SLOW)[:, 0]  # (B, U)
    slow = (_pooled(seen, slow_own) * _pooled(heard, slow_own)).sum(-1)
    return reward_of(product / energy.clamp_min(1e-8), slow, _class_heard(heard, own, classes))


def _pooled(side: Embedded, slow_own: Tensor) -> Tensor:
    """Slow embedding of an event's own steps, (B, E)."""
    return pooled_slow(side.slow * slow_own[..., None])


def _class_heard(heard: Embedded, own: Tensor, classes: Tensor) -> Tensor:
    """How much the sound has of each event's class in its own steps, (B,), 0 where it is not known."""
    evidence = class_evidence(heard.frame_class_logits, classes.clamp_min(0), own)
    return torch.where(classes >= 0, evidence, 0.0)
