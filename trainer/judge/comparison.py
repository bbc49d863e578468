"""The judge beside SF-CAVP on the same held-out scenes: how good each is, and whether they agree.

A judge is worth asking when it is good by itself, ranks as SF-CAVP does by and large, and yet errs
elsewhere: the ranks say the one, the share of scenes that both get wrong the other.

Letters: B scenes, D = 2B trials (late and early shifts), S shifts, N trials, F mel frames, M bands.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.confidence import find_peak
from engine.cavp.model import SFCAVP
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_RATE_HZ
from trainer.evaluation.alignment import (
    CROP_STEPS,
    REACH,
    OffsetTrials,
    baseline_curve,
    offset_trials,
    shifted_crops,
)
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.retrieval import RetrievalStudy, study_retrieval
from trainer.evaluation.shifts import SHIFTS_MS
from trainer.evaluation.shifts import agreement as cavp_agreement
from trainer.judge.figures import judge_offset_trials, judge_retrieval
from trainer.judge.judging import hear_mels, see_grids
from trainer.judge.network import JudgeNetwork, agreement
from trainer.scenes.pool import ScenePool

Scorer = Callable[[Tensor], Callable[[Tensor], Tensor]]  # grids, then mels of the same scenes, to (B,)


@dataclass(frozen=True)
class ModelStudy:
    """One model on the held-out scenes.

    Attributes:
        offsets: N shifted tracks.
        retrieval: The right sound among up to a hundred, None for one that does not tell sounds apart.
        scores: (D, S) score at the shifts of SHIFTS_MS.
    """

    offsets: OffsetTrials
    retrieval: RetrievalStudy | None
    scores: Tensor

    @property
    def within_100_ms(self) -> float:
        """Share of offsets found to 100 ms."""
        return float(self.offsets.right.float().mean())

    @property
    def median_ms(self) -> float:
        """Median offset error."""
        return float(self.offsets.error_ms.median())

    @property
    def true_above_200_ms(self) -> float:
        """Share of trials whose true track stands above the one shifted by 200 ms."""
        return float((self.scores[:, 0] > self.scores[:, SHIFTS_MS.index(200)]).float().mean())


def study_judge(network: JudgeNetwork, pool: ScenePool) -> ModelStudy:
    """The judge's side."""

    def score(grids: Tensor) -> Callable[[Tensor], Tensor]:
        seen = see_grids(network, grids)
        return lambda mels: agreement(seen, hear_mels(network, mels))

    return ModelStudy(
        judge_offset_trials(network, pool), judge_retrieval(network, pool), shift_scores(score, pool)
    )


def study_cavp(network: SFCAVP, pool: ScenePool) -> ModelStudy:
    """SF-CAVP's side, by the reward that takes are ranked by."""

    def score(grids: Tensor) -> Callable[[Tensor], Tensor]:
        seen = embed_pictures(network, grids)
        return lambda mels: cavp_agreement(seen, embed_sounds(network, mels))[1]

    offsets = offset_trials(network, pool, scenes=range(pool.scenes))
    return ModelStudy(offsets, study_retrieval(network, pool), shift_scores(score, pool))


def study_baseline(pool: ScenePool) -> ModelStudy:
    """Frame differences against onset strength, at 25 Hz."""

    def score(grids: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda mels: baseline_curve(grids, mels)[:, REACH]

    grids, mels, lags = shifted_crops(pool, range(pool.scenes))
    offsets = OffsetTrials(find_peak(baseline_curve(grids, mels)), lags)
    return ModelStudy(offsets, None, shift_scores(score, pool))


def shift_scores(score: Scorer, pool: ScenePool) -> Tensor:
    """Scores (D, S) of every scene with its track shifted late, then early.

    All shifts to one side are judged on the same stretch of picture, so that only the sound differs.
    """
    return torch.cat([_one_direction(score, pool, sign=sign) for sign in (1, -1)])


def _one_direction(score: Scorer, pool: ScenePool, *, sign: int) -> Tensor:
    start = pool.steps - CROP_STEPS if sign > 0 else 0
    of_mels = score(pool.grid[:, start : start + CROP_STEPS])
    columns = []
    for shift_ms in SHIFTS_MS:
        at = MEL_FRAMES_PER_TOKEN * start - sign * (shift_ms * MEL_RATE_HZ // 1000)
        columns.append(of_mels(pool.mix_mel[:, at : at + MEL_FRAMES_PER_TOKEN * CROP_STEPS]))
    return torch.stack(columns, dim=1)


@dataclass(frozen=True)
class Accord:
    """How far two models go together; rank correlations are Spearman's, 1 the same order.

    Attributes:
        overall: Over all scenes and shifts.
        within_scene: Median over trials, of the ranks of the shifts of one scene.
        true_tracks: Over scenes with their true tracks only.
        wrong_together: Scenes whose offset both miss, over what models that err apart would give;
            1 for independent errors. None when either is never wrong.
    """

    overall: float
    within_scene: float
    true_tracks: float
    wrong_together: float | None


def accord_of(one: ModelStudy, other: ModelStudy) -> Accord:
    """Compare two models over the same scenes."""
    scenes = [spearman(a, b) for a, b in zip(one.scores, other.scores, strict=True)]
    return Accord(
        overall=spearman(one.scores.flatten(), other.scores.flatten()),
        within_scene=float(torch.tensor(scenes).median()),
        true_tracks=spearman(one.scores[:, 0], other.scores[:, 0]),
        wrong_together=wrong_together(one.offsets.right, other.offsets.right),
    )


def spearman(one: Tensor, other: Tensor) -> float:
    """Spearman's rank correlation of (N,) with (N,), 0 without spread; equal values share their mean rank."""
    a, b = (_ranks(values) for values in (one, other))
    a, b = a - a.mean(), b - b.mean()
    spread = float((a.square().sum() * b.square().sum()).sqrt())
    return float((a * b).sum()) / spread if spread else 0.0


def _ranks(values: Tensor) -> Tensor:
    """Ranks (N,) from 0, equal values sharing the mean of theirs."""
    _, place, count = values.double().unique(return_inverse=True, return_counts=True)
    last = count.cumsum(0).double() - 1.0
    ranks: Tensor = (last - (count - 1) / 2.0)[place]
    return ranks


def wrong_together(one: Tensor, other: Tensor) -> float | None:
    """Share that both get wrong over the product of their shares; None when either is never wrong.

    Args:
        one: (N,) whether right.
        other: (N,) whether right.
    """
    expected = float((~one).float().mean() * (~other).float().mean())
    return float((~one & ~other).float().mean()) / expected if expected else None
