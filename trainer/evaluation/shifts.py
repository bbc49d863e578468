"""How the score falls as the true track is shifted further and further.

Letters: B scenes, T fast steps of a crop, M bands.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.lag import balanced, lag_curve
from engine.cavp.model import SFCAVP, Embedded, pooled_slow
from engine.scoring import reward_of
from engine.timing import MEL_FRAMES_PER_TOKEN, TOKEN_RATE_HZ
from trainer.evaluation.alignment import CROP_STEPS, baseline_curve
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.figures import Figure
from trainer.scenes.pool import ScenePool

SHIFTS_MS = (0, 40, 80, 120, 200, 500, 1000)
FALLING_TO_MS = 200
_LARGEST_STEPS = max(SHIFTS_MS) * TOKEN_RATE_HZ // 1000


@dataclass(frozen=True)
class ShiftStudy:
    """Scores by scene and shift; late and early shifts are trials of their own.

    Attributes:
        score: (2B, S) fast agreement at the shifts of SHIFTS_MS.
        reward: (2B, S) the reward that takes are ranked by.
        baseline: (2B, S) frame differences against onset strength.
    """

    score: Tensor
    reward: Tensor
    baseline: Tensor

    def above(self, values: Tensor, shift_ms: int) -> float:
        """Share of trials in which the true track stands above the one shifted by so much."""
        return float((values[:, 0] > values[:, SHIFTS_MS.index(shift_ms)]).float().mean())


def study_shifts(network: SFCAVP, pool: ScenePool) -> ShiftStudy:
    """Score every scene with its track shifted late and early."""
    late, early = _direction(network, pool, sign=1), _direction(network, pool, sign=-1)
    return ShiftStudy(*(torch.cat(both) for both in zip(late, early, strict=True)))


def _direction(network: SFCAVP, pool: ScenePool, *, sign: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scores, rewards and baseline (B, S) of shifts to one side, all on the same stretch of picture."""
    start = pool.steps - CROP_STEPS if sign > 0 else 0
    grids = pool.grid[:, start : start + CROP_STEPS]
    seen = embed_pictures(network, grids)
    columns = []
    for shift_ms in SHIFTS_MS:
        at = start - sign * (shift_ms * TOKEN_RATE_HZ // 1000)
        mels = pool.mix_mel[:, MEL_FRAMES_PER_TOKEN * at : MEL_FRAMES_PER_TOKEN * (at + CROP_STEPS)]
        score, reward = agreement(seen, embed_sounds(network, mels))
        rival = baseline_curve(grids, mels)
        columns.append((score, reward, rival[:, rival.shape[1] // 2]))
    scores, rewards, rivals = (torch.stack(column, dim=1) for column in zip(*columns, strict=True))
    return scores, rewards, rivals


def agreement(seen: Embedded, heard: Embedded) -> tuple[Tensor, Tensor]:
    """Fast agreement at zero offset and the reward, (B,) each."""
    fast = lag_curve(balanced(seen.fast), balanced(heard.fast), reach=1)[:, 1]
    slow = (pooled_slow(seen.slow) * pooled_slow(heard.slow)).sum(-1)
    return fast, reward_of(fast, slow, torch.zeros_like(fast))  # no event, so no class to be heard


def falls_as_wanted(means: Tensor) -> bool:
    """Whether means (S,) fall strictly to 200 ms and stay below that beyond."""
    bend = SHIFTS_MS.index(FALLING_TO_MS)
    falling = bool((torch.diff(means[: bend + 1]) < 0).all())
    return falling and bool((means[bend + 1 :] < means[bend]).all())


def shift_figures(study: ShiftStudy) -> list[Figure]:
    """The rows of the table."""
    return [
        Figure(
            "scenes: mean score falls strictly to 200 ms and further (1 yes)",
            float(falls_as_wanted(study.score.mean(0))),
            wanted=1.0,
            baseline=float(falls_as_wanted(study.baseline.mean(0))),
            remark=_in_words(study.score),
        ),
        Figure(
            "scenes: mean reward falls strictly to 200 ms and further (1 yes)",
            float(falls_as_wanted(study.reward.mean(0))),
            wanted=1.0,
            baseline=float(falls_as_wanted(study.baseline.mean(0))),
            remark=_in_words(study.reward),
        ),
        Figure(
            "scenes: reward(true) above reward(shifted by 200 ms)",
            study.above(study.reward, 200),
            wanted=0.85,
            baseline=study.above(study.baseline, 200),
            remark=f"{len(study.reward)} trials",
        ),
    ]


def _in_words(values: Tensor) -> str:
    pairs = zip(SHIFTS_MS, values.mean(0).tolist(), strict=True)
    return ", ".join(f"{shift} ms {mean:.3f}" for shift, mean in pairs)
