"""What the judge reaches on held-out scenes: offsets of shifted tracks, and the right sound among many.

Letters: N trials or scenes, T steps, L lags.
"""

from dataclasses import asdict, dataclass

from engine.cavp.confidence import find_peak
from engine.cavp.lag import lag_curve
from trainer.evaluation.alignment import REACH, OffsetTrials, shifted_crops
from trainer.evaluation.retrieval import (
    RetrievalStudy,
    choose_gallery,
    ranks_of,
    with_other_level_and_noise,
)
from trainer.judge.judging import hear_mels, see_grids
from trainer.judge.network import JudgeNetwork
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import scene_truth


@dataclass(frozen=True)
class HeldOutFigures:
    """Figures of a judge on held-out scenes.

    Attributes:
        within_100_ms: Share of shifted tracks whose offset is found to 100 ms.
        median_ms: Median error of these offsets.
        slow_recall_1: Right sound first, among up to a hundred, by the slow embedding.
        slow_recall_10: Right sound among the first ten.
        slow_right_set: A sound of the right classes first.
    """

    within_100_ms: float
    median_ms: float
    slow_recall_1: float
    slow_recall_10: float
    slow_right_set: float

    def numbers(self) -> dict[str, float]:
        """The figures by name."""
        return {f"held_out_{name}": value for name, value in asdict(self).items()}


def judge_offset_trials(network: JudgeNetwork, pool: ScenePool) -> OffsetTrials:
    """Measure the lag of a shifted track of every scene, on the crops that SF-CAVP is asked about."""
    grids, mels, lags = shifted_crops(pool, range(pool.scenes))
    seen, heard = see_grids(network, grids), hear_mels(network, mels)
    return OffsetTrials(find_peak(lag_curve(seen.fast, heard.fast, reach=REACH)), lags)


def judge_retrieval(network: JudgeNetwork, pool: ScenePool) -> RetrievalStudy:
    """Look for the sound of every picture of SF-CAVP's gallery by the slow embedding."""
    gallery = choose_gallery(scene_truth(pool))
    seen = see_grids(network, pool.grid[gallery.scenes]).slow
    heard = hear_mels(network, with_other_level_and_noise(pool.mix_mel[gallery.scenes])).slow
    return ranks_of(seen @ heard.T, gallery)


def measure_judge(network: JudgeNetwork, pool: ScenePool) -> HeldOutFigures:
    """All figures of a judge in evaluation mode."""
    trials, retrieval = judge_offset_trials(network, pool), judge_retrieval(network, pool)
    return HeldOutFigures(
        within_100_ms=float(trials.right.float().mean()),
        median_ms=float(trials.error_ms.median()),
        slow_recall_1=retrieval.recall(1),
        slow_recall_10=retrieval.recall(10),
        slow_right_set=float(retrieval.right_set.float().mean()),
    )
