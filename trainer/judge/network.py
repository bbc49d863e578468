"""The judge's network: small pictures and log-mels to fast and slow embeddings.

Its front end shares nothing with SF-CAVP's: plain pictures of 24x24 points and their differences
in place of statistics of cells, a coarser spectrogram, and recurrent in place of convolutional time.

Letters: B batch, T steps at 25 Hz, U = T / 4 slow steps, F = 4T mel frames, M = 128 bands,
H hidden channels, K classes, Ef and Es sizes of the fast and the slow embedding.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.cavp.lag import lag_curve
from engine.features.mel import MEL_BANDS
from engine.timing import FAST_STEPS_PER_SLOW, MEL_FRAMES_PER_TOKEN

_MEL_MIDDLE, _MEL_SPREAD = -5.0, 3.0
_PICTURE_GAIN = 4.0  # small pictures lie within -0.5 to 0.5
_DIFFERENCE_GAIN = 16.0  # most points hardly change from frame to frame


@dataclass(frozen=True)
class JudgeConfig:
    """Sizes of the judge.

    Attributes:
        classes: Names of the K classes.
        first_width: Channels after the first convolution of pictures; the next has twice as many.
        sound_width: The same for sound.
        hidden: H, of each direction of the recurrent networks.
        fast_size: Ef.
        slow_size: Es.
    """

    classes: tuple[str, ...]
    first_width: int = 16
    sound_width: int = 16
    hidden: int = 96
    fast_size: int = 32
    slow_size: int = 64

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the header of a checkpoint."""
        return {**asdict(self), "classes": list(self.classes)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "JudgeConfig":
        """Back from plain values."""
        return cls(**{**values, "classes": tuple(values["classes"])})


@dataclass(frozen=True)
class JudgeEmbedded:
    """One side, embedded.

    Attributes:
        fast: (B, T, Ef) when.
        slow: (B, Es) what, unit length.
        onset_logits: (B, T) a contact in this step.
        class_logits: (B, K) classes in the clip.
    """

    fast: Tensor
    slow: Tensor
    onset_logits: Tensor
    class_logits: Tensor


class JudgeNetwork(nn.Module):
    """Embeds picture and sound, and says how well they agree."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.motion = _Motion(config.first_width, config.hidden)
        self.look = _Look(config.first_width, config.hidden)
        self.sound = _Sound(config.sound_width, config.hidden)
        self.seen_heads = _Heads(config, extra=config.hidden)
        self.heard_heads = _Heads(config, extra=0)
        self.lag_scale = nn.Parameter(torch.tensor(2.3))
        self.slow_scale = nn.Parameter(torch.tensor(2.3))

    def see(self, picture: Tensor) -> JudgeEmbedded:
        """Embed small pictures (B, T, 3, 24, 24), T a multiple of 4, within -0.5 to 0.5.

        Raises:
            ValueError: When the shape is another one.
        """
        if picture.dim() != 5 or picture.shape[2] != 3 or picture.shape[1] % FAST_STEPS_PER_SLOW:
            raise ValueError(f"see takes (B, T, 3, h, w) with T a multiple of 4, got {tuple(picture.shape)}")
        grey = picture.mean(2)  # (B, T, h, w)
        change = torch.diff(grey, dim=1, prepend=grey[:, :1])
        found: JudgeEmbedded = self.seen_heads(self.motion(grey, change), self.look(picture, change))
        return found

    def hear(self, mel: Tensor) -> JudgeEmbedded:
        """Embed log-mels (B, F, M), F a multiple of 16.

        Raises:
            ValueError: When the shape is another one.
        """
        whole = MEL_FRAMES_PER_TOKEN * FAST_STEPS_PER_SLOW
        if mel.dim() != 3 or mel.shape[2] != MEL_BANDS or mel.shape[1] % whole:
            raise ValueError(f"hear takes (B, F, {MEL_BANDS}) with F a multiple of {whole}, got {mel.shape}")
        found: JudgeEmbedded = self.heard_heads(self.sound(mel), None)
        return found

    def score(self, picture: Tensor, mel: Tensor) -> Tensor:
        """Fast agreement as picture and sound lie, and slow cosine, added.

        Args:
            picture: (B, T, 3, 24, 24).
            mel: (B, F, M).

        Returns:
            (B,) within -2 to 2.
        """
        return agreement(self.see(picture), self.hear(mel))


def agreement(seen: JudgeEmbedded, heard: JudgeEmbedded) -> Tensor:
    """Fast agreement at lag 0 and slow cosine, added, (B,)."""
    fast = lag_curve(seen.fast, heard.fast, reach=1)[:, 1]
    return fast + (seen.slow * heard.slow).sum(-1)


class _Motion(nn.Module):
    """Grey pictures and what changes in them, frame by frame, then along time."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.points = nn.Sequential(
            nn.Conv2d(4, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 64, 1),
        )
        self.time = _Recurrence(2 * 64, hidden)

    def forward(self, grey: Tensor, change: Tensor) -> Tensor:
        """(B, T, h, w) twice -> (B, T, 2H)."""
        batch, steps = grey.shape[:2]
        coming = torch.cat([change[:, 1:], torch.zeros_like(change[:, :1])], dim=1)
        channels = torch.stack(
            [
                _PICTURE_GAIN * grey,
                _DIFFERENCE_GAIN * change,
                _DIFFERENCE_GAIN * change.abs(),
                _DIFFERENCE_GAIN * coming,  # a contact is where motion before and after differ
            ],
            dim=-1,
        )  # (B, T, h, w, 4)
        pooled = _pooled(self.points, channels.flatten(0, 1))  # (BT, 128)
        moved: Tensor = self.time(pooled.reshape(batch, steps, -1))
        return moved


class _Look(nn.Module):
    """Colour pictures at 6.25 Hz with the place of motion, pooled over the clip."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.points = nn.Sequential(
            nn.Conv2d(4, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, hidden, 3, stride=2, padding=1),
        )
        self.mix = nn.Sequential(nn.LayerNorm(4 * hidden), nn.Linear(4 * hidden, hidden), nn.GELU())

    def forward(self, picture: Tensor, change: Tensor) -> Tensor:
        """(B, T, 3, h, w), (B, T, h, w) -> (B, H)."""
        batch = picture.shape[0]
        calm = picture.unflatten(1, (-1, FAST_STEPS_PER_SLOW)).mean(2)  # (B, U, 3, h, w)
        moving = change.abs().unflatten(1, (-1, FAST_STEPS_PER_SLOW)).amax(2)  # (B, U, h, w)
        colours = _PICTURE_GAIN * calm.movedim(2, -1)
        channels = torch.cat([colours, _DIFFERENCE_GAIN * moving[..., None]], dim=-1)  # (B, U, h, w, 4)
        pooled = _pooled(self.points, channels.flatten(0, 1)).reshape(batch, calm.shape[1], -1)
        looked: Tensor = self.mix(torch.cat([pooled.mean(1), pooled.amax(1)], dim=-1))
        return looked


class _Sound(nn.Module):
    """Sixty-four bands at 50 Hz, their differences and rises, then along time."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.bands = nn.Sequential(
            nn.Conv2d(3, width, (3, 5), stride=(1, 2), padding=(1, 2)),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 3 * width, 3, stride=(1, 2), padding=1),
            nn.ReLU(),
        )
        left = MEL_BANDS // 2 // 8
        self.join = nn.Linear(3 * width * left, 128)
        self.time = _Recurrence(128, hidden)

    def forward(self, mel: Tensor) -> Tensor:
        """(B, F, M) -> (B, T, 2H)."""
        level = functional.avg_pool2d(mel, 2)  # (B, 2T, 64)
        level = (level - _MEL_MIDDLE) / _MEL_SPREAD
        change = torch.diff(level, dim=1, prepend=level[:, :1])
        channels = torch.stack([level, change, change.clamp_min(0)], dim=-1)  # (B, 2T, 64, 3)
        bands = self.bands(channels.permute(0, 3, 1, 2))  # (B, c, T, 8)
        heard: Tensor = self.time(self.join(bands.transpose(1, 2).flatten(2)))
        return heard


class _Recurrence(nn.Module):
    """A bidirectional gated recurrent network over normalised steps."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gru = nn.GRU(width, hidden, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) -> (B, T, 2H)."""
        steps: Tensor = self.gru(functional.gelu(self.norm(x)))[0]
        return steps


class _Heads(nn.Module):
    """What is asked of the steps of one side, and of the clip as a whole."""

    def __init__(self, config: JudgeConfig, *, extra: int) -> None:
        super().__init__()
        steps = 2 * config.hidden
        self.fast = nn.Linear(steps, config.fast_size)
        self.onset = nn.Linear(steps, 1)
        self.whole = nn.Sequential(nn.Linear(2 * steps + extra, 2 * config.hidden), nn.GELU())
        self.slow = nn.Linear(2 * config.hidden, config.slow_size)
        self.apart = nn.BatchNorm1d(config.slow_size, affine=False)  # else all clips soon lie on one point
        self.classes = nn.Linear(2 * config.hidden, len(config.classes))

    def forward(self, steps: Tensor, look: Tensor | None) -> JudgeEmbedded:
        """(B, T, 2H) and (B, H) or nothing -> all answers."""
        parts = [steps.mean(1), steps.amax(1), *([] if look is None else [look])]
        whole = self.whole(torch.cat(parts, dim=-1))
        return JudgeEmbedded(
            fast=self.fast(steps),
            slow=functional.normalize(self.apart(self.slow(whole).float()), dim=-1),
            onset_logits=self.onset(steps)[..., 0],
            class_logits=self.classes(whole),
        )


def _pooled(points: nn.Module, frames: Tensor) -> Tensor:
    """Mean and largest answer over the picture, (N, h, w, c) -> (N, 2d); channels last is faster on CPUs."""
    found = points(frames.permute(0, 3, 1, 2))  # (N, d, h / 4, w / 4)
    return torch.cat([found.mean((2, 3)), found.amax((2, 3))], dim=-1)
