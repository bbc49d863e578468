"""What the generator's eyes for contacts learn from: the exact moments of what is on screen.

Letters: S scenes, A stems, B samples, N tokens, K classes.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.generator.contact_eyes import Seen
from engine.generator.control import ACTIVITY_CHANNEL
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.scenes.pool import ScenePool

SPREAD_TOKENS = 0.6  # standard deviation around a contact, as pictures come every token
_REACH = 2  # tokens to either side


class VisibleContacts:
    """Contacts and activity that the pictures of a pool show, by stem and by scene.

    A source that is off screen shows nothing. A silent copy shows contacts that belong to no stem: they
    count where any class is asked for.

    Args:
        pool: Scenes.
    """

    def __init__(self, pool: ScenePool) -> None:
        control = pool.stem_control.float() * pool.stem_seen[:, None, None]  # (A, N, CONTROL_CHANNELS)
        impulses = (control[..., :ACTIVITY_CHANNEL] > 0).float()
        of_stem = torch.stack([_spread(impulses), control[..., ACTIVITY_CHANNEL]], dim=-1)
        silent = functional.pad((pool.silent_onsets > 0).float()[..., None], (1, MEL_FRAMES_PER_TOKEN - 2))
        of_scene = torch.stack([_spread(silent), torch.zeros(silent.shape[:2])], dim=-1)
        for scene, shown in zip(pool.stem_scene.tolist(), of_stem, strict=True):
            of_scene[scene] = torch.maximum(of_scene[scene], shown)
        self._of_stem = of_stem.half()  # (A, N, 2)
        self._of_scene = of_scene.half()  # (S, N, 2)
        self._scene = pool.stem_scene

    def draw(self, stems: Tensor, at: Tensor, asked: Tensor) -> Tensor:
        """Chance of a contact and share of activity in each token, (B, N, 2).

        Args:
            stems: (B,) rows of stems.
            at: (B, N) tokens.
            asked: (B,) bool, True for the stem's own class, False for whatever is on screen.
        """
        own = self._of_stem[stems[:, None], at]
        every = self._of_scene[self._scene[stems][:, None], at]
        return torch.where(asked[:, None, None], own, every).float()


def _spread(impulses: Tensor) -> Tensor:
    """Impulses (R, N, MEL_FRAMES_PER_TOKEN) of 0 and 1 as chances by token, (R, N), 1 at its middle."""
    frames = MEL_FRAMES_PER_TOKEN * (2 * _REACH + 1)
    away = (torch.arange(frames) - (frames - 1) / 2) / MEL_FRAMES_PER_TOKEN  # tokens
    bell = (-0.5 * (away / SPREAD_TOKENS).square()).exp()
    spread = functional.conv1d(
        impulses.flatten(1)[:, None],
        bell[None, None],
        stride=MEL_FRAMES_PER_TOKEN,
        padding=_REACH * MEL_FRAMES_PER_TOKEN,
    )
    return spread[:, 0].clamp(max=1)


def contact_loss(seen: Seen, shown: Tensor) -> Tensor:
    """Mean binary cross-entropy of contacts and activity.

    Args:
        seen: Log odds (B, N) each.
        shown: (B, N, 2) as ``VisibleContacts.draw`` gives it.

    Returns:
        Scalar.
    """
    odds = torch.stack(seen, dim=-1).float()
    return functional.binary_cross_entropy_with_logits(odds, shown)
