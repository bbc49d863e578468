"""Sound side of SF-CAVP: the same two rates on the log-mel spectrogram.

Letters: B batch, T fast steps (25 Hz), U = T / 4 slow steps, F = 4T mel frames, M bands.
"""

import torch
from torch import Tensor, nn

from engine.cavp.plain_voice import plain_rise
from engine.cavp.video_encoder import Streams
from engine.nn.temporal import Lateral, TemporalStack
from engine.timing import FAST_STEPS_PER_SLOW

MEL_CENTRE = -6.0
MEL_SCALE = 3.0
_HALVINGS = 4
DROPPED_SHARE = 0.3  # few recordings a class: what is learned must not hang on single cells


class SpectrogramStack(nn.Module):
    """Four 2-D convolutions that halve time and frequency: the timbre of 160 ms stretches."""

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        widths = (1, *(max(2, width // share) for share in (8, 4, 2, 2)))
        self.layers = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.GELU()
                )
                for before, after in zip(widths[:-1], widths[1:], strict=True)
            )
        )
        self.drop = nn.Dropout(DROPPED_SHARE)
        self.out = nn.Linear(widths[-1] * (bands >> _HALVINGS), width)

    def forward(self, bands: Tensor) -> Tensor:
        """(B, F, M) -> (B, U, width)."""
        looked = self.layers(bands[:, None])  # (B, D, U, M / 16)
        stretches: Tensor = self.out(self.drop(looked.transpose(1, 2).flatten(2)))
        return stretches


class AudioEncoder(nn.Module):
    """Slow and fast streams over a log-mel spectrogram, with a lateral link."""

    def __init__(self, *, bands: int, fast_width: int, slow_width: int) -> None:
        super().__init__()
        self.fast_down = nn.Sequential(
            nn.Conv1d(2 * bands, fast_width, 5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv1d(fast_width, fast_width, 4, stride=2, padding=1),
        )
        self.fast_time = TemporalStack(fast_width, (1, 2, 4, 1))
        self.slow_down = SpectrogramStack(bands, slow_width)
        self.lateral = Lateral(fast_width, slow_width, FAST_STEPS_PER_SLOW)
        self.slow_time = TemporalStack(slow_width, (1, 2))

    def forward(self, mel: Tensor) -> Streams:
        """Encode a log-mel (B, F, M), F a multiple of 16."""
        centred = (mel - MEL_CENTRE) / MEL_SCALE
        bands = centred.transpose(1, 2)  # (B, M, F)
        rise = torch.diff(bands, dim=2, prepend=bands[..., :1])
        fast = self.fast_down(torch.cat([bands, rise], dim=1)).transpose(1, 2)  # (B, T, Df)
        fast = self.fast_time(fast)
        slow = self.slow_down(centred)  # (B, U, Ds)
        slow = self.slow_time(slow + self.lateral(fast, slow.shape[1]))
        return Streams(fast, slow, None, plain_rise(mel))
