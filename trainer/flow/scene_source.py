"""Batches for the generator from procedural scenes: crops of stems with their picture, hits and class.

Letters: B batch, N tokens of a crop.
"""

import torch
from torch import Tensor

from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.starter import StarterInputs
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.cavp.augmentation import augment_grid
from trainer.distributed import own_rows
from trainer.flow.batches import DropRates, FlowBatch, keep_masks
from trainer.flow.contacts import VisibleContacts
from trainer.flow.loudness import at_level, draw_levels, soft_hits_duller
from trainer.scenes.pool import ScenePool


class SceneStems:
    """The stems of a pool as a source of batches; rare classes are drawn more often."""

    def __init__(self, pool: ScenePool, drop: DropRates) -> None:
        self.pool = pool
        self.drop = drop
        self.weights = class_balanced_weights(pool)
        self.contacts = VisibleContacts(pool)

    def draw(self, size: int, tokens: int, chance: torch.Generator) -> FlowBatch:
        """Draw stems and crop them; quiet crops are as welcome as full ones."""
        rows = torch.multinomial(self.weights, size, replacement=True, generator=chance)
        starts = torch.randint(self.pool.steps - tokens + 1, (size,), generator=chance)
        levels, kept = draw_levels(size, chance), keep_masks(size, chance, self.drop)
        own = own_rows(torch.arange(size))
        rows, starts, levels = rows[own], starts[own], levels[own]
        at = starts[:, None] + torch.arange(tokens)  # (B, N)
        mel_at = starts[:, None] * MEL_FRAMES_PER_TOKEN + torch.arange(tokens * MEL_FRAMES_PER_TOKEN)
        whole = self.pool.stem_control[rows].float()  # hits before the crop ring into it
        mel = soft_hits_duller(self.pool.stem_mel[rows].float(), whole)
        grid = self.pool.grid[self.pool.stem_scene[rows][:, None], at][:, :, :STATISTIC_CHANNELS].float()
        within = torch.arange(len(rows))[:, None]
        inputs = StarterInputs(
            grid=augment_grid(grid, chance),
            control=whole[within, at],
            classes=self.pool.stem_class[rows],
            level=levels,
            keep_video=kept[0][own],
            keep_control=kept[1][own],
            keep_class=kept[2][own],
        )
        shown = self.contacts.draw(rows, at, inputs.keep_class)
        return FlowBatch(at_level(mel[within, mel_at], levels), inputs, shown)


def class_balanced_weights(pool: ScenePool) -> Tensor:
    """Sampling weight of every stem: rare classes are drawn more often (inverse square root)."""
    counts = torch.bincount(pool.stem_class, minlength=len(pool.classes)).clamp_min(1).float()
    return counts.rsqrt()[pool.stem_class]
