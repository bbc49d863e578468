"""Shifted tracks of held-out scenes: how often and how well the shift is measured, and what could be.

Letters: N trials, T fast steps of a crop, F = 4T mel frames at 100 Hz, L lags.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.cavp.confidence import MEASURABLE_FROM, PeakFeatures, confidence_of, find_peak
from engine.cavp.lag import balanced, lag_curve
from engine.cavp.model import SFCAVP
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.evaluation.alignment import (
    CROP_STEPS,
    REACH,
    OffsetTrials,
    baseline_curve,
    shifted_crops,
    shifted_starts,
)
from trainer.evaluation.baseline import correlation, rise_curve
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.figures import Figure
from trainer.scenes.pool import ScenePool

REPEATS = 3
SEED = 5


@dataclass(frozen=True)
class OffsetStudy:
    """The same shifted tracks, measured by three.

    Attributes:
        ours: SF-CAVP.
        confidence: (N,) its calibrated confidence.
        baseline: Frame differences of the grid against onset strength, at 25 Hz.
        ceiling: The true visible hits against onset strength, at 100 Hz.
    """

    ours: OffsetTrials
    confidence: Tensor
    baseline: OffsetTrials
    ceiling: OffsetTrials

    @property
    def measurable(self) -> Tensor:
        """(N,) whether the offset is called measurable."""
        return self.confidence >= MEASURABLE_FROM


def judged_scenes(pool: ScenePool) -> range:
    """The odd scenes: the even ones calibrate the confidence."""
    return range(1, pool.scenes, 2)


def study_offsets(network: SFCAVP, pool: ScenePool, *, repeats: int = REPEATS) -> OffsetStudy:
    """Measure several shifts of every judged scene."""
    scenes = [scene for _ in range(repeats) for scene in judged_scenes(pool)]
    grids, mels, lags = shifted_crops(pool, scenes, seed=SEED)
    seen, heard = embed_pictures(network, grids), embed_sounds(network, mels)
    ours = OffsetTrials(find_peak(lag_curve(balanced(seen.fast), balanced(heard.fast), reach=REACH)), lags)
    return OffsetStudy(
        ours=ours,
        confidence=confidence_of(ours.peak, network.confidence_weights),
        baseline=OffsetTrials(find_peak(baseline_curve(grids, mels)), lags),
        ceiling=OffsetTrials(_oracle_peaks(_hits_of_crops(pool, scenes), mels), lags),
    )


def visible_hits(pool: ScenePool) -> Tensor:
    """Strength of the visible sounding contacts of each scene at 100 Hz, (B, F)."""
    hits = torch.zeros(pool.scenes, pool.steps * MEL_FRAMES_PER_TOKEN)
    impulses = pool.stem_control[..., :MEL_FRAMES_PER_TOKEN].float().flatten(1)  # (A, F)
    for row, scene in enumerate(pool.stem_scene.tolist()):
        if bool(pool.stem_seen[row]):
            hits[scene] = torch.maximum(hits[scene], impulses[row])
    return hits


def _hits_of_crops(pool: ScenePool, scenes: list[int]) -> Tensor:
    """The true hits of the crops that ``shifted_crops`` draws, (N, F)."""
    hits = visible_hits(pool)
    starts = MEL_FRAMES_PER_TOKEN * shifted_starts(pool, scenes, seed=SEED)[:, 0]
    length = MEL_FRAMES_PER_TOKEN * CROP_STEPS
    return torch.stack(
        [hits[scene, at : at + length] for scene, at in zip(scenes, starts.tolist(), strict=True)]
    )


def _oracle_peaks(hits: Tensor, mels: Tensor) -> PeakFeatures:
    reach = REACH * MEL_FRAMES_PER_TOKEN
    curves = [
        correlation(true.numpy(), rise_curve(mel), reach=reach) for true, mel in zip(hits, mels, strict=True)
    ]
    best = torch.tensor([int(np.argmax(curve)) - reach for curve in curves])
    height = torch.tensor([float(curve.max()) for curve in curves])
    return PeakFeatures(best / MEL_FRAMES_PER_TOKEN, height, height)


def offset_figures(study: OffsetStudy) -> list[Figure]:
    """The rows of the table."""
    sure, ours, rival = study.measurable, study.ours, study.baseline
    ceiling = study.ceiling
    return [
        Figure(
            "scenes: shifted track within 100 ms",
            _share(ours.right),
            wanted=0.75,
            baseline=_share(rival.right),
            remark=f"{len(ours.truth)} trials; true hits against onsets {_share(ceiling.right):.2f}",
        ),
        Figure(
            "scenes: median offset error, ms",
            float(ours.error_ms.median()),
            wanted=60.0,
            sense="at most",
            baseline=float(rival.error_ms.median()),
            remark=f"true hits against onsets {float(ceiling.error_ms.median()):.0f} ms",
        ),
        Figure("scenes: called measurable", _share(sure), wanted=0.60),
        Figure(
            "scenes: within 100 ms where called measurable",
            _share(ours.right[sure]) if bool(sure.any()) else None,
            wanted=0.90,
            baseline=_share(rival.right[sure]) if bool(sure.any()) else None,
            remark=f"{int(sure.sum())} trials; {_share(ours.right[~sure]):.2f} where not",
        ),
    ]


def _share(flags: Tensor) -> float:
    return float(flags.float().mean()) if len(flags) else 0.0
