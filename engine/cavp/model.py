"""SF-CAVP: both encoders, their heads, and the pooled embeddings they are compared by.

Slow-fast contrastive audio-visual pretraining (MultiSoundGen, arXiv 2509.19999): picture and
sound each have a slow (what) and a fast (when) stream with fast-to-slow links, and both are
aligned explicitly. Departures: a motion grid instead of 3-D convolutions, and a lag curve as
the fast objective (both for the sake of the CPU).

Letters: B batch, T fast steps, U slow steps, E_f and E_s embedding sizes, K classes.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.cavp.audio_encoder import AudioEncoder
from engine.cavp.video_encoder import Streams, VideoEncoder
from engine.timing import FAST_STEPS_PER_SLOW


@dataclass(frozen=True)
class CavpConfig:
    """Sizes of SF-CAVP.

    Attributes:
        classes: Names of the sound classes the heads know.
        grid_channels: Channels of the motion grid.
        mel_bands: Bands of the log-mel.
        fast_width: Channels of the fast streams.
        slow_width: Channels of the slow streams.
        fast_size: Fast embedding size.
        slow_size: Slow embedding size.
    """

    classes: tuple[str, ...]
    grid_channels: int = 10
    mel_bands: int = 128
    fast_width: int = 96
    slow_width: int = 128
    fast_size: int = 48
    slow_size: int = 64

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "CavpConfig":
        """Config from a checkpoint header."""
        return cls(**{**values, "classes": tuple(values["classes"])})


@dataclass(frozen=True)
class Embedded:
    """One side, embedded.

    Attributes:
        fast: (B, T, E_f) fast embeddings.
        slow: (B, U, E_s) slow embeddings, unit length.
        pooled: (B, E_s) slow embedding of the whole, unit length.
        class_logits: (B, K) classes in the clip.
        onset_logits: (B, T) a contact happens in this frame.
        active_logits: (B, T) something sounds on and on in this frame.
        frame_class_logits: (B, T, K) which class acts in this frame.
        where: (B, T, 4, 4) attention over the picture, None for sound.
    """

    fast: Tensor
    slow: Tensor
    pooled: Tensor
    class_logits: Tensor
    onset_logits: Tensor
    active_logits: Tensor
    frame_class_logits: Tensor
    where: Tensor | None


class Heads(nn.Module):
    """Projections of one side's streams."""

    def __init__(self, config: CavpConfig) -> None:
        super().__init__()
        both = config.fast_width + config.slow_width
        self.fast = nn.Linear(config.fast_width, config.fast_size)
        self.slow = nn.Linear(config.slow_width, config.slow_size)
        self.attend = nn.Linear(config.slow_width, 1)
        self.classes = nn.Linear(config.slow_width, len(config.classes))
        self.frame_hidden = nn.Linear(both, config.slow_width)
        self.frame_events = nn.Linear(config.slow_width, 2)
        self.frame_classes = nn.Linear(config.slow_width, len(config.classes))
        self.act = nn.GELU()

    def forward(self, streams: Streams) -> Embedded:
        """Project the streams."""
        weight = self.attend(streams.slow).softmax(1)  # (B, U, 1)
        gathered = (streams.slow * weight).sum(1)
        spread = streams.slow.repeat_interleave(FAST_STEPS_PER_SLOW, dim=1)  # (B, T, Ds)
        frame = self.act(self.frame_hidden(torch.cat([streams.fast, spread], dim=-1)))
        onset, active = self.frame_events(frame).unbind(-1)
        return Embedded(
            fast=self.fast(streams.fast),
            slow=functional.normalize(self.slow(streams.slow), dim=-1),
            pooled=functional.normalize(self.slow(gathered), dim=-1),
            class_logits=self.classes(gathered),
            onset_logits=onset,
            active_logits=active,
            frame_class_logits=self.frame_classes(frame),
            where=streams.where,
        )


class SFCAVP(nn.Module):
    """Both sides, their temperatures and the calibration of the confidence."""

    confidence_weights: Tensor

    def __init__(self, config: CavpConfig) -> None:
        super().__init__()
        self.config = config
        self.video = VideoEncoder(
            channels=config.grid_channels, fast_width=config.fast_width, slow_width=config.slow_width
        )
        self.audio = AudioEncoder(
            bands=config.mel_bands, fast_width=config.fast_width, slow_width=config.slow_width
        )
        self.video_heads = Heads(config)
        self.audio_heads = Heads(config)
        self.lag_scale = nn.Parameter(torch.tensor(2.3))
        self.slow_scale = nn.Parameter(torch.tensor(2.3))
        self.register_buffer("confidence_weights", torch.tensor([0.0, 1.0, 0.0]))

    def embed_video(self, grid: Tensor) -> Embedded:
        """Embed a motion grid (B, T, C, 8, 8), T a multiple of 4."""
        heads: Embedded = self.video_heads(self.video(_checked(grid, FAST_STEPS_PER_SLOW, "motion grid")))
        return heads

    def embed_audio(self, mel: Tensor) -> Embedded:
        """Embed a log-mel (B, F, M), F a multiple of 16."""
        heads: Embedded = self.audio_heads(self.audio(_checked(mel, 4 * FAST_STEPS_PER_SLOW, "log-mel")))
        return heads


def _checked(value: Tensor, multiple: int, name: str) -> Tensor:
    if value.shape[1] == 0 or value.shape[1] % multiple:
        raise ValueError(f"{name} of shape {tuple(value.shape)}: steps must be a multiple of {multiple}")
    return value
