"""Asking the judge: one clip, scenes, or the stretches of an evaluation.

Letters: N clips, T steps at 25 Hz, C grid channels, F = 4T mel frames, M bands, L lags.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.cavp.confidence import find_peak
from engine.cavp.lag import lag_curve
from engine.checkpoint import load_checkpoint, load_into
from engine.errors import CheckpointError, InputError
from engine.features.mel import MEL_BANDS
from engine.features.motion_grid import motion_grid
from engine.records import FloatArray
from engine.timing import FAST_STEPS_PER_SLOW, MEL_FRAMES_PER_TOKEN, TOKEN_RATE_HZ
from trainer.evaluation.judges import Judge, Judgement, Stretch
from trainer.judge.crops import LAG_REACH, small_pictures
from trainer.judge.network import JudgeConfig, JudgeEmbedded, JudgeNetwork
from trainer.scenes.pool import ScenePool

JUDGE_FAMILY = "judge"
LEAST_STEPS = 16
_AT_ONCE = 32


@dataclass(frozen=True)
class JudgeScore:
    """What the judge says of one picture and one track.

    Attributes:
        fast: Agreement in time as they lie, -1 to 1.
        slow: Cosine of what is seen and what is heard, -1 to 1.
        offset_s: Measured offset; positive: the sound is late.
        margin: Height of the lag curve's peak over its best rival; only its order counts.
        lag_s: (L,) lags.
        curve: (L,) agreement in time at each lag.
    """

    fast: float
    slow: float
    offset_s: float
    margin: float
    lag_s: FloatArray
    curve: FloatArray

    @property
    def total(self) -> float:
        """Both agreements added, by which tracks are compared."""
        return self.fast + self.slow


def load_judge(path: Path) -> JudgeNetwork:
    """The judge of a checkpoint, ready to be asked.

    Raises:
        CheckpointError: When the weights are absent, damaged or no judge's.
    """
    if not path.is_file():
        raise CheckpointError(
            f"The judge's weights {path} are not there: they ship with no model, train them with "
            "`msg-train pretrain-judge trainer/configs/judge.toml`."
        )
    stored = load_checkpoint(path, family=JUDGE_FAMILY)
    network = JudgeNetwork(JudgeConfig.from_json(stored.config))
    load_into(network, stored)
    return network.eval().requires_grad_(False)


def judge_clip(network: JudgeNetwork, picture: Tensor, mel: Tensor) -> JudgeScore:
    """Score one clip with one track, over the time that both last.

    Args:
        network: The judge, in evaluation mode.
        picture: (T, C, 8, 8) motion grid, or (T, 72, 96, 3) uint8 frames at 25 Hz.
        mel: (F, M) log-mel.

    Raises:
        InputError: When both together are shorter than LEAST_STEPS, of another shape, or not finite.
    """
    grid = motion_grid(picture[None])[0] if picture.dtype == torch.uint8 else picture
    if grid.dim() != 4 or mel.dim() != 2 or mel.shape[1] != MEL_BANDS:
        raise InputError(
            f"judge_clip: picture {tuple(picture.shape)} and mel {tuple(mel.shape)} do not fit: give a "
            f"grid (T, C, 8, 8) or frames (T, 72, 96, 3), and a log-mel (F, {MEL_BANDS})."
        )
    steps = min(len(grid), len(mel) // MEL_FRAMES_PER_TOKEN)
    steps -= steps % FAST_STEPS_PER_SLOW
    if steps < LEAST_STEPS:
        raise InputError(
            f"The clip has {steps} common steps of picture and sound, the judge needs {LEAST_STEPS} "
            f"({LEAST_STEPS / TOKEN_RATE_HZ:.2f} s): give a longer one."
        )
    grid, mel = grid[:steps], mel[: steps * MEL_FRAMES_PER_TOKEN]
    if not bool(grid.isfinite().all() and mel.isfinite().all()):
        raise InputError("Picture or sound of the clip holds numbers that are not finite: mend the media.")
    return scores_of(see_grids(network, grid[None]), hear_mels(network, mel[None]))[0]


def judge_scenes(network: JudgeNetwork, pool: ScenePool) -> list[JudgeScore]:
    """Scores of all scenes of a pool with their own mix."""
    return scores_of(see_grids(network, pool.grid), hear_mels(network, pool.mix_mel))


@torch.no_grad()
def see_grids(network: JudgeNetwork, grids: Tensor) -> JudgeEmbedded:
    """Embed motion grids (N, T, C, 8, 8), some at a time."""
    where = network.lag_scale.device
    return _joined([network.see(small_pictures(part.to(where))) for part in grids.split(_AT_ONCE)])


@torch.no_grad()
def hear_mels(network: JudgeNetwork, mels: Tensor) -> JudgeEmbedded:
    """Embed log-mels (N, F, M), some at a time."""
    where = network.lag_scale.device
    return _joined([network.hear(part.to(where).float()) for part in mels.split(_AT_ONCE)])


def _joined(parts: list[JudgeEmbedded]) -> JudgeEmbedded:
    return JudgeEmbedded(*(torch.cat([vars(part)[name] for part in parts]).cpu() for name in vars(parts[0])))


def scores_of(seen: JudgeEmbedded, heard: JudgeEmbedded) -> list[JudgeScore]:
    """Scores of embedded pictures with as many embedded tracks."""
    reach = min(LAG_REACH, seen.fast.shape[1] - 1)
    curve = lag_curve(seen.fast, heard.fast, reach=reach)  # (N, L)
    peak = find_peak(curve)
    slow = (seen.slow * heard.slow).sum(-1)
    lags = (np.arange(-reach, reach + 1) / TOKEN_RATE_HZ).astype(np.float32)
    return [
        JudgeScore(
            fast=float(curve[row, reach]),
            slow=float(slow[row]),
            offset_s=float(peak.lag_steps[row]) / TOKEN_RATE_HZ,
            margin=float(peak.margin[row]),
            lag_s=lags,
            curve=curve[row].numpy(),
        )
        for row in range(len(curve))
    ]


def clip_judge(network: JudgeNetwork) -> Judge:
    """The judge in the form that evaluations of real clips ask."""

    def judge(stretch: Stretch) -> list[Judgement]:
        scores = [judge_clip(network, stretch.picture, mel) for mel in stretch.mels]
        return [Judgement(s.total, s.offset_s, s.margin, s.lag_s, s.curve) for s in scores]

    return judge
