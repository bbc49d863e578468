"""Gated MLPs and convolutions over the token axis.

Letters: B batch, N tokens, D channels, M inner channels, k kernel.
"""

import math

from torch import Tensor, nn
from torch.nn import functional

MLP_RATIO = 4


def gated_width(width: int, *, multiple: int) -> int:
    """Inner width M of a gated MLP: two thirds of 4 * width, rounded up to the multiple."""
    return multiple * math.ceil((2 * MLP_RATIO * width // 3) / multiple)


class TokenConv(nn.Conv1d):
    """Length-preserving convolution over tokens kept as (B, N, D)."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name torch gives it
        """(B, N, D_in) -> (B, N, D_out)."""
        return super().forward(channels_first(input)).transpose(1, 2)


class GatedMLP(nn.Module):
    """w2(SiLU(w1 x) * w3 x), each token on its own."""

    def __init__(self, width: int, *, multiple: int) -> None:
        super().__init__()
        inner = gated_width(width, multiple=multiple)
        self.w1 = nn.Linear(width, inner, bias=False)
        self.w2 = nn.Linear(inner, width, bias=False)
        self.w3 = nn.Linear(width, inner, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        mixed: Tensor = self.w2(functional.silu(self.w1(x)) * self.w3(x))
        return mixed


class ConvGatedMLP(nn.Module):
    """The gated MLP with convolutions of kernel k over tokens in place of its three maps."""

    def __init__(self, width: int, *, kernel: int, multiple: int) -> None:
        super().__init__()
        inner, padding = gated_width(width, multiple=multiple), kernel // 2
        self.w1 = nn.Conv1d(width, inner, kernel, padding=padding, bias=False)
        self.w2 = nn.Conv1d(inner, width, kernel, padding=padding, bias=False)
        self.w3 = nn.Conv1d(width, inner, kernel, padding=padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        rows = channels_first(x)
        mixed: Tensor = self.w2(functional.silu(self.w1(rows)) * self.w3(rows))
        return mixed.transpose(1, 2)


def channels_first(x: Tensor) -> Tensor:
    """(B, N, D) -> (B, D, N), copied: convolutions on CPU are a fifth slower on a transposed view."""
    return x.transpose(1, 2).contiguous()
