"""Two residual pathways over the same film: slow and wide for what, fast and thin for when.

The slow pathway sees every fourth frame, the fast one all of them with an eighth of the
channels, and after the stem and three stages the fast one tells the slow one what it saw. With
two axes of space this is SlowFast-R50 (Feichtenhofer et al. 2019, Table 1), with one it is Auditory
Slow-Fast (Kazakos et al. 2021, Table 1). Departure: the picture's fast pathway runs at 25 Hz over
the whole crop in place of 32 frames.

Letters: B batch, C input channels, W stem width of the slow pathway, N frames, T fast steps,
U = T / 4 slow steps, S one or two axes of space. T = N for pictures and N / 4 for spectrograms.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.cavp.residual_blocks import EXPANSION, PICTURE_AXES, ConvNorm, residual_stage
from engine.timing import FAST_STEPS_PER_SLOW

CHANNEL_RATIO = 8  # the fast pathway has 1 / 8 of the channels (beta)
LINK_KERNEL = 7
LINK_WIDENING = 2
STAGES = ("res2", "res3", "res4", "res5")
SLOW_TIME_KERNELS = (1, 1, 3, 3)
FAST_TIME_KERNELS = (3, 3, 3, 3)
SPACE_STRIDES = (1, 2, 2, 2)
DEEPENING: int = EXPANSION * 2 ** (len(STAGES) - 1)  # widths after res5, in stem widths


@dataclass(frozen=True)
class TrunkSize:
    """Width and depth of both pathways.

    Attributes:
        width: Channels of the slow stem, a multiple of 8; the full size has 64.
        blocks: Bottlenecks of the four stages; the full size has 3, 4, 6, 3.

    Raises:
        ValueError: When the width is no multiple of 8 or there are not four stages of blocks.
    """

    width: int = 64
    blocks: tuple[int, ...] = (3, 4, 6, 3)

    def __post_init__(self) -> None:
        if self.width < CHANNEL_RATIO or self.width % CHANNEL_RATIO:
            raise ValueError(f"trunk width {self.width}: give a multiple of {CHANNEL_RATIO}, such as 64")
        if len(self.blocks) != len(STAGES) or min(self.blocks) < 1:
            raise ValueError(
                f"trunk blocks {self.blocks}: give {len(STAGES)} counts from 1 on, such as 3, 4, 6, 3"
            )

    @property
    def fast_width(self) -> int:
        """Channels of the fast stem."""
        return self.width // CHANNEL_RATIO

    @property
    def slow_output(self) -> int:
        """Channels of the slow pathway after res5."""
        return DEEPENING * self.width

    @property
    def fast_output(self) -> int:
        """Channels of the fast pathway after res5."""
        return DEEPENING * self.fast_width


class Stem(nn.Module):
    """Wide convolution and max-pooling: a quarter of the resolution of space."""

    def __init__(self, axes: int, inputs: int, width: int, *, time: int, time_stride: int) -> None:
        super().__init__()
        self.conv = ConvNorm(axes, inputs, width, time=time, space=7, time_stride=time_stride, space_stride=2)
        self.act = nn.ReLU(inplace=True)
        pool = nn.MaxPool3d if axes == PICTURE_AXES else nn.MaxPool2d
        reach = 3 if time_stride > 1 else 1
        self.pool = pool((reach, *[3] * axes), (time_stride, *[2] * axes), (reach // 2, *[1] * axes))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, N, S) -> (B, D, N / time_stride^2, S / 4)."""
        pooled: Tensor = self.pool(self.act(self.conv(x)))
        return pooled


class PathwayLink(nn.Module):
    """Fast to slow: a convolution over time at the slow rate, twice the channels."""

    def __init__(self, axes: int, fast_width: int) -> None:
        super().__init__()
        self.conv = ConvNorm(
            axes, fast_width, LINK_WIDENING * fast_width, time=LINK_KERNEL, time_stride=FAST_STEPS_PER_SLOW
        )
        self.act = nn.ReLU(inplace=True)

    def forward(self, fast: Tensor) -> Tensor:
        """(B, D, T, S) -> (B, 2D, U, S)."""
        told: Tensor = self.act(self.conv(fast))
        return told


class StreamProjection(nn.Module):
    """Linear map to a stream's width, centred over the batch.

    What comes out of a ReLU shares a large common part: without the norm all clips start with
    nearly the same unit-length embedding, and the contrast between clips hardly begins to learn.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, width, bias=False)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D_in) -> (B, T, width)."""
        stream: Tensor = self.norm(self.linear(x).transpose(1, 2)).transpose(1, 2)
        return stream


class SlowFastTrunk(nn.Module):
    """Both pathways with their links, up to res5."""

    def __init__(self, axes: int, *, inputs: int, stem_time_stride: int, size: TrunkSize) -> None:
        super().__init__()
        slow_stem = Stem(axes, inputs, size.width, time=1, time_stride=stem_time_stride)
        fast_stem = Stem(axes, inputs, size.fast_width, time=5, time_stride=stem_time_stride)
        told = LINK_WIDENING * size.fast_width
        slow = _stages(axes, size.width, size.blocks, told=told, time_kernels=SLOW_TIME_KERNELS)
        fast = _stages(axes, size.fast_width, size.blocks, told=0, time_kernels=FAST_TIME_KERNELS)
        self.slow = nn.ModuleDict({"stem": slow_stem, **slow})
        self.fast = nn.ModuleDict({"stem": fast_stem, **fast})
        widths = [size.fast_width, *(EXPANSION * size.fast_width * 2**n for n in range(len(STAGES) - 1))]
        places = ("stem", *STAGES[:-1])
        self.links = nn.ModuleDict(
            {place: PathwayLink(axes, width) for place, width in zip(places, widths, strict=True)}
        )

    def forward(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        """Encode every fourth frame (B, C, N / 4, S) and all frames (B, C, N, S).

        Returns:
            (B, 32 W, U, S / 32) and (B, 4 W, T, S / 32).
        """
        slow, fast = self.slow["stem"](slow), self.fast["stem"](fast)
        for link, stage in zip(self.links.values(), STAGES, strict=True):
            slow = torch.cat([slow, link(fast)], dim=1)
            slow, fast = self.slow[stage](slow), self.fast[stage](fast)
        return slow, fast


def _stages(
    axes: int, width: int, blocks: tuple[int, ...], *, told: int, time_kernels: tuple[int, ...]
) -> dict[str, nn.Module]:
    """Stages res2 to res5; what the links tell grows with the width and is concatenated before each."""
    stages: dict[str, nn.Module] = {}
    inputs, inner = width + told, width
    for n, stage in enumerate(STAGES):
        stages[stage] = residual_stage(
            axes, inputs, inner, blocks=blocks[n], time=time_kernels[n], space_stride=SPACE_STRIDES[n]
        )
        outputs = EXPANSION * inner
        inputs, inner = outputs + told * EXPANSION * 2**n, 2 * inner
    return stages
