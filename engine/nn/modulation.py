"""Adaptive layer norm: conditions shift, scale and gate the channels; and the time embedding.

Letters: B batch, N tokens, D channels, F sinusoid channels.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

TIME_BASE = 10000.0
LAYER_NORM_EPS = 1e-5


def modulation_map(width: int, chunks: int) -> nn.Sequential:
    """SiLU and a linear map from a condition (..., D) to (..., chunks * D)."""
    return nn.Sequential(nn.SiLU(), nn.Linear(width, chunks * width))


def modulated_norm(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Parameter-free layer norm over channels, then x * (1 + scale) + shift.

    Args:
        x: (B, N, D).
        shift: (B, N, D), or (B, 1, D) for the same on all tokens.
        scale: As shift.
    """
    normed = functional.layer_norm(x, x.shape[-1:], eps=LAYER_NORM_EPS)
    return torch.addcmul(shift, normed, 1 + scale)


def time_frequencies(channels: int, *, slowest_period: float, device: torch.device | None = None) -> Tensor:
    """(F / 2,) radians per unit of time, falling from TIME_BASE / slowest_period.

    The order of operations fixes the last bits: with a period of 1 the angles reach 10^4, and a
    last-bit change of a frequency moves the network's output by 1e-4.
    """
    exponent = torch.arange(0, channels, 2, dtype=torch.float32, device=device) / channels
    return (1.0 / TIME_BASE**exponent) * (TIME_BASE / slowest_period)


class TimeEmbedding(nn.Module):
    """Sinusoids of the flow time in [0, 1] and a two-layer MLP.

    The frequencies are no buffer: they stay float32 when the network is cast.
    """

    def __init__(self, width: int, *, channels: int, slowest_period: float) -> None:
        super().__init__()
        self.channels = channels
        self.slowest_period = slowest_period
        self.mlp = nn.Sequential(nn.Linear(channels, width), nn.SiLU(), nn.Linear(width, width))

    def frequencies(self, device: torch.device) -> Tensor:
        """(F / 2,) float32."""
        return time_frequencies(self.channels, slowest_period=self.slowest_period, device=device)

    def sinusoids(self, t: Tensor) -> Tensor:
        """(B,) -> (B, F) float32, all cosines first."""
        angle = t.float()[:, None] * self.frequencies(t.device)
        return torch.cat([angle.cos(), angle.sin()], dim=-1)

    def forward(self, t: Tensor) -> Tensor:
        """(B,) -> (B, D)."""
        embedded: Tensor = self.mlp(self.sinusoids(t).to(next(self.mlp.parameters()).dtype))
        return embedded
