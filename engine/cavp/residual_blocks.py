"""Residual bottlenecks with time kept apart from space, one definition for pictures and spectrograms.

Pictures have two axes of space (height and width, 3-D convolutions), spectrograms have one
(frequency, 2-D convolutions); time is always the first axis. The layout of a bottleneck is that
of SlowFast (Feichtenhofer et al. 2019, Table 1) and of Auditory Slow-Fast (Kazakos et al. 2021).

Batch norm, not group or layer norm, for four reasons. (1) Group norm over a whole crop makes
every step depend on every other: windows of a long film could not be stitched, and an edit would
change all scores. (2) Norms within one step take away how loud and how lively that step is, which
is what the fast stream is for. (3) Small batches hurt little: at the coarsest stage one crop of
four seconds holds 1225 positions a channel for the picture (25 steps of 7x7) and 100 for the sound.
(4) In a trial with eight small clips and forty steps the contrast between clips was learned with
batch norm and stayed at chance with group norm over the crop or over each step and with layer norm.

Under several processes each normalises with its own share of the batch; with fewer than four
crops a process, `nn.SyncBatchNorm.convert_sync_batchnorm` joins them on GPUs. Before evaluation
`engine.cavp.norm_statistics` counts the statistics again.

Letters: B batch, D channels, T steps, S one or two axes of space.
"""

from torch import Tensor, nn

EXPANSION = 4
PICTURE_AXES = 2
SOUND_AXES = 1


class ConvNorm(nn.Module):
    """Convolution without bias and batch norm, padded so that a stride of 1 keeps the size."""

    def __init__(
        self,
        axes: int,
        inputs: int,
        outputs: int,
        *,
        time: int = 1,
        space: int = 1,
        time_stride: int = 1,
        space_stride: int = 1,
    ) -> None:
        super().__init__()
        kernel, stride = (time, space), (time_stride, space_stride)
        convolution = _picture_convolution if axes == PICTURE_AXES else _sound_convolution
        self.conv = convolution(inputs, outputs, kernel, stride)
        self.norm = nn.BatchNorm3d(outputs) if axes == PICTURE_AXES else nn.BatchNorm2d(outputs)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(B, D_in, T, S) -> (B, D_out, T / time_stride, S / space_stride)."""
        normed: Tensor = self.norm(self.conv(x))
        return normed


def _picture_convolution(
    inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int]
) -> nn.Conv3d:
    time, space = kernel
    return nn.Conv3d(
        inputs,
        outputs,
        (time, space, space),
        stride=(stride[0], stride[1], stride[1]),
        padding=(time // 2, space // 2, space // 2),
        bias=False,
    )


def _sound_convolution(
    inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int]
) -> nn.Conv2d:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)


class Bottleneck(nn.Module):
    """Time first (kernel 1 or 3), then space (kernel 3, with the stride), then back to full width.

    The last norm starts at zero (Goyal et al. 2017): a block begins as its shortcut.
    """

    def __init__(self, axes: int, inputs: int, inner: int, *, time: int, space_stride: int) -> None:
        super().__init__()
        outputs = EXPANSION * inner
        self.over_time = ConvNorm(axes, inputs, inner, time=time)
        self.over_space = ConvNorm(axes, inner, inner, space=3, space_stride=space_stride)
        self.widen = ConvNorm(axes, inner, outputs)
        self.shortcut = (
            nn.Identity()
            if inputs == outputs and space_stride == 1
            else ConvNorm(axes, inputs, outputs, space_stride=space_stride)
        )
        self.act = nn.ReLU(inplace=True)
        nn.init.zeros_(self.widen.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D_in, T, S) -> (B, 4 * inner, T, S / space_stride)."""
        changed = self.act(self.over_space(self.act(self.over_time(x))))
        joined: Tensor = self.act(self.widen(changed) + self.shortcut(x))
        return joined


def residual_stage(
    axes: int, inputs: int, inner: int, *, blocks: int, time: int, space_stride: int
) -> nn.Sequential:
    """Bottlenecks of one stage; the first one carries the stride and takes the inputs."""
    first = Bottleneck(axes, inputs, inner, time=time, space_stride=space_stride)
    rest = [Bottleneck(axes, EXPANSION * inner, inner, time=time, space_stride=1) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)
