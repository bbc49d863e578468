"""Gated MLPs and token convolutions by hand-computed values."""

import math

import pytest
import torch
from torch.testing import assert_close

from engine.nn.feedforward import ConvGatedMLP, GatedMLP, TokenConv, gated_width


@pytest.mark.parametrize(
    ("width", "multiple", "inner"),
    [(448, 256, 1280), (896, 256, 2560), (32, 256, 256), (192, 64, 512), (96, 64, 256), (3, 1, 8)],
)
def test_gated_width_is_rounded_up(width: int, multiple: int, inner: int) -> None:
    assert gated_width(width, multiple=multiple) == inner


def test_gated_mlp_gates_one_map_by_the_other() -> None:
    mlp = GatedMLP(1, multiple=2)  # inner width 2
    mlp.w1.weight.data = torch.tensor([[1.0], [0.0]])
    mlp.w3.weight.data = torch.tensor([[3.0], [5.0]])
    mlp.w2.weight.data = torch.tensor([[0.5, 7.0]])
    silu = 2 / (1 + math.exp(-2))  # SiLU(2); SiLU(0) closes the second channel
    assert_close(mlp(torch.tensor([[[2.0]]])), torch.tensor([[[0.5 * silu * 6.0]]]))


def test_conv_gated_mlp_with_centre_taps_is_the_gated_mlp() -> None:
    plain, convolved = GatedMLP(4, multiple=4), ConvGatedMLP(4, kernel=3, multiple=4)
    for name in ("w1", "w2", "w3"):
        weight = torch.zeros_like(getattr(convolved, name).weight)
        weight[:, :, 1] = getattr(plain, name).weight
        getattr(convolved, name).weight.data = weight.detach()
    x = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(3))
    assert_close(convolved(x), plain(x))


def test_token_conv_adds_neighbours_and_pads_with_zeros() -> None:
    conv = TokenConv(1, 1, 3)
    conv.weight.data = torch.tensor([[[1.0, 10.0, 100.0]]])
    conv.bias.data = torch.tensor([0.5])
    out = conv(torch.tensor([[[1.0], [2.0], [3.0]]]))
    assert out.flatten().tolist() == [210.5, 321.5, 32.5]
