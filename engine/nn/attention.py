"""Attention over several token streams: q/k normalisation, rotary positions, one joint softmax.

Letters: B batch, N tokens of a stream, D channels, h heads, d = D / h channels of a head.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

ROTARY_BASE = 10000.0
RMS_EPS = torch.finfo(torch.float32).eps


class Heads(NamedTuple):
    """Queries and keys (float32 at least) and values of one stream, each (B, h, N, d)."""

    query: Tensor
    key: Tensor
    value: Tensor


class HeadNorm(nn.Module):
    """RMS normalisation over the channels of a head, with a learned weight."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(..., d) -> (..., d): x * w / sqrt(mean(x^2) + eps), in float32 at least."""
        x = _at_least_float32(x)
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + RMS_EPS)
        return x * (scale * self.weight)


def rotary_table(
    length: int, head_channels: int, *, scale: float = 1.0, device: torch.device | None = None
) -> Tensor:
    """Turns of positions 0 to length - 1 as unit complex numbers.

    Args:
        length: Number of positions.
        head_channels: d, even.
        scale: Factor on the position, to lay a slow stream over a fast one.
        device: Where the table is made.

    Returns:
        (length, d / 2) complex64, angle p * scale / 10000^(2m / d) at position p, pair m.
    """
    exponent = torch.arange(0, head_channels, 2, dtype=torch.float32, device=device) / head_channels
    frequency = (1.0 / ROTARY_BASE**exponent) * scale
    angle = torch.arange(length, dtype=torch.float32, device=device)[:, None] * frequency
    return torch.polar(torch.ones_like(angle), angle)


def apply_rotary(x: Tensor, table: Tensor) -> Tensor:
    """Turn adjacent channel pairs of x (..., N, d) by table (N, d / 2), in float32 at least."""
    pairs = torch.view_as_complex(_at_least_float32(x).unflatten(-1, (-1, 2)))  # (..., N, d / 2)
    return torch.view_as_real(pairs * table).flatten(-2)


class HeadProjection(nn.Module):
    """Queries, keys and values of a stream, normalised and turned.

    The 3D outputs of `qkv` lie head by head, channel by channel, with q, k, v innermost.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.q_norm = HeadNorm(width // heads)
        self.k_norm = HeadNorm(width // heads)

    def forward(self, x: Tensor, rotary: Tensor | None) -> Heads:
        """(B, N, D) and a rotary table (N, d / 2), None for a stream without positions."""
        split = rearrange(self.qkv(x), "b n (h d j) -> j b h n d", h=self.heads, j=3)
        query, key, value = self.q_norm(split[0]), self.k_norm(split[1]), split[2]
        if rotary is not None:
            query, key = apply_rotary(query, rotary), apply_rotary(key, rotary)
        return Heads(query, key, value)


def attend(streams: Sequence[Heads]) -> list[Tensor]:
    """One attention over the tokens of all streams together.

    Returns:
        (B, N, D) for every stream, heads side by side.
    """
    query, key, value = (
        torch.cat(parts, dim=2) if len(parts) > 1 else parts[0] for parts in zip(*streams, strict=True)
    )
    mixed = _mix(query, key, value)  # (B, h, all N, d)
    flat = rearrange(mixed, "b h n d -> b n (h d)")
    return list(flat.split([stream.query.shape[2] for stream in streams], dim=1))


def _mix(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax attention, of the values' type; on CPU in float32, where half precision takes twice as long."""
    kind = value.dtype
    if value.device.type != "cpu":
        packed = value.contiguous()  # fused kernels take no values whose channels lie apart
        return functional.scaled_dot_product_attention(query.to(kind), key.to(kind), packed)
    with torch.autocast("cpu", enabled=False):
        wide = _at_least_float32(value).contiguous()
        return functional.scaled_dot_product_attention(query, key, wide).to(kind)


def _at_least_float32(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))
