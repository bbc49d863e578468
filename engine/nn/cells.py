"""Per-frame networks over the cells of the motion grid.

Letters: N frames of all clips, C grid channels, D channels, h x w cells.
"""

import torch
from torch import Tensor, nn


class SpatialPool(nn.Module):
    """Attention over cells: says where to look, and gathers what is there."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.where = nn.Conv2d(width, 1, 1)

    def forward(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Pool (N, D, h, w) to (N, 2D); also the attention map (N, h, w)."""
        weights = self.where(cells).flatten(2).softmax(-1)  # (N, 1, h*w)
        flat = cells.flatten(2)
        gathered = (flat * weights).sum(-1)
        pooled = torch.cat([gathered, flat.amax(-1)], dim=-1)
        return pooled, weights.reshape(cells.shape[0], *cells.shape[2:])


class CellEncoder(nn.Module):
    """Two small 2-D convolutions per frame and attention pooling."""

    def __init__(self, channels: int, width: int, *, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or width // 2
        self.conv1 = nn.Conv2d(channels, hidden, 3, padding=1)
        self.conv2 = nn.Conv2d(hidden, width, 3, stride=2, padding=1)
        self.act = nn.GELU()
        self.pool = SpatialPool(width)

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, 8, 8) -> pooled (N, 2 * width), attention (N, 4, 4)."""
        cells = self.act(self.conv2(self.act(self.conv1(grid))))
        pooled, where = self.pool(cells)
        return pooled, where
