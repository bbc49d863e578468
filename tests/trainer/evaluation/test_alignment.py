import pytest
import torch

from engine.cavp.confidence import PeakFeatures
from engine.features.motion_grid import GRID_CHANNELS
from tests.engine.small_networks import small_cavp
from tests.trainer.small_pool import pool_of
from trainer.evaluation.alignment import (
    CROP_STEPS,
    OffsetTrials,
    baseline_curve,
    evaluate_alignment,
    peaks_above,
    shifted_crops,
)
from trainer.scenes.pool import ScenePool


def trials(found: list[float], true: list[int]) -> OffsetTrials:
    lags = torch.tensor(found)
    return OffsetTrials(PeakFeatures(lags, lags, lags), torch.tensor(true))


@pytest.fixture
def pool() -> ScenePool:
    stems = [(scene, scene % 3, True) for scene in range(6)]
    made = pool_of(stems, scenes=6, steps=160, hits={row: {200: 1.0, 400: 1.0} for row in range(6)})
    chance = torch.Generator().manual_seed(1)
    made.grid = 0.3 * torch.randn(made.grid.shape, generator=chance)
    made.mix_mel = torch.randn(made.mix_mel.shape, generator=chance) - 6
    return made


def test_error_is_in_milliseconds_and_right_up_to_a_hundred() -> None:
    made = trials([0.0, 2.5, 2.6, -4.0], [0, 0, 0, -4])
    assert made.error_ms.tolist() == pytest.approx([0, 100, 104, 0])
    assert made.right.tolist() == [True, True, False, True]


def test_crops_tell_their_true_lag() -> None:
    pool = pool_of([(0, 0, True), (1, 1, True)], scenes=2, steps=160)
    grids, mels, lags = shifted_crops(pool, [1, 0, 1])
    assert grids.shape[:2] == (3, CROP_STEPS)
    for row, scene in enumerate((1, 0, 1)):
        first = int(grids[row, 0, 7, 0, 0]) - 100 * scene
        heard = (int(mels[row, 0, 0]) - 1000 * scene) // 4
        assert int(lags[row]) == first - heard
    assert torch.equal(lags, shifted_crops(pool, [1, 0, 1])[2])
    assert not torch.equal(lags, shifted_crops(pool, [1, 0, 1], seed=6)[2])


@pytest.mark.parametrize("late", [-9, 0, 14])
def test_baseline_finds_the_lag_of_movement_and_onsets(late: int) -> None:
    beats = torch.rand(1, 200, generator=torch.Generator().manual_seed(2)) > 0.9
    grid = torch.zeros(1, 100, GRID_CHANNELS, 8, 8)
    grid[:, :, 0] = 0.1 + 0.9 * beats[:, 40:140, None, None]
    level = beats[:, 40 - late : 140 - late].float().repeat_interleave(4, dim=1)
    curve = baseline_curve(grid, (6 * level - 8)[..., None].expand(-1, -1, 16))
    assert int(curve.argmax(1)) - 32 == late


def test_peaks_are_largest_within_two_steps_and_above_the_threshold() -> None:
    signal = torch.tensor([[0.1, 0.9, 0.2, 0.6, 0.1, 0.1, 0.4, 0.0, 0.0, 0.8]])
    found = torch.nonzero(peaks_above(signal, 0.5))[:, 1].tolist()
    assert found == [1, 9]  # 0.6 lies within two steps of 0.9, 0.4 below the threshold


def test_all_figures_of_a_network_are_numbers_with_names(pool: ScenePool) -> None:
    numbers = evaluate_alignment(small_cavp(), pool).numbers()
    assert set(numbers) == {
        f"held_out_{name}"
        for name in (
            "within_100_ms",
            "median_ms",
            "baseline_within_100_ms",
            "baseline_median_ms",
            "measurable_share",
            "measurable_within_100_ms",
            "slow_rank1_of_all",
            "onset_f1",
        )
    }
    assert all(0.0 <= value <= 5000.0 for value in numbers.values())
