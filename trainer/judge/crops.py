"""What the judge is trained on: crops of small pictures and sounds, in its own way of drawing them.

The lag is uniform: were small lags more frequent, as between crops that are drawn apart, the judge
would learn that sound tends to be in time, whatever it sees. The sound is the mix, or what is seen
alone without background, because takes are judged too.

Letters: B batch, T steps of a crop, S steps of a scene, F mel frames, M bands, K classes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.errors import InputError
from engine.features.motion_grid import GRID_CHANNELS, points_of
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.cavp.augmentation import augment_mel
from trainer.cavp.scene_source import soft_onsets
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import scene_truth

LAG_REACH = 32
_COLOUR_LOSS_SHARE = 0.2


@dataclass(frozen=True)
class JudgeBatch:
    """One batch.

    Attributes:
        picture: (B, T, 3, 24, 24) small pictures.
        mel: (B, 4T, M).
        lags: (B,) true lag in steps; positive: the sound is late.
        onsets: (B, T) soft visible contacts.
        heard_onsets: (B, T) soft contacts in the sound's own time.
        seen: (B, K) classes on screen.
        heard: (B, K) classes in the sound.
    """

    picture: Tensor
    mel: Tensor
    lags: Tensor
    onsets: Tensor
    heard_onsets: Tensor
    seen: Tensor
    heard: Tensor

    def to(self, device: torch.device) -> "JudgeBatch":
        """The batch on another device."""
        return JudgeBatch(**{name: value.to(device) for name, value in vars(self).items()})


class JudgeSource:
    """A pool of scenes as a source of batches for the judge."""

    def __init__(self, pool: ScenePool, *, steps: int, clean_share: float) -> None:
        """Gather the truth of the pool.

        Args:
            pool: Scenes with small pictures.
            steps: T, a multiple of 4.
            clean_share: How often the sound is what is seen alone.

        Raises:
            InputError: When scenes are shorter than a crop at the largest lag.
        """
        if pool.steps < steps + LAG_REACH:
            raise InputError(
                f"Scenes of {pool.steps} steps are too short for crops of {steps} at lags of up to "
                f"{LAG_REACH}: render longer scenes."
            )
        self.pool = pool
        self.steps = steps
        self.clean_share = clean_share
        self.truth = scene_truth(pool)
        self.seen_rows = [[row for row in rows if bool(pool.stem_seen[row])] for rows in pool.stem_rows]

    def draw(self, size: int, chance: torch.Generator) -> JudgeBatch:
        """Draw a batch of ``size`` rows; the same generator state gives the same batch."""
        scenes = self._drawn_scenes(size, chance)
        lags, at_picture = self._drawn_lags(size, chance)
        clean = self._drawn_clean(scenes, chance)
        sound, contacts = self._sounds(scenes, clean)
        rows, ticks = torch.arange(size)[:, None], torch.arange(self.steps)
        picture_at, sound_at = at_picture[:, None] + ticks, (at_picture - lags)[:, None] + ticks
        first_frame = MEL_FRAMES_PER_TOKEN * sound_at[:, :1]
        mel_at = first_frame + torch.arange(MEL_FRAMES_PER_TOKEN * self.steps)
        heard = torch.where(clean[:, None], self.truth.seen[scenes], self.truth.heard[scenes])
        picture = small_pictures(self.pool.grid[scenes[:, None], picture_at])
        return JudgeBatch(
            picture=augment_pictures(picture, chance),
            mel=augment_mel(sound[rows, mel_at], chance),
            lags=lags,
            onsets=soft_onsets(self.truth.onsets[scenes])[rows, picture_at],
            heard_onsets=soft_onsets(contacts)[rows, sound_at],
            seen=self.truth.seen[scenes],
            heard=heard,
        )

    def _drawn_scenes(self, size: int, chance: torch.Generator) -> Tensor:
        """Different scenes while there are enough, (B,)."""
        if size <= self.pool.scenes:
            return torch.randperm(self.pool.scenes, generator=chance)[:size]
        return torch.randint(self.pool.scenes, (size,), generator=chance)

    def _drawn_lags(self, size: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Uniform lags and, for each, a first step of the picture that leaves room for it, (B,) both."""
        room = self.pool.steps - self.steps
        lags = torch.randint(-LAG_REACH, LAG_REACH + 1, (size,), generator=chance)
        share = torch.rand(size, generator=chance)
        return lags, lags.clamp_min(0) + (share * (room - lags.abs() + 1)).long()

    def _drawn_clean(self, scenes: Tensor, chance: torch.Generator) -> Tensor:
        """Which rows hear only what is seen, (B,) bool."""
        wanted = torch.rand(len(scenes), generator=chance) < self.clean_share
        return wanted & torch.tensor([bool(self.seen_rows[scene]) for scene in scenes.tolist()])

    def _sounds(self, scenes: Tensor, clean: Tensor) -> tuple[Tensor, Tensor]:
        """Whole sounds (B, 4S, M) and their contacts (B, S)."""
        mels, contacts = [], []
        for scene, alone in zip(scenes.tolist(), clean.tolist(), strict=True):
            rows = self.seen_rows[scene]
            if alone:
                mels.append(self.pool.stem_mel[rows].float().logsumexp(0))
                impulses = self.pool.stem_control[rows][..., :MEL_FRAMES_PER_TOKEN]
                contacts.append(impulses.float().amax((0, 2)))
            else:
                mels.append(self.pool.mix_mel[scene].float())
                contacts.append(self.truth.audio_onsets[scene])
        return torch.stack(mels), torch.stack(contacts)


def small_pictures(grid: Tensor) -> Tensor:
    """The small pictures of motion grids, (..., T, C, 8, 8) -> (..., T, 3, 24, 24) float.

    Raises:
        InputError: When the grids hold statistics alone.
    """
    if grid.shape[-3] < GRID_CHANNELS:
        raise InputError(
            f"These grids have {grid.shape[-3]} channels and hold no small pictures, which take "
            f"{GRID_CHANNELS}: render the scenes again."
        )
    return points_of(grid.float())


def augment_pictures(picture: Tensor, chance: torch.Generator) -> Tensor:
    """Mirror, zoom, light, contrast, colour loss and grain, still over a clip but for the grain.

    Args:
        picture: (B, T, 3, 24, 24).
        chance: Source of randomness.
    """
    size, steps = picture.shape[:2]

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, 1, 1, 1, 1, generator=chance)

    grey = picture.mean(2, keepdim=True)
    colour = torch.where(draw(0, 1) < _COLOUR_LOSS_SHARE, torch.zeros(()), draw(0.7, 1.2))
    lit = grey + (picture - grey) * colour
    lit = _seen_otherwise(lit, chance) * draw(0.7, 1.35) + draw(-0.12, 0.12)
    grain = torch.randn(size, steps, 1, *picture.shape[3:], generator=chance)
    return lit + grain * draw(-0.01, 0.015).clamp_min(0)


def _seen_otherwise(picture: Tensor, chance: torch.Generator) -> Tensor:
    """Each row mirrored or not, nearer or further, off the middle."""
    size = picture.shape[0]
    scale = 0.6 + 0.6 * torch.rand(size, generator=chance)
    shift = (2 * torch.rand(size, 2, generator=chance) - 1) * (1 - scale).abs()[:, None]
    side = torch.where(torch.rand(size, generator=chance) < 0.5, -1.0, 1.0)
    view = torch.zeros(size, 2, 3)
    view[:, 0, 0], view[:, 1, 1], view[:, :, 2] = scale * side, scale, shift
    with torch.autocast(picture.device.type, enabled=False):
        where = functional.affine_grid(view, [size, 1, *picture.shape[3:]], align_corners=False)
        seen = functional.grid_sample(
            picture.flatten(1, 2), where, padding_mode="border", align_corners=False
        )
    return seen.reshape(picture.shape)
