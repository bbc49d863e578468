"""Picture side of SF-CAVP: a slow stream that says what, a fast stream that says when.

Letters: B batch, T fast steps (25 Hz), U = T / 4 slow steps (6.25 Hz), C grid channels,
8x8 cells, Df and Ds widths of the fast and the slow stream.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from engine.nn.cells import CellEncoder
from engine.nn.temporal import Lateral, TemporalStack
from engine.timing import FAST_STEPS_PER_SLOW


@dataclass(frozen=True)
class Streams:
    """Features of one side.

    Attributes:
        fast: (B, T, Df).
        slow: (B, U, Ds).
        where: (B, T, 4, 4) attention over the picture, None for sound.
    """

    fast: Tensor
    slow: Tensor
    where: Tensor | None


class VideoEncoder(nn.Module):
    """Slow and fast streams over the motion grid, with a lateral link."""

    def __init__(self, *, channels: int, fast_width: int, slow_width: int) -> None:
        super().__init__()
        self.fast_cells = CellEncoder(channels, fast_width // 2)
        self.fast_in = nn.Linear(fast_width, fast_width)
        self.fast_time = TemporalStack(fast_width, (1, 2, 4, 1, 2, 4))
        self.slow_cells = CellEncoder(channels, slow_width // 2)
        self.slow_in = nn.Linear(slow_width, slow_width)
        self.lateral = Lateral(fast_width, slow_width, FAST_STEPS_PER_SLOW)
        self.slow_time = TemporalStack(slow_width, (1, 2))

    def forward(self, grid: Tensor) -> Streams:
        """Encode a motion grid (B, T, C, 8, 8), T a multiple of 4."""
        batch, steps = grid.shape[:2]
        pooled, where = self.fast_cells(grid.flatten(0, 1))
        fast = self.fast_time(self.fast_in(pooled.reshape(batch, steps, -1)))  # (B, T, Df)
        calm = grid.reshape(batch, -1, FAST_STEPS_PER_SLOW, *grid.shape[2:]).mean(2)  # (B, U, C, 8, 8)
        looked, _ = self.slow_cells(calm.flatten(0, 1))
        slow = self.slow_in(looked.reshape(batch, calm.shape[1], -1))
        slow = self.slow_time(slow + self.lateral(fast, slow.shape[1]))  # (B, U, Ds)
        return Streams(fast, slow, where.reshape(batch, steps, *where.shape[1:]))
