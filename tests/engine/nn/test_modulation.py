"""Modulation and time embedding by hand-computed values."""

import math

import torch
from torch.testing import assert_close

from engine.nn.modulation import TimeEmbedding, modulated_norm, modulation_map, time_frequencies


def test_modulated_norm_normalises_then_scales_and_shifts() -> None:
    x = torch.tensor([[[1.0, 3.0], [5.0, 5.0]]])
    shift, scale = torch.tensor([[[0.5, -0.5]]]), torch.tensor([[[1.0, 0.0]]])
    unit = 1 / math.sqrt(1 + 1e-5)
    wanted = torch.tensor([[[0.5 - 2 * unit, -0.5 + unit], [0.5, -0.5]]])
    assert_close(modulated_norm(x, shift, scale), wanted)


def test_modulated_norm_takes_one_modulation_a_token() -> None:
    x = torch.tensor([[[-1.0, 1.0], [-1.0, 1.0]]])
    shift = torch.tensor([[[0.0, 0.0], [7.0, 7.0]]])
    out = modulated_norm(x, shift, torch.full_like(shift, -1.0))
    assert out[0].tolist() == [[0.0, 0.0], [7.0, 7.0]]


def test_modulation_map_is_linear_after_silu() -> None:
    layer = modulation_map(1, 2)
    layer[1].weight.data, layer[1].bias.data = torch.tensor([[1.0], [-2.0]]), torch.tensor([0.0, 1.0])
    silu = 3 / (1 + math.exp(-3))
    assert_close(layer(torch.tensor([[3.0]])), torch.tensor([[silu, 1 - 2 * silu]]))


def test_time_frequencies_fall_from_one_or_from_ten_thousand() -> None:
    assert_close(time_frequencies(4, slowest_period=10000.0), torch.tensor([1.0, 0.01]))
    assert_close(time_frequencies(4, slowest_period=1.0), torch.tensor([10000.0, 100.0]))


def test_sinusoids_list_all_cosines_first() -> None:
    embedding = TimeEmbedding(8, channels=4, slowest_period=10000.0)
    wanted = [[math.cos(0.5), math.cos(0.005), math.sin(0.5), math.sin(0.005)]]
    assert_close(embedding.sinusoids(torch.tensor([0.5])), torch.tensor(wanted))


def test_sinusoids_stay_exact_when_the_network_is_cast() -> None:
    embedding = TimeEmbedding(8, channels=8, slowest_period=1.0)
    t = torch.tensor([0.3])
    exact = embedding.sinusoids(t)
    assert torch.equal(embedding.bfloat16().sinusoids(t), exact)
    assert embedding(t).dtype == torch.bfloat16
