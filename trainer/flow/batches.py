"""Batches for the generator: crops of stems with their picture, hit track and class.

Letters: B batch, N tokens of a crop, L latent channels, C grid channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.codec.mel_codec import MelCodec
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.starter import StarterInputs
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.cavp.augmentation import augment_grid
from trainer.scenes.pool import ScenePool


@dataclass(frozen=True)
class DropRates:
    """How often each condition is left out, each on its own, and all of them together."""

    video: float = 0.35
    control: float = 0.12
    classes: float = 0.08
    everything: float = 0.08


@dataclass(frozen=True)
class FlowBatch:
    """Target latents (B, N, L) and the conditions they belong to."""

    latents: Tensor
    inputs: StarterInputs


def class_balanced_weights(pool: ScenePool) -> Tensor:
    """Sampling weight of every stem: rare classes are drawn more often (inverse square root)."""
    counts = torch.bincount(pool.stem_class, minlength=len(pool.classes)).clamp_min(1).float()
    return counts.rsqrt()[pool.stem_class]


def draw_flow_batch(
    pool: ScenePool,
    codec: MelCodec,
    weights: Tensor,
    *,
    size: int,
    tokens: int,
    chance: torch.Generator,
    drop: DropRates,
) -> FlowBatch:
    """Draw stems and crop them; quiet crops are as welcome as full ones."""
    rows = torch.multinomial(weights, size, replacement=True, generator=chance)
    starts = torch.randint(pool.steps - tokens + 1, (size,), generator=chance)
    at = starts[:, None] + torch.arange(tokens)  # (B, N)
    mel_at = starts[:, None] * MEL_FRAMES_PER_TOKEN + torch.arange(tokens * MEL_FRAMES_PER_TOKEN)
    mel = pool.stem_mel[rows[:, None], mel_at].float()
    grid = pool.grid[pool.stem_scene[rows][:, None], at][:, :, :STATISTIC_CHANNELS].float()
    kept = keep_masks(size, chance, drop)
    return FlowBatch(
        latents=codec.encode(mel),
        inputs=StarterInputs(
            grid=augment_grid(grid, chance),
            control=pool.stem_control[rows[:, None], at].float(),
            classes=pool.stem_class[rows],
            keep_video=kept[0],
            keep_control=kept[1],
            keep_class=kept[2],
        ),
    )


def keep_masks(size: int, chance: torch.Generator, drop: DropRates) -> tuple[Tensor, Tensor, Tensor]:
    """Which samples keep picture, control track and class, three bool (B,)."""
    draws = torch.rand(4, size, generator=chance)
    some = draws[3] >= drop.everything
    return (
        (draws[0] >= drop.video) & some,
        (draws[1] >= drop.control) & some,
        (draws[2] >= drop.classes) & some,
    )
