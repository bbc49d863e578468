"""Attention by hand-computed values."""

import math

import pytest
import torch
from torch.testing import assert_close

from engine.nn.attention import HeadNorm, HeadProjection, Heads, apply_rotary, attend, rotary_table


def test_head_norm_divides_by_root_mean_square() -> None:
    norm = HeadNorm(2)
    norm.weight.data = torch.tensor([1.0, 2.0])
    root = math.sqrt((9 + 16) / 2)
    assert_close(norm(torch.tensor([3.0, 4.0])), torch.tensor([3 / root, 8 / root]))


def test_head_norm_of_zeros_is_zero_and_half_precision_is_widened() -> None:
    normed = HeadNorm(4)(torch.zeros(4, dtype=torch.bfloat16))
    assert normed.dtype == torch.float32
    assert torch.equal(normed, torch.zeros(4))


def test_rotary_table_holds_the_angle_of_each_position_and_pair() -> None:
    table = rotary_table(3, 4, scale=0.5)
    angles = torch.tensor([[0.0, 0.0], [0.5, 0.005], [1.0, 0.01]])  # p * 0.5 / 10000^(2m / 4)
    assert_close(torch.view_as_real(table), torch.stack([angles.cos(), angles.sin()], dim=-1))


def test_rotary_turns_adjacent_pairs() -> None:
    table = rotary_table(2, 4)
    turned = apply_rotary(torch.tensor([[1.0, 0.0, 0.0, 1.0]] * 2), table)
    assert_close(turned[0], torch.tensor([1.0, 0.0, 0.0, 1.0]))
    cos, sin = math.cos(0.01), math.sin(0.01)
    assert_close(turned[1], torch.tensor([math.cos(1), math.sin(1), -sin, cos]))


def test_rotary_products_depend_on_the_distance_only() -> None:
    query, key = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))
    table = rotary_table(12, 8)
    turned_q, turned_k = apply_rotary(query.expand(12, 8), table), apply_rotary(key.expand(12, 8), table)
    assert_close(turned_q[2] @ turned_k[5], turned_q[7] @ turned_k[10], atol=1e-5, rtol=0)


def test_qkv_outputs_lie_by_head_then_channel_then_kind() -> None:
    projection = HeadProjection(4, 2)
    torch.nn.init.zeros_(projection.qkv.weight)
    projection.qkv.bias.data = torch.arange(12.0)
    heads = projection(torch.zeros(1, 1, 4), None)
    assert heads.value.flatten().tolist() == [2.0, 5.0, 8.0, 11.0]
    first = torch.tensor([0.0, 3.0]) / math.sqrt(4.5)  # q of head 0: outputs 0 and 3
    assert_close(heads.query[0, 0, 0], first)
    assert heads.value.shape == (1, 2, 1, 2)


def test_attend_averages_the_values_of_all_streams_where_queries_are_zero() -> None:
    def stream(*values: float) -> Heads:
        value = torch.tensor(values).reshape(1, 1, -1, 1).expand(1, 1, -1, 2)
        return Heads(torch.zeros_like(value), torch.ones_like(value), value)

    first, second = attend([stream(1.0, 2.0), stream(6.0)])
    assert_close(first, torch.full((1, 2, 2), 3.0))
    assert_close(second, torch.full((1, 1, 2), 3.0))


def test_attend_weighs_by_softmax_of_scaled_products() -> None:
    query = torch.tensor([[[[2.0, 0.0, 0.0, 0.0]]]])
    key = torch.tensor([[[[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]])
    value = torch.tensor([[[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]]])
    mixed = attend([Heads(query.expand(1, 1, 2, 4), key, value)])[0]
    weight = math.e / (math.e + 1)  # product 2, over sqrt(4), is 1
    assert_close(mixed[0, 0], torch.tensor([weight, 1 - weight, 0.0, 0.0]))


@pytest.mark.parametrize("streams", [1, 2])
def test_attend_gives_back_the_type_of_the_values_under_autocast(streams: int) -> None:
    chance = torch.Generator().manual_seed(2)
    parts = [Heads(*torch.randn(3, 2, 2, 5, 4, generator=chance)) for _ in range(streams)]
    exact = attend(parts)
    with torch.autocast("cpu", torch.bfloat16):
        rough = attend([part._replace(value=part.value.bfloat16()) for part in parts])
    assert all(part.dtype == torch.bfloat16 for part in rough)
    for ours, wanted in zip(rough, exact, strict=True):
        assert_close(ours.float(), wanted, atol=0.02, rtol=0)
