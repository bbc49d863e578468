import pytest
import torch

from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer.evaluation.alignment import shifted_crops
from trainer.judge import figures
from trainer.judge.figures import judge_offset_trials, measure_judge
from trainer.judge.network import JudgeEmbedded


def embedded(fast: torch.Tensor, slow: torch.Tensor) -> JudgeEmbedded:
    return JudgeEmbedded(fast, torch.nn.functional.normalize(slow, dim=-1), fast[..., 0], slow)


def test_figures_of_a_judge_that_knows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Light and level themselves as embeddings: every offset is right, every class set is found."""
    pool = flash_pool(6)

    def see(network: object, grids: torch.Tensor) -> JudgeEmbedded:
        points = torch.nn.functional.pixel_shuffle(grids[:, :, 10:].float(), 3)
        light = points.amax((3, 4))  # (N, T, 3)
        return embedded(light, light.sum(1) - light.sum(1).min(-1, keepdim=True).values)

    def hear(network: object, mels: torch.Tensor) -> JudgeEmbedded:
        level = mels[..., :126].unflatten(-1, (3, 42)).mean(-1).unflatten(1, (-1, 4)).amax(2)
        return embedded(level, level.sum(1) - level.sum(1).min(-1, keepdim=True).values)

    monkeypatch.setattr(figures, "see_grids", see)
    monkeypatch.setattr(figures, "hear_mels", hear)
    found = measure_judge(small_judge(pool.classes), pool)
    assert found.within_100_ms == 1.0
    assert found.median_ms < 40.0
    assert found.slow_right_set == 1.0
    assert found.slow_recall_10 == 1.0
    assert set(found.numbers()) == {
        "held_out_within_100_ms", "held_out_median_ms", "held_out_slow_recall_1",
        "held_out_slow_recall_10", "held_out_slow_right_set",
    }  # fmt: skip


def test_trials_are_those_that_sf_cavp_is_asked_about() -> None:
    pool = flash_pool(4)
    trials = judge_offset_trials(small_judge(pool.classes), pool)
    assert torch.equal(trials.truth, shifted_crops(pool, range(4))[2])
