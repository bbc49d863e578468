"""Batches for SF-CAVP: independent crops of picture and sound, augmented, with exact truth.

Letters: B batch, T fast steps of a crop, S steps of a scene, K classes, M mel bands.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.features.mel import MEL_FLOOR
from engine.features.motion_grid import MOTION_CHANNELS
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import SceneTruth

_FLOW_X = 4


@dataclass(frozen=True)
class CavpBatch:
    """One batch.

    Attributes:
        grid: (B, T, C, 8, 8).
        mel: (B, 4T, M).
        lags: (B,) true lag in steps; positive: the sound is late.
        onsets: (B, T) soft contact targets in the picture's time.
        active: (B, T).
        frame_class: (B, T).
        seen: (B, K).
        heard: (B, K).
        audio_onsets: (B, T) contact targets in the sound's time.
    """

    grid: Tensor
    mel: Tensor
    lags: Tensor
    onsets: Tensor
    active: Tensor
    frame_class: Tensor
    seen: Tensor
    heard: Tensor
    audio_onsets: Tensor


def draw_batch(
    pool: ScenePool, truth: SceneTruth, *, size: int, steps: int, chance: torch.Generator, stem_share: float
) -> CavpBatch:
    """Draw scenes and crop picture and sound independently.

    Args:
        pool: Scenes.
        truth: Of the same pool.
        size: B.
        steps: T, a multiple of 4, below the scene length.
        chance: Source of randomness.
        stem_share: How often the sound is one clean stem in place of the mix.
    """
    room = pool.steps - steps
    scenes = torch.randint(pool.scenes, (size,), generator=chance)
    video_start = torch.randint(room + 1, (size,), generator=chance)
    audio_start = torch.randint(room + 1, (size,), generator=chance)
    ticks = torch.arange(steps)
    at_video = video_start[:, None] + ticks  # (B, T)
    at_audio = audio_start[:, None] + ticks
    row = scenes[:, None]
    grid = augment_grid(pool.grid[row, at_video].float(), chance)
    mel, heard = _sound_of(pool, truth, scenes, audio_start, steps, chance, stem_share)
    soft = soft_onsets(truth.onsets[scenes])  # (B, S)
    within = torch.arange(size)[:, None]
    return CavpBatch(
        grid=grid,
        mel=augment_mel(mel, chance),
        lags=video_start - audio_start,
        onsets=soft[within, at_video],
        active=truth.active[row, at_video],
        frame_class=truth.frame_class[row, at_video],
        seen=truth.seen[scenes],
        heard=heard,
        audio_onsets=soft[within, at_audio],
    )


def soft_onsets(onsets: Tensor) -> Tensor:
    """Contacts (B, S) with a weight of 0.35 on both neighbours."""
    beside = functional.max_pool1d((onsets > 0).float()[:, None], 3, 1, 1)[:, 0]
    return torch.maximum((onsets > 0).float(), 0.35 * beside)


def _sound_of(
    pool: ScenePool,
    truth: SceneTruth,
    scenes: Tensor,
    starts: Tensor,
    steps: int,
    chance: torch.Generator,
    stem_share: float,
) -> tuple[Tensor, Tensor]:
    mels, heard = [], []
    clean = torch.rand(len(scenes), generator=chance) < stem_share
    for scene, start, alone in zip(scenes.tolist(), starts.tolist(), clean.tolist(), strict=True):
        cut = slice(start * MEL_FRAMES_PER_TOKEN, (start + steps) * MEL_FRAMES_PER_TOKEN)
        rows = [row for row in pool.stem_rows[scene] if bool(pool.stem_seen[row])]
        if alone and rows:
            row = rows[int(torch.randint(len(rows), (1,), generator=chance))]
            mels.append(pool.stem_mel[row, cut])
            heard.append(functional.one_hot(pool.stem_class[row].clamp_min(0), len(pool.classes)).float())
        else:
            mels.append(pool.mix_mel[scene, cut])
            heard.append(truth.heard[scene])
    return torch.stack(mels).float(), torch.stack(heard)


def augment_grid(grid: Tensor, chance: torch.Generator) -> Tensor:
    """Mirror, zoom, strength of motion, foreign motion, colour loss and noise, (B, T, C, 8, 8)."""
    size = grid.shape[0]

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, 1, 1, 1, 1, generator=chance)

    mirrored = grid.flip(-1).clone()
    mirrored[:, :, _FLOW_X] *= -1
    grid = torch.where(draw(0, 1) < 0.5, mirrored, grid)
    grid = zoom_grid(grid, chance)
    foreign = grid[torch.randperm(size, generator=chance)]
    motion, look = grid[:, :, :MOTION_CHANNELS], grid[:, :, MOTION_CHANNELS:] * draw(0.6, 1.4)
    motion = (motion + draw(-0.4, 0.4).clamp_min(0) * foreign[:, :, :MOTION_CHANNELS]) * draw(-1, 1).exp()
    look[:, :, 2:] *= draw(0, 1.3)
    look[:, :, 0] += draw(-0.15, 0.15)[:, :, 0]
    joined = torch.cat([motion, look], dim=2)
    return joined + torch.randn(grid.shape, generator=chance) * draw(0.0, 0.03)


def zoom_grid(grid: Tensor, chance: torch.Generator) -> Tensor:
    """Look at a part of the picture, or at it from further away, one view a sample."""
    size, steps = grid.shape[:2]
    scale = 0.55 + 0.75 * torch.rand(size, generator=chance)
    shift = (torch.rand(size, 2, generator=chance) * 2 - 1) * (1 - scale).abs()[:, None]
    view = torch.zeros(size, 2, 3)
    view[:, 0, 0], view[:, 1, 1], view[:, :, 2] = scale, scale, shift
    where = functional.affine_grid(view, [size, 1, *grid.shape[3:]], align_corners=False)
    cells = grid.flatten(1, 2)  # (B, T * C, 8, 8)
    seen = functional.grid_sample(cells, where, padding_mode="border", align_corners=False)
    return seen.reshape(size, steps, *grid.shape[2:])


def augment_mel(mel: Tensor, chance: torch.Generator) -> Tensor:
    """Gain, tilt and a noise floor on log-mels (B, F, M)."""
    size, _, bands = mel.shape

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, 1, 1, generator=chance)

    slope = torch.linspace(-1, 1, bands)
    moved = mel + draw(-1.5, 1.5) + draw(-1.2, 1.2) * slope
    floor = draw(-9.5, -4.0) + draw(-1.0, 0.5) * slope
    noise = floor + 0.35 * torch.randn(mel.shape, generator=chance)
    return torch.logaddexp(moved, noise).clamp_min(float(torch.tensor(MEL_FLOOR).log()))
