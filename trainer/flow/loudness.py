"""What a level and the strength of a hit do to a sound: training targets that hold both.

Letters: B batch, N tokens, F = 4N mel frames, M bands.
"""

import math

import torch
from torch import Tensor

from engine.features.mel import MEL_FLOOR
from engine.timing import MEL_FRAMES_PER_TOKEN

LEVELS_DB = (-18.0, 6.0)
USUAL_SHARE = 0.5
SOFTEST_TILT = 1.6  # nepers that the highest band of the softest hit loses, 14 dB
_NEPERS_PER_DB = math.log(10) / 20


def draw_levels(size: int, chance: torch.Generator) -> Tensor:
    """Levels in dB, (B,); half of them the usual one, 0."""
    low, high = LEVELS_DB
    levels = low + (high - low) * torch.rand(size, generator=chance)
    return torch.where(torch.rand(size, generator=chance) < USUAL_SHARE, torch.zeros(()), levels)


def at_level(mel: Tensor, levels: Tensor) -> Tensor:
    """Log-mels (B, F, M) made louder by ``levels`` (B,) dB, never below the floor."""
    return (mel + levels[:, None, None] * _NEPERS_PER_DB).clamp_min(math.log(MEL_FLOOR))


def soft_hits_duller(mel: Tensor, control: Tensor) -> Tensor:
    """Log-mels whose high bands fall where the last hit was soft: a soft blow excites them less.

    Args:
        mel: (B, F, M).
        control: (B, N, CONTROL_CHANNELS) control tracks; frames before the first hit stay as they are.
    """
    strength = last_strength(control)  # (B, F)
    slope = torch.linspace(0.0, SOFTEST_TILT, mel.shape[2])
    return (mel - (1 - strength)[..., None] * slope).clamp_min(math.log(MEL_FLOOR))


def last_strength(control: Tensor) -> Tensor:
    """Strength of the last hit up to each frame, (B, F); 1 before the first and without hits."""
    impulses = control[..., :MEL_FRAMES_PER_TOKEN].flatten(1)  # (B, F)
    ticks = torch.arange(1, impulses.shape[1] + 1) * (impulses > 0)
    last = ticks.cummax(1).values  # frame number from 1, 0 for none yet
    strengths = torch.cat([torch.ones(len(impulses), 1), impulses], dim=1)
    return strengths.gather(1, last)
