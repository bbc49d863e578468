"""Picture side of the base size: SlowFast-R50 over frames, with a map of where it looks.

Letters: B batch, T fast steps (25 Hz), U = T / 4 slow steps (6.25 Hz), H x W pixels,
h x w = H / 32 x W / 32 cells, D channels, Df and Ds widths of the fast and the slow stream.
"""

import torch
from torch import Tensor, nn

from engine.cavp.plain_voice import plain_change
from engine.cavp.residual_blocks import PICTURE_AXES
from engine.cavp.slow_fast_trunk import SlowFastTrunk, StreamProjection, TrunkSize
from engine.cavp.video_encoder import Streams
from engine.nn.cells import SpatialPool
from engine.timing import FAST_STEPS_PER_SLOW

PICTURE_MEAN = 0.45
PICTURE_SPREAD = 0.225


class CellReadout(nn.Module):
    """Attention over the cells of each step, and the projection to the stream's width."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.pool = SpatialPool(channels)
        self.out = StreamProjection(2 * channels, width)

    def forward(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """(B, D, T, h, w) -> stream (B, T, width), attention (B, T, h, w)."""
        batch, _, steps = cells.shape[:3]
        pooled, where = self.pool(cells.transpose(1, 2).flatten(0, 1))  # (B * T, 2D), (B * T, h, w)
        return self.out(pooled.unflatten(0, (batch, steps))), where.unflatten(0, (batch, steps))


class SlowFastVideo(nn.Module):
    """Slow and fast streams over frames; the fast one's attention is the map."""

    def __init__(self, *, size: TrunkSize, fast_width: int, slow_width: int) -> None:
        super().__init__()
        self.trunk = SlowFastTrunk(PICTURE_AXES, inputs=3, stem_time_stride=1, size=size)
        self.fast_out = CellReadout(size.fast_output, fast_width)
        self.slow_out = CellReadout(size.slow_output, slow_width)

    def forward(self, frames: Tensor) -> Streams:
        """Encode frames (B, T, 3, H, W), uint8 or float within 0 to 1, T a multiple of 4.

        Raises:
            ValueError: When the frames have another shape.
        """
        if frames.dim() != 5 or frames.shape[2] != 3:
            raise ValueError(f"SlowFastVideo takes frames (B, T, 3, H, W), got {tuple(frames.shape)}")
        light = frames.float() / 255.0 if frames.dtype == torch.uint8 else frames
        picture = ((light - PICTURE_MEAN) / PICTURE_SPREAD).transpose(1, 2)  # (B, 3, T, H, W)
        slow, fast = self.trunk(picture[:, :, ::FAST_STEPS_PER_SLOW], picture)
        stream, where = self.fast_out(fast)  # (B, T, Df), (B, T, h, w)
        calm, _ = self.slow_out(slow)  # (B, U, Ds)
        return Streams(stream, calm, where, plain_change(light))
