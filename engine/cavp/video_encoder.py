"""Picture side of SF-CAVP: a slow stream that says what, a fast stream that says when.

The fast stream sees the statistics of the motion grid, the slow stream the whole of it with
the small colour pictures, four frames at a time.

Letters: B batch, T fast steps (25 Hz), U = T / 4 slow steps (6.25 Hz), C grid channels,
8x8 cells, Df and Ds widths of the fast and the slow stream.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from engine.cavp.plain_voice import plain_movement
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.nn.cells import CellEncoder
from engine.nn.temporal import Lateral, TemporalStack
from engine.timing import FAST_STEPS_PER_SLOW

DROPPED_SHARE = 0.2


@dataclass(frozen=True)
class Streams:
    """Features of one side.

    Attributes:
        fast: (B, T, Df).
        slow: (B, U, Ds).
        where: (B, T, h, w) attention over the picture (4x4 cells of the grid), None for sound.
        plain: (B, T, 1) what a simple eye or ear says.
    """

    fast: Tensor
    slow: Tensor
    where: Tensor | None
    plain: Tensor


class VideoEncoder(nn.Module):
    """Slow and fast streams over the motion grid, with a lateral link."""

    def __init__(self, *, channels: int, fast_width: int, slow_width: int) -> None:
        super().__init__()
        self.fast_cells = CellEncoder(STATISTIC_CHANNELS, fast_width // 2)
        self.fast_in = nn.Linear(fast_width, fast_width)
        self.fast_time = TemporalStack(fast_width, (1, 2, 4, 1, 2, 4))
        self.slow_norm = nn.BatchNorm2d(channels)
        self.slow_cells = CellEncoder(channels, slow_width, hidden=slow_width // 2)
        self.slow_drop = nn.Dropout(DROPPED_SHARE)
        self.slow_in = nn.Linear(2 * slow_width, slow_width)
        self.lateral = Lateral(fast_width, slow_width, FAST_STEPS_PER_SLOW)
        self.slow_time = TemporalStack(slow_width, (1, 2))

    def forward(self, grid: Tensor) -> Streams:
        """Encode a motion grid (B, T, C, 8, 8), T a multiple of 4."""
        batch, steps = grid.shape[:2]
        pooled, where = self.fast_cells(grid[:, :, :STATISTIC_CHANNELS].flatten(0, 1))
        fast = self.fast_time(self.fast_in(pooled.reshape(batch, steps, -1)))  # (B, T, Df)
        calm = grid.reshape(batch, -1, FAST_STEPS_PER_SLOW, *grid.shape[2:]).mean(2)  # (B, U, C, 8, 8)
        looked, _ = self.slow_cells(self.slow_norm(calm.flatten(0, 1)))
        slow = self.slow_in(self.slow_drop(looked).reshape(batch, calm.shape[1], -1))
        slow = self.slow_time(slow + self.lateral(fast, slow.shape[1]))  # (B, U, Ds)
        where = where.reshape(batch, steps, *where.shape[1:])
        return Streams(fast, slow, where, plain_movement(grid))
