import pytest
import torch

from trainer.flow.batches import DropRates, keep_masks

NEVER = DropRates(0.0, 0.0, 0.0, 0.0)


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_nothing_is_dropped_at_rate_zero_and_all_at_rate_one() -> None:
    assert all(bool(mask.all()) for mask in keep_masks(50, chance(), NEVER))
    everything = keep_masks(50, chance(), DropRates(0.0, 0.0, 0.0, 1.0))
    assert not any(bool(mask.any()) for mask in everything)


def test_each_condition_is_dropped_at_its_own_rate() -> None:
    video, control, classes = keep_masks(20_000, chance(), DropRates(0.35, 0.12, 0.08, 0.08))
    for mask, rate in ((video, 0.35), (control, 0.12), (classes, 0.08)):
        assert float((~mask).float().mean()) == pytest.approx(1 - (1 - rate) * 0.92, abs=0.015)
    nothing = (~video & ~control & ~classes).float().mean()
    assert float(nothing) == pytest.approx(0.08 + 0.92 * 0.35 * 0.12 * 0.08, abs=0.01)
