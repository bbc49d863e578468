import pytest
import torch

from engine.codec.mel_codec import CodecConfig, MelCodec
from tests.trainer.small_pool import pool_of
from trainer.flow import batches as flow_batches
from trainer.flow.batches import DropRates, class_balanced_weights, draw_flow_batch, keep_masks

NEVER = DropRates(0.0, 0.0, 0.0, 0.0)


class FirstBand(MelCodec):
    """A codec whose latent is the first value of each token."""

    def encode(self, mel: torch.Tensor) -> torch.Tensor:
        return mel[:, ::4, :1]


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_rare_classes_weigh_by_the_inverse_root_of_their_number() -> None:
    pool = pool_of([(0, 0, True)] * 4 + [(0, 1, True)], scenes=1)
    assert class_balanced_weights(pool).tolist() == [0.5] * 4 + [1.0]


def test_latents_picture_and_control_of_a_sample_are_of_the_same_stretch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flow_batches, "augment_grid", lambda grid, chance: grid)
    pool = pool_of([(0, 0, True), (2, 1, True)], scenes=3, hits={0: {62: 0.5}, 1: {62: 1.0}})
    batch = draw_flow_batch(
        pool, FirstBand(CodecConfig()), torch.ones(2), size=24, tokens=30, chance=chance(), drop=NEVER
    )
    starts = set()
    for row in range(24):
        scene, first = divmod(int(batch.inputs.grid[row, 0, 7, 0, 0]), 100)
        starts.add(first)
        assert batch.latents[row, 0, 0].item() == 1000 * scene + 4 * first + 0.25
        assert int(batch.inputs.classes[row]) == {0: 0, 2: 1}[scene]
        hits = torch.nonzero(batch.inputs.control[row]).tolist()
        assert hits == ([[15 - first, 2]] if first <= 15 else [])
    assert len(starts) > 5
    assert batch.latents.shape == (24, 30, 1)


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
