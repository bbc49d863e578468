"""Batches from procedural scenes: independent crops of picture and sound, with exact truth.

Letters: B batch, T fast steps of a crop, S steps of a scene, K classes, M mel bands.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.cavp.augmentation import augment_grid, augment_mel
from trainer.cavp.batches import CavpBatch, SceneLabels
from trainer.distributed import own_rows
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import SceneTruth, scene_truth, stem_truth


@dataclass(frozen=True)
class CropConfig:
    """How scenes are cropped.

    Attributes:
        steps_per_crop: T, a multiple of 4, below the scene length.
        stem_share: How often the sound is one clean stem in place of the mix.
    """

    steps_per_crop: int = 128
    stem_share: float = 0.35


class SceneSource:
    """A pool of scenes as a source of batches."""

    def __init__(self, pool: ScenePool, config: CropConfig) -> None:
        self.pool = pool
        self.config = config
        self.truth = scene_truth(pool)

    def draw(self, size: int, chance: torch.Generator) -> CavpBatch:
        """Draw different scenes while there are enough, and crop picture and sound independently."""
        batch = draw_batch(self.pool, self.truth, self.config, size=size, chance=chance)
        return batch.rows(own_rows(batch.films))


def draw_batch(
    pool: ScenePool, truth: SceneTruth, config: CropConfig, *, size: int, chance: torch.Generator
) -> CavpBatch:
    """Draw a batch of scenes.

    Args:
        pool: Scenes.
        truth: Of the same pool.
        config: Crops.
        size: B.
        chance: Source of randomness.
    """
    steps = config.steps_per_crop
    scenes = _drawn_scenes(pool.scenes, size, chance)
    starts = torch.randint(pool.steps - steps + 1, (2, size), generator=chance)  # picture, sound
    ticks = torch.arange(steps)
    at_video, at_audio = starts[0][:, None] + ticks, starts[1][:, None] + ticks  # (B, T)
    row = scenes[:, None]
    sound = _sound_of(pool, truth, scenes, config.stem_share, chance)
    within = torch.arange(size)[:, None]
    mel_at = starts[1][:, None] * MEL_FRAMES_PER_TOKEN + torch.arange(steps * MEL_FRAMES_PER_TOKEN)
    return CavpBatch(
        picture=augment_grid(pool.grid[row, at_video].float(), chance),
        mel=augment_mel(sound.mel[within, mel_at], chance),
        lags=starts[0] - starts[1],
        films=scenes,
        labels=SceneLabels(
            onsets=soft_onsets(truth.onsets[scenes])[within, at_video],
            active=truth.active[row, at_video],
            frame_class=truth.frame_class[row, at_video],
            seen=truth.seen[scenes],
            heard=sound.heard,
            audio_onsets=soft_onsets(sound.onsets)[within, at_audio],
            audio_active=sound.active[within, at_audio],
            audio_frame_class=sound.frame_class[within, at_audio],
        ),
    )


def _drawn_scenes(scenes: int, size: int, chance: torch.Generator) -> Tensor:
    if size <= scenes:
        return torch.randperm(scenes, generator=chance)[:size]
    return torch.randint(scenes, (size,), generator=chance)


def soft_onsets(onsets: Tensor) -> Tensor:
    """Contacts (B, S) with a weight of 0.35 on both neighbours."""
    beside = functional.max_pool1d((onsets > 0).float()[:, None], 3, 1, 1)[:, 0]
    return torch.maximum((onsets > 0).float(), 0.35 * beside)


@dataclass(frozen=True)
class _Sound:
    """Whole sounds of the drawn scenes: mel (B, 4S, M), heard (B, K), truth (B, S) each."""

    mel: Tensor
    heard: Tensor
    onsets: Tensor
    active: Tensor
    frame_class: Tensor


def _sound_of(
    pool: ScenePool, truth: SceneTruth, scenes: Tensor, stem_share: float, chance: torch.Generator
) -> _Sound:
    clean = torch.rand(len(scenes), generator=chance) < stem_share
    parts = []
    for scene, alone in zip(scenes.tolist(), clean.tolist(), strict=True):
        rows = [row for row in pool.stem_rows[scene] if bool(pool.stem_seen[row])]
        if alone and rows:
            row = rows[int(torch.randint(len(rows), (1,), generator=chance))]
            heard = functional.one_hot(pool.stem_class[row].clamp_min(0), len(pool.classes)).float()
            parts.append((pool.stem_mel[row].float(), heard, *stem_truth(pool, row)))
        else:
            sounding = (truth.audio_onsets[scene], truth.audio_active[scene], truth.audio_frame_class[scene])
            parts.append((pool.mix_mel[scene].float(), truth.heard[scene], *sounding))
    return _Sound(*(torch.stack(column) for column in zip(*parts, strict=True)))
