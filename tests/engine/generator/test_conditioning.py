"""Stand-ins, prepared conditions and the resampling rule of the sync stream."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.errors import InputError
from engine.generator.conditioning import (
    Conditions,
    join_batches,
    nearest_steps,
    replace_masked,
    resample_steps,
)


def conditions(batch: int, *, latent_tokens: int = 3, fill: float = 0.0) -> Conditions:
    def block(tokens: int) -> Tensor:
        return torch.full((batch, tokens, 4), fill)

    turns = torch.ones(latent_tokens, 1, dtype=torch.complex64)
    return Conditions(block(2), block(latent_tokens), block(5), block(1), turns, turns[:2])


def test_replaced_samples_hold_the_stand_in_at_every_token() -> None:
    features = torch.arange(12.0).reshape(2, 3, 2)
    out = replace_masked(features, torch.tensor([[-1.0, -2.0]]), torch.tensor([False, True]))
    assert torch.equal(out[0], features[0])
    assert out[1].tolist() == [[-1.0, -2.0]] * 3


def test_a_stand_in_of_several_tokens_is_laid_token_by_token() -> None:
    stand_in = torch.tensor([[1.0], [2.0]])
    out = replace_masked(torch.zeros(1, 2, 1), stand_in, torch.tensor([True]))
    assert out[0].tolist() == [[1.0], [2.0]]


def test_gradient_reaches_the_stand_in_from_replaced_samples_only() -> None:
    features = torch.zeros(2, 3, 1, requires_grad=True)
    stand_in = torch.zeros(1, 1, requires_grad=True)
    replace_masked(features, stand_in, torch.tensor([False, True])).sum().backward()
    assert stand_in.grad is not None
    assert features.grad is not None
    assert stand_in.grad.item() == 3.0
    assert features.grad.flatten().tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("mask", [torch.tensor([1.0, 0.0]), torch.tensor([True])])
def test_a_mask_of_another_kind_is_refused(mask: Tensor) -> None:
    with pytest.raises(InputError, match=r"wanted \(2,\), torch.bool"):
        replace_masked(torch.zeros(2, 3, 1), torch.zeros(1, 1), mask)


def test_without_a_mask_features_pass() -> None:
    features = torch.zeros(2, 3, 1)
    assert replace_masked(features, torch.ones(1, 1), None) is features


@pytest.mark.parametrize(
    ("steps", "tokens"),
    [(192, 345), (192, 250), (24, 37), (16, 25), (24, 23), (8, 12), (7, 3), (5, 5), (1, 9)],
)
def test_nearest_steps_agree_with_torch(steps: int, tokens: int) -> None:
    ramp = torch.arange(steps, dtype=torch.float32)[None, None]
    theirs = functional.interpolate(ramp, size=tokens, mode="nearest-exact")
    assert torch.equal(nearest_steps(steps, tokens), theirs.flatten().long())


def test_nearest_steps_settle_ties_by_float32_rounding() -> None:
    chosen = nearest_steps(192, 345)
    assert (chosen[57].item(), chosen[172].item()) == (31, 95)  # exact arithmetic: 32 and 96


def test_resampling_takes_the_nearest_step() -> None:
    x = torch.tensor([[[10.0], [20.0]]])
    assert resample_steps(x, 4).flatten().tolist() == [10.0, 10.0, 20.0, 20.0]
    assert resample_steps(x, 2) is x


def test_one_sample_serves_every_take() -> None:
    wide = conditions(1, fill=2.0).expand(3)
    assert wide.batch == 3
    assert wide.text.shape == (3, 5, 4)
    with pytest.raises(InputError, match="batch of 3"):
        conditions(2).expand(3)


def test_joined_batches_follow_each_other() -> None:
    both = join_batches([conditions(1, fill=1.0), conditions(2, fill=2.0)])
    assert both.clip[:, 0, 0].tolist() == [1.0, 2.0, 2.0]
    assert both.batch == 3


def test_batches_of_other_lengths_are_not_joined() -> None:
    with pytest.raises(InputError, match="wanted all alike"):
        join_batches([conditions(1), conditions(1, latent_tokens=4)])
