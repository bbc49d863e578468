"""Temporal building blocks and the slow-fast link, shared by all encoders.

Letters: B batch, T steps, D channels.
"""

from torch import Tensor, nn


class TemporalBlock(nn.Module):
    """Dilated depthwise convolution and a pointwise MLP, with a residual path."""

    def __init__(self, width: int, *, dilation: int, kernel: int = 5) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.depthwise = nn.Conv1d(
            width, width, kernel, padding=dilation * (kernel // 2), dilation=dilation, groups=width
        )
        self.expand = nn.Linear(width, 2 * width)
        self.shrink = nn.Linear(2 * width, width)
        self.act = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        mixed = self.depthwise(self.norm(x).transpose(1, 2)).transpose(1, 2)
        changed: Tensor = self.shrink(self.act(self.expand(mixed)))
        return x + changed


class TemporalStack(nn.Module):
    """Temporal blocks with the given dilations."""

    def __init__(self, width: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(TemporalBlock(width, dilation=dilation) for dilation in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        for block in self.blocks:
            x = block(x)
        return x


class Lateral(nn.Module):
    """Fast-to-slow link: a strided convolution over time (SlowFast, time-strided form)."""

    def __init__(self, fast_width: int, slow_width: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(fast_width, slow_width, 2 * stride + 1, stride=stride, padding=stride)

    def forward(self, fast: Tensor, slow_steps: int) -> Tensor:
        """(B, T, D_fast) -> (B, slow_steps, D_slow)."""
        linked: Tensor = self.conv(fast.transpose(1, 2)).transpose(1, 2)
        return linked[:, :slow_steps]
