"""Sound side of the base size: Auditory Slow-Fast over the log-mel.

The stem halves time twice, so that a mel of 100 Hz leaves the fast pathway at 25 Hz and, as the
slow pathway takes every fourth frame only, the slow one at 6.25 Hz.

Letters: B batch, F = 4T mel frames, M bands, T fast steps (25 Hz), U = T / 4 slow steps,
m = M / 32 bands left, D channels, Df and Ds widths of the fast and the slow stream.
"""

from torch import Tensor, nn

from engine.cavp.audio_encoder import MEL_CENTRE, MEL_SCALE
from engine.cavp.plain_voice import plain_rise
from engine.cavp.residual_blocks import SOUND_AXES
from engine.cavp.slow_fast_trunk import SlowFastTrunk, StreamProjection, TrunkSize
from engine.cavp.video_encoder import Streams
from engine.timing import FAST_STEPS_PER_SLOW


class BandReadout(nn.Module):
    """Mean over the bands that are left, and the projection to the stream's width."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.out = StreamProjection(channels, width)

    def forward(self, bands: Tensor) -> Tensor:
        """(B, D, T, m) -> (B, T, width)."""
        stream: Tensor = self.out(bands.mean(-1).transpose(1, 2))
        return stream


class SlowFastAudio(nn.Module):
    """Slow and fast streams over a log-mel spectrogram."""

    def __init__(self, *, size: TrunkSize, fast_width: int, slow_width: int) -> None:
        super().__init__()
        self.trunk = SlowFastTrunk(SOUND_AXES, inputs=1, stem_time_stride=2, size=size)
        self.fast_out = BandReadout(size.fast_output, fast_width)
        self.slow_out = BandReadout(size.slow_output, slow_width)

    def forward(self, mel: Tensor) -> Streams:
        """Encode a log-mel (B, F, M), F a multiple of 16.

        Raises:
            ValueError: When the mel has another shape.
        """
        if mel.dim() != 3:
            raise ValueError(f"SlowFastAudio takes a log-mel (B, F, M), got {tuple(mel.shape)}")
        sound = ((mel - MEL_CENTRE) / MEL_SCALE)[:, None]  # (B, 1, F, M)
        slow, fast = self.trunk(sound[:, :, ::FAST_STEPS_PER_SLOW], sound)
        return Streams(self.fast_out(fast), self.slow_out(slow), None, plain_rise(mel))
