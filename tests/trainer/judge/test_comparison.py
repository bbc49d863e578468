from typing import TYPE_CHECKING

import pytest
import torch

from engine.cavp.confidence import PeakFeatures
from tests.engine.small_networks import small_cavp
from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer.evaluation.alignment import OffsetTrials
from trainer.evaluation.shifts import SHIFTS_MS, study_shifts
from trainer.judge.comparison import (
    ModelStudy,
    accord_of,
    shift_scores,
    spearman,
    study_baseline,
    study_cavp,
    study_judge,
    wrong_together,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def study(scores: torch.Tensor, errors: list[float]) -> ModelStudy:
    zeros = torch.zeros(len(errors))
    return ModelStudy(OffsetTrials(PeakFeatures(torch.tensor(errors), zeros, zeros), zeros), None, scores)


def test_rank_correlation_sees_order_alone() -> None:
    values = torch.tensor([0.1, 5.0, -3.0, 0.2])
    assert spearman(values, values.exp()) == pytest.approx(1.0)
    assert spearman(values, -values) == pytest.approx(-1.0)
    # Ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    one, other = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([2.0, 1.0, 4.0, 3.0])
    assert spearman(one, other) == pytest.approx(0.6)


def test_equal_values_share_their_mean_rank() -> None:
    # Ranks 0 1.5 1.5 3 against 0 1 2 3: 4.5 / sqrt(4.5 * 5).
    one, other = torch.tensor([1.0, 2.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert spearman(one, other) == pytest.approx(4.5 / (4.5 * 5.0) ** 0.5)
    assert spearman(torch.ones(4), other) == 0.0


def test_wrong_together_is_one_for_independent_errors() -> None:
    one = torch.tensor([True, True, False, False])
    assert wrong_together(one, torch.tensor([True, False, True, False])) == pytest.approx(1.0)
    assert wrong_together(one, one) == pytest.approx(2.0)
    assert wrong_together(one, ~one) == 0.0
    assert wrong_together(one, torch.ones(4, dtype=torch.bool)) is None


def test_accord_tells_scenes_from_shifts() -> None:
    """The same order within every scene, opposite orders of the scenes."""
    falling = torch.tensor([0.4, 0.3, 0.2, 0.1])
    one = study(torch.stack([falling, falling + 1.0, falling + 2.0]), [0.0, 9.0, 9.0])
    other = study(torch.stack([falling + 2.0, falling + 1.0, falling]), [9.0, 0.0, 9.0])
    found = accord_of(one, other)
    assert found.within_scene == pytest.approx(1.0)
    assert found.true_tracks == pytest.approx(-1.0)
    assert found.overall < 0.0
    assert found.wrong_together == pytest.approx(1 / 3 / (4 / 9))


def test_true_track_above_is_counted_by_trial() -> None:
    scores = torch.zeros(4, len(SHIFTS_MS))
    scores[:3, 0] = 1.0
    assert study(scores, [0.0, 3.0]).true_above_200_ms == 0.75
    assert study(scores, [0.0, 3.0]).within_100_ms == 0.5  # 3 steps are 120 ms


def test_shifted_sound_is_judged_on_one_stretch_of_picture() -> None:
    """A scorer that subtracts the times at which both begin finds every shift, late and early."""
    pool = flash_pool(2)
    pool.mix_mel = torch.arange(640.0)[None, :, None].expand(2, -1, 128).contiguous()  # frame number
    pool.grid[:, :, 0] = torch.arange(160.0)[None, :, None, None]  # step number

    def score(grids: torch.Tensor) -> "Callable[[torch.Tensor], torch.Tensor]":
        return lambda mels: grids[:, 0, 0, 0, 0] - mels[:, 0, 0] / 4

    found = shift_scores(score, pool) * 40.0
    wanted = torch.tensor(SHIFTS_MS, dtype=torch.float)
    assert torch.allclose(found, torch.stack([wanted, wanted, -wanted, -wanted]))


def test_sf_cavp_is_scored_as_its_own_evaluation_does() -> None:
    pool = flash_pool(4)
    network = small_cavp()
    ours, own = study_cavp(network, pool).scores, study_shifts(network, pool).reward
    whole_steps = [column for column, shift_ms in enumerate(SHIFTS_MS) if shift_ms % 40 == 0]
    assert torch.allclose(ours[:, whole_steps], own[:, whole_steps], atol=1e-5)


def test_baseline_and_judge_are_measured_on_the_same_trials() -> None:
    pool = flash_pool(4)
    judge, baseline = study_judge(small_judge(pool.classes), pool), study_baseline(pool)
    assert torch.equal(judge.offsets.truth, baseline.offsets.truth)
    assert judge.scores.shape == baseline.scores.shape == (8, 7)
    assert baseline.retrieval is None
    assert baseline.within_100_ms == 1.0  # the lively pool moves exactly at its hits
