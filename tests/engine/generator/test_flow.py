"""Flow matching by hand-computed values: path, errors, times, noise, guidance and Euler steps."""

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from engine.errors import Cancelled, InputError
from engine.generator.flow import (
    Kept,
    blend,
    conditional_field,
    draw_noise,
    draw_times,
    flow_errors,
    flow_matching_loss,
    guided_field,
    point_on_path,
    sample,
    velocity_error,
)
from engine.generator.mmdit import MMDiTLayout
from engine.progress import CancelToken, Progress
from tests.engine.generator.small_mmdit import filled_network, small_config, some_features


def ones(x: Tensor, _: Tensor) -> Tensor:
    return torch.ones_like(x)


def test_path_runs_from_noise_to_data() -> None:
    noise, data = torch.zeros(3, 1, 1), torch.full((3, 1, 1), 8.0)
    assert point_on_path(noise, data, torch.tensor([0.0, 0.25, 1.0])).flatten().tolist() == [0.0, 2.0, 8.0]


def test_error_is_the_mean_square_of_each_sample() -> None:
    predicted = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]])
    assert velocity_error(predicted, torch.zeros_like(predicted)).tolist() == [7.5, 0.0]


def test_masked_tokens_do_not_count() -> None:
    predicted = torch.tensor([[[1.0, 3.0], [100.0, 100.0]], [[9.0, 9.0], [9.0, 9.0]]])
    mask = torch.tensor([[True, False], [False, False]])
    assert velocity_error(predicted, torch.zeros_like(predicted), token_mask=mask).tolist() == [5.0, 0.0]


def test_half_precision_errors_are_summed_in_float32() -> None:
    error = velocity_error(torch.full((1, 2, 2), 2.0, dtype=torch.bfloat16), torch.zeros(1, 2, 2))
    assert error.dtype == torch.float32


def test_errors_of_other_shapes_are_refused() -> None:
    with pytest.raises(InputError, match="that of the target"):
        velocity_error(torch.zeros(1, 2, 3), torch.zeros(1, 2, 2))
    with pytest.raises(InputError, match=r"token mask of shape \(2,\)"):
        velocity_error(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3), token_mask=torch.ones(2, dtype=torch.bool))


def test_flow_errors_ask_the_field_on_the_path_and_want_the_difference() -> None:
    noise, data, t = torch.ones(1, 2, 1), torch.full((1, 2, 1), 5.0), torch.tensor([0.5])

    def state(x: Tensor, at: Tensor) -> Tensor:
        assert torch.equal(at, t)
        return x  # 3 halfway; the velocity wanted is 4

    assert flow_errors(state, noise, data, t).tolist() == [1.0]


def test_loss_is_the_mean_of_errors_at_the_drawn_times_and_noise() -> None:
    data = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(5))
    loss = flow_matching_loss(ones, data, chance=torch.Generator().manual_seed(6))
    chance = torch.Generator().manual_seed(6)
    draw_times(3, chance=chance)
    noise = torch.randn(data.shape, generator=chance)
    assert_close(loss, (1 - (data - noise)).square().mean())


def test_times_are_logit_normal() -> None:
    t = draw_times(20000, chance=torch.Generator().manual_seed(0), mean=1.0, scale=0.5)
    logit = torch.log(t / (1 - t))
    assert math.isclose(logit.mean().item(), 1.0, abs_tol=0.02)
    assert math.isclose(logit.std().item(), 0.5, abs_tol=0.02)


def test_noise_of_a_take_does_not_depend_on_its_batch() -> None:
    together = draw_noise([11, 12, 13], 6, 4)
    assert together.shape == (3, 6, 4)
    assert torch.equal(together[1:2], draw_noise([12], 6, 4))
    assert not torch.equal(together[0], together[1])


def test_noise_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    draw_noise([1, 2], 3, 4)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_euler_follows_a_constant_field_exactly() -> None:
    assert_close(sample(ones, torch.zeros(1, 2, 1), steps=7), torch.ones(1, 2, 1))


def test_euler_adds_the_velocity_at_the_start_of_each_step() -> None:
    def time(x: Tensor, t: Tensor) -> Tensor:
        return t[:, None, None].expand_as(x)

    end = sample(time, torch.zeros(2, 1, 1), steps=4)  # (0 + 1/4 + 2/4 + 3/4) / 4
    assert end.flatten().tolist() == [0.375, 0.375]


def test_euler_compounds_the_state() -> None:
    end = sample(lambda x, _: x, torch.ones(1, 1, 1), steps=2)
    assert end.item() == 2.25  # (1 + 1/2)^2


def test_sampling_leaves_the_noise_as_it_was_and_makes_no_graph() -> None:
    noise, weight = torch.zeros(1, 1, 1), torch.ones(1, requires_grad=True)
    end = sample(lambda x, _: x + weight, noise, steps=2)
    assert noise.item() == 0.0
    assert not end.requires_grad


def test_progress_is_told_after_each_step() -> None:
    told: list[Progress] = []
    sample(ones, torch.zeros(1, 1, 1), steps=2, listener=told.append)
    assert told == [Progress("generate", 1, 2), Progress("generate", 2, 2)]


def test_cancel_stops_before_the_next_step() -> None:
    token, asked = CancelToken(), []

    def field(x: Tensor, t: Tensor) -> Tensor:
        asked.append(t)
        token.cancel()
        return x

    with pytest.raises(Cancelled):
        sample(field, torch.zeros(1, 1, 1), steps=5, cancel=token)
    assert len(asked) == 1


def test_sampling_needs_a_step() -> None:
    with pytest.raises(InputError, match="steps 0"):
        sample(ones, torch.zeros(1, 1, 1), steps=0)


def test_guidance_weighs_both_sides() -> None:
    field = blend(lambda x, _: x + 2, lambda x, _: x - 1, 3.0)
    assert field(torch.tensor([[[10.0]]]), torch.zeros(1)).item() == 3 * 12 - 2 * 9


@pytest.mark.parametrize("layout", list(MMDiTLayout))
@torch.no_grad()
def test_batched_guidance_agrees_with_two_passes(layout: MMDiTLayout) -> None:
    network = filled_network(small_config(layout))
    wanted = network.prepare_conditions(*some_features(1), 8).expand(2)
    empty = network.empty_conditions(2, clip_tokens=3, sync_tokens=8, latent_tokens=8)
    x, t = draw_noise([1, 2], 8, 4), torch.full((2,), 0.4)
    together = guided_field(network, wanted, empty, guidance=4.5, batched_guidance=True)(x, t)
    in_turn = guided_field(network, wanted, empty, guidance=4.5, batched_guidance=False)(x, t)
    assert_close(together, in_turn, atol=1e-5, rtol=0)
    by_hand = 4.5 * network.velocity(x, t, wanted) - 3.5 * network.velocity(x, t, empty)
    assert_close(in_turn, by_hand)


@pytest.mark.parametrize("guidance", [0.0, 1.0])
@torch.no_grad()
def test_weak_guidance_asks_the_conditional_side_only(guidance: float) -> None:
    network = filled_network(small_config())
    wanted = network.prepare_conditions(*some_features(2), 8)
    nothing = network.empty_conditions(2, clip_tokens=3, sync_tokens=8, latent_tokens=8)
    x, t = draw_noise([1, 2], 8, 4), torch.full((2,), 0.4)
    field = guided_field(network, wanted, nothing, guidance=guidance)
    assert torch.equal(field(x, t), conditional_field(network, wanted)(x, t))


def test_without_variation_all_takes_have_the_noise_of_the_first() -> None:
    noise = draw_noise([5, 6, 7], 8, 3, variation=0.0)
    assert torch.equal(noise[1], noise[0])
    assert torch.equal(noise[2], draw_noise([5], 8, 3)[0])


def test_some_variation_keeps_the_size_of_the_noise_and_lies_between() -> None:
    near, far = draw_noise([5, 6], 400, 8, variation=0.3), draw_noise([5, 6], 400, 8)
    assert float(near[1].std()) == pytest.approx(1.0, abs=0.05)
    assert (near[1] - near[0]).abs().mean() < 0.5 * (far[1] - far[0]).abs().mean()
    assert torch.equal(near[0], far[0])


@pytest.mark.parametrize("variation", [-0.1, 1.1, float("nan")])
def test_a_variation_outside_its_range_is_refused(variation: float) -> None:
    with pytest.raises(InputError, match="variation"):
        draw_noise([1], 4, 2, variation=variation)


def still(x: Tensor, t: Tensor) -> Tensor:
    return torch.zeros_like(x)


def test_what_is_kept_ends_as_it_was_and_the_rest_follows_the_field() -> None:
    noise, old = draw_noise([1], 6, 2), torch.arange(12.0).reshape(1, 6, 2)
    mask = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    made = sample(still, noise, steps=5, kept=Kept(old, mask))
    assert torch.equal(made[0, mask == 0], old[0, mask == 0])
    assert torch.equal(made[0, mask == 1], noise[0, mask == 1])


def test_the_field_sees_the_kept_part_on_its_line_from_one_noise() -> None:
    noise, old, seen = draw_noise([1], 4, 2), torch.ones(1, 4, 2), []

    def field(x: Tensor, t: Tensor) -> Tensor:
        seen.append((float(t[0]), x.clone()))
        return torch.zeros_like(x)

    sample(field, noise, steps=4, kept=Kept(old, torch.zeros(4)))
    for t, x in seen[1:]:
        assert_close(x, (1 - t) * noise + t * old)


def test_a_low_strength_starts_near_the_old_and_takes_fewer_steps() -> None:
    noise, old, times = draw_noise([1], 4, 2), torch.ones(1, 4, 2), []

    def field(x: Tensor, t: Tensor) -> Tensor:
        times.append(float(t[0]))
        return torch.zeros_like(x)

    made = sample(field, noise, steps=10, kept=Kept(old, torch.ones(4), strength=0.2))
    assert len(times) == 2
    assert times[0] == pytest.approx(0.8)
    assert_close(made, 0.2 * noise + 0.8 * old)


@pytest.mark.parametrize("strength", [0.0, 1.5, float("nan")])
def test_a_strength_outside_its_range_is_refused(strength: float) -> None:
    with pytest.raises(InputError, match="strength"):
        Kept(torch.zeros(1, 4, 2), torch.zeros(4), strength=strength)


def test_a_mask_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="one a token"):
        Kept(torch.zeros(1, 4, 2), torch.zeros(5))
