import torch

from engine.cavp.confidence import PeakFeatures, confidence_of
from tests.engine.small_networks import small_cavp
from tests.trainer.small_pool import pool_of
from trainer.cavp.confidence import calibrate, fit_logistic


def drawn_peaks(weights: torch.Tensor, count: int = 4000) -> tuple[PeakFeatures, torch.Tensor]:
    chance = torch.Generator().manual_seed(1)
    height, margin = torch.rand(2, count, generator=chance) * 0.5
    peak = PeakFeatures(torch.zeros(count), height, margin)
    return peak, torch.rand(count, generator=chance) < confidence_of(peak, weights)


def test_fit_finds_the_weights_the_answers_were_drawn_with() -> None:
    true = torch.tensor([-2.0, 0.3, 0.8])
    peak, right = drawn_peaks(true)
    torch.testing.assert_close(fit_logistic(peak, right), true, rtol=0, atol=0.3)


def test_fitted_confidence_is_calibrated() -> None:
    peak, right = drawn_peaks(torch.tensor([-2.0, 0.3, 0.8]))
    confidence = confidence_of(peak, fit_logistic(peak, right))
    sure = confidence > 0.7
    assert abs(float(confidence[sure].mean()) - float(right[sure].float().mean())) < 0.05


def test_answers_that_are_all_right_keep_the_weights_finite() -> None:
    peak, _ = drawn_peaks(torch.tensor([0.0, 0.0, 0.0]), count=20)
    weights = fit_logistic(peak, torch.ones(20, dtype=torch.bool))
    assert bool(weights.isfinite().all())
    assert float(confidence_of(peak, weights).min()) > 0.8


def test_calibration_uses_even_scenes_only_and_fills_the_buffer() -> None:
    """Odd scenes judge, so that they must not change the weights."""
    pool = pool_of([(scene, 0, True) for scene in range(8)], scenes=8, steps=160)
    chance = torch.Generator().manual_seed(2)
    pool.grid = 0.3 * torch.randn(pool.grid.shape, generator=chance)
    pool.mix_mel = torch.randn(pool.mix_mel.shape, generator=chance) - 6
    one, other = small_cavp(), small_cavp()
    mean = calibrate(one, pool)
    pool.grid[1::2], pool.mix_mel[1::2] = 0.0, 0.0
    calibrate(other, pool)
    assert torch.equal(one.confidence_weights, other.confidence_weights)
    assert not torch.equal(one.confidence_weights, torch.tensor([0.0, 1.0, 0.0]))
    assert 0.0 < mean < 1.0
