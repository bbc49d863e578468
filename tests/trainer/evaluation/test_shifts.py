import pytest
import torch

from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import lively_pool
from trainer.evaluation.shifts import (
    SHIFTS_MS,
    ShiftStudy,
    falls_as_wanted,
    shift_figures,
    study_shifts,
)


@pytest.mark.parametrize(
    ("means", "falls"),
    [
        ([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 2.5], True),
        ([7.0, 6.0, 6.0, 4.0, 3.0, 2.0, 1.0], False),  # flat is not falling
        ([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 3.0], False),  # as high at 1000 ms as at 200 ms
        ([6.0, 7.0, 5.0, 4.0, 3.0, 2.0, 1.0], False),
    ],
)
def test_means_fall_strictly_to_200_ms_and_stay_below(means: list[float], falls: bool) -> None:
    assert falls_as_wanted(torch.tensor(means)) is falls


def test_share_of_true_tracks_above_shifted_ones() -> None:
    values = torch.ones(4, len(SHIFTS_MS))
    values[:3, SHIFTS_MS.index(200)] = torch.tensor([0.0, 0.5, 1.0])  # the third is equal: not above
    values[3, SHIFTS_MS.index(200)] = 2.0
    study = ShiftStudy(values, values, values)
    assert study.above(study.reward, 200) == 0.5
    assert shift_figures(study)[2].got == 0.5


def test_baseline_falls_where_the_picture_moves_at_the_hits() -> None:
    study = study_shifts(small_cavp(), lively_pool(6))
    assert study.reward.shape == (12, len(SHIFTS_MS))  # late and early
    means = study.baseline.mean(0)
    assert float(means[0]) > 0.4
    assert float(means[0]) > float(means[SHIFTS_MS.index(200)]) + 0.2
    assert study.above(study.baseline, 1000) == 1.0


def test_reward_is_the_score_and_half_the_slow_likeness() -> None:
    study = study_shifts(small_cavp(), lively_pool(2))
    slow = 2 * (study.reward - study.score)
    assert float(slow.abs().max()) <= 1.0 + 1e-5
    assert float(slow.abs().max()) > 0.0
