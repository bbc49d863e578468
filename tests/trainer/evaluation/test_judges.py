import numpy as np
import pytest
import torch
from torch import Tensor

from engine.cavp.model import Embedded
from tests.engine.small_networks import small_cavp, small_grid
from trainer.evaluation.judges import (
    Stretch,
    baseline_judge,
    cavp_judge,
    embed_with,
    judge_of,
    moved,
)


def numbered(steps: int) -> tuple[Tensor, np.ndarray, Tensor]:
    """Picture, motion and mel that hold their own step and frame numbers."""
    picture = torch.arange(steps, dtype=torch.float32)[:, None]
    frames = torch.arange(4 * steps, dtype=torch.float32)
    return picture, frames.numpy(), frames[:, None]


@pytest.mark.parametrize("steps", [5, -5, 8, -20])
def test_moved_track_holds_the_same_samples_later_and_the_true_one_its_own(steps: int) -> None:
    stretch = moved(*numbered(50), steps=steps)
    length = len(stretch.picture)
    assert length % 4 == 0
    assert length >= 50 - abs(steps) - 3
    assert stretch.mels.shape == (2, 4 * length, 1)
    first = int(stretch.picture[0, 0])
    assert int(stretch.mels[0, 0, 0]) == 4 * first
    assert int(stretch.mels[1, 0, 0]) == 4 * (first - steps)  # what sounds here happened so much earlier
    assert int(stretch.motion[0]) == 4 * first
    for end in (first + length, first - steps + length):
        assert end - length >= 0
        assert end <= 50


def test_baseline_measures_a_late_track_as_late() -> None:
    chance = np.random.default_rng(3)
    motion = (chance.random(900) > 0.97).astype(np.float32)
    mel = torch.from_numpy(np.roll(motion, 20))[:, None]
    judge = baseline_judge(lambda track: track[:, 0].numpy())
    (found,) = judge(Stretch(torch.zeros(1), motion, mel[None]))
    assert found.offset_s == pytest.approx(0.2)
    assert found.confidence > 0.3
    assert found.curve[len(found.curve) // 2] == found.reward < found.curve.max()


def test_model_measures_a_late_track_as_late() -> None:
    chance = torch.Generator().manual_seed(1)
    code = torch.randn(120, 6, generator=chance)

    def embedded(fast: Tensor) -> Embedded:
        slow = torch.nn.functional.normalize(torch.ones(len(fast), 30, 2), dim=-1)
        nothing = torch.zeros(len(fast), 120)
        return Embedded(fast, slow, slow[:, 0], nothing, nothing, nothing, nothing[..., None], None)

    tracks = torch.stack([code, code.roll(8, 0), code.roll(-3, 0)])
    judge = judge_of(lambda *_: (embedded(code[None]), embedded(tracks)), torch.tensor([0.0, 1.0, 1.0]))
    stretch = Stretch(torch.zeros(120, 1), np.zeros(480, dtype=np.float32), torch.zeros(3, 480, 1))
    right, late, early = judge(stretch)
    assert [round(found.offset_s, 2) for found in (right, late, early)] == [0.0, 0.32, -0.12]
    assert right.reward == pytest.approx(1.5, abs=1e-5)  # agreement 1, half of a slow likeness of 1
    assert right.reward > max(late.reward, early.reward)


def test_reward_is_that_of_the_product_for_a_network() -> None:
    network = small_cavp()
    mels = torch.randn(2, 256, 128, generator=torch.Generator().manual_seed(6)) - 6
    found = cavp_judge(network)(Stretch(small_grid(64), np.zeros(256, dtype=np.float32), mels))
    assert len(found) == 2
    assert found[0].reward != found[1].reward
    seen, heard = embed_with(network)(small_grid(64)[None], mels)
    assert seen.fast.shape[:2] == (1, 64)
    assert heard.fast.shape[:2] == (2, 64)


def test_stretch_shorter_than_the_reach_is_judged_within_itself() -> None:
    (found,) = cavp_judge(small_cavp())(
        Stretch(small_grid(16), np.zeros(64, dtype=np.float32), torch.zeros(1, 64, 128) - 5)
    )
    assert len(found.curve) == 31
