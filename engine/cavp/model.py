"""SF-CAVP: both encoders, their heads, and the pooled embeddings they are compared by.

Slow-fast contrastive audio-visual pretraining (MultiSoundGen, arXiv 2509.19999): picture and
sound each have a slow (what) and a fast (when) stream with fast-to-slow links, and both are
aligned explicitly. One definition, two sizes: `starter` looks at a motion grid (for the sake of the
CPU, a departure), `base` at frames, with SlowFast-R50 and Auditory Slow-Fast as encoders. The heads
and the fast objective, a lag curve (a departure), are the same.

Letters: B batch, T fast steps, U slow steps, E_f and E_s embedding sizes, K classes.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.cavp.audio_encoder import AudioEncoder
from engine.cavp.slow_fast_audio import SlowFastAudio
from engine.cavp.slow_fast_trunk import TrunkSize
from engine.cavp.slow_fast_video import SlowFastVideo
from engine.cavp.video_encoder import Streams, VideoEncoder
from engine.errors import InputError
from engine.features.motion_grid import GRID_CHANNELS
from engine.timing import FAST_STEPS_PER_SLOW

Size = Literal["starter", "base"]
PictureKind = Literal["grid", "frames"]
BASE_WIDTH = 512


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
        plain_share: Energy of the plain voice in the fast embeddings, against the learned channels.
        size: "starter" (motion grid, CPU) or "base" (frames, GPU).
        trunk_width: Channels of the slow stem of the base; tests take fewer.
        trunk_blocks: Bottlenecks of its four stages.
        picture_height: Pixels of the frames that the base is trained on.
        picture_width: As the height.
    """

    classes: tuple[str, ...]
    grid_channels: int = GRID_CHANNELS
    mel_bands: int = 128
    fast_width: int = 96
    slow_width: int = 128
    fast_size: int = 48
    slow_size: int = 96
    plain_share: float = 1.0
    size: Size = "starter"
    trunk_width: int = 64
    trunk_blocks: tuple[int, ...] = (3, 4, 6, 3)
    picture_height: int = 224
    picture_width: int = 224

    @property
    def picture_kind(self) -> PictureKind:
        """What `embed_video` takes: "grid" (B, T, C, 8, 8) or "frames" (B, T, 3, H, W)."""
        return "frames" if self.size == "base" else "grid"

    @classmethod
    def of_size(cls, size: str, classes: tuple[str, ...]) -> "CavpConfig":
        """The shipped widths of a size.

        Raises:
            InputError: When there is no such size.
        """
        if size == "starter":
            return cls(classes)
        if size != "base":
            raise InputError(f"SF-CAVP size '{size}' is unknown: give starter or base.")
        wide = BASE_WIDTH
        return cls(classes, size="base", fast_width=wide, slow_width=wide, fast_size=wide, slow_size=wide)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "CavpConfig":
        """Config from a checkpoint header; fields that older checkpoints lack keep their defaults."""
        fields: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in values.items()}
        return cls(**fields)


@dataclass(frozen=True)
class Embedded:
    """One side, embedded.

    Attributes:
        fast: (B, T, E_f + 1) fast embeddings, the plain voice last.
        slow: (B, U, E_s) slow embeddings; the longer one is, the more it counts in the pooled one.
        pooled: (B, E_s) slow embedding of the whole, unit length.
        class_logits: (B, K) classes in the clip.
        onset_logits: (B, T) a contact happens in this frame.
        active_logits: (B, T) something sounds on and on in this frame.
        frame_class_logits: (B, T, K) which class acts in this frame.
        where: (B, T, h, w) attention over the picture (4x4 cells of the grid), None for sound.
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
    """Projections of one side's streams; the classes are directions both sides share."""

    def __init__(self, config: CavpConfig) -> None:
        super().__init__()
        both = config.fast_width + config.slow_width
        self.plain_scale = math.sqrt(config.fast_size * config.plain_share)
        self.fast = nn.Linear(config.fast_width, config.fast_size)
        self.fast_norm = nn.BatchNorm1d(config.fast_size, affine=False)
        self.slow = nn.Linear(config.slow_width, config.slow_size)
        self.attend = nn.Linear(config.slow_width, 1)
        self.frame_hidden = nn.Linear(both, config.slow_width)
        self.frame_events = nn.Linear(config.slow_width, 2)
        self.frame_classes = nn.Linear(config.slow_width, len(config.classes))
        self.act = nn.GELU()

    def forward(self, streams: Streams, class_directions: Tensor) -> Embedded:
        """Project the streams; ``class_directions`` are (E_s, K)."""
        slow = self.slow(streams.slow) * self.attend(streams.slow).clamp(-5, 5).exp()  # (B, U, E_s)
        pooled = pooled_slow(slow)
        spread = streams.slow.repeat_interleave(FAST_STEPS_PER_SLOW, dim=1)  # (B, T, Ds)
        frame = self.act(self.frame_hidden(torch.cat([streams.fast, spread], dim=-1)))
        onset, active = self.frame_events(frame).unbind(-1)
        return Embedded(
            fast=self._fast(streams),
            slow=slow,
            pooled=pooled,
            class_logits=pooled @ class_directions,
            onset_logits=onset,
            active_logits=active,
            frame_class_logits=self.frame_classes(frame),
            where=streams.where,
        )

    def _fast(self, streams: Streams) -> Tensor:
        """Learned channels of unit variance, and the plain voice with its share of their energy."""
        learned = self.fast_norm(self.fast(streams.fast).transpose(1, 2)).transpose(1, 2)
        return torch.cat([learned, self.plain_scale * streams.plain], dim=-1)


def pooled_slow(slow: Tensor) -> Tensor:
    """Slow embeddings (B, U, E_s) of a stretch as one of unit length, (B, E_s); alike for both sides."""
    return functional.normalize(slow.sum(1), dim=-1)


class SFCAVP(nn.Module):
    """Both sides, their temperatures and the calibration of the confidence."""

    confidence_weights: Tensor

    def __init__(self, config: CavpConfig) -> None:
        super().__init__()
        self.config = config
        self.video = _video_encoder(config)
        self.audio = _audio_encoder(config)
        self.video_heads = Heads(config)
        self.audio_heads = Heads(config)
        self.class_directions = nn.Parameter(torch.randn(config.slow_size, len(config.classes)))
        self.lag_scale = nn.Parameter(torch.tensor(2.3))
        self.slow_scale = nn.Parameter(torch.tensor(2.3))
        self.register_buffer("confidence_weights", torch.tensor([0.0, 1.0, 0.0]))

    def embed_video(self, picture: Tensor) -> Embedded:
        """Embed a motion grid (B, T, C, 8, 8) or frames (B, T, 3, H, W), T a multiple of 4."""
        name = "motion grid" if self.config.picture_kind == "grid" else "frames"
        streams = self.video(_checked(picture, FAST_STEPS_PER_SLOW, name))
        return _in_full(self.video_heads, streams, self.class_directions)

    def embed_audio(self, mel: Tensor) -> Embedded:
        """Embed a log-mel (B, F, M), F a multiple of 16."""
        streams = self.audio(_checked(mel, 4 * FAST_STEPS_PER_SLOW, "log-mel"))
        return _in_full(self.audio_heads, streams, self.class_directions)


def _in_full(heads: Heads, streams: Streams, class_directions: Tensor) -> Embedded:
    """The heads at full precision, also where the encoders ran at half of it."""
    if streams.fast.device.type == "meta":  # shapes alone are asked for, and autocast knows no such device
        shapes: Embedded = heads(streams, class_directions)
        return shapes
    with torch.autocast(streams.fast.device.type, enabled=False):
        full = Streams(
            streams.fast.float(),
            streams.slow.float(),
            None if streams.where is None else streams.where.float(),
            streams.plain.float(),
        )
        embedded: Embedded = heads(full, class_directions)
    return embedded


def _video_encoder(config: CavpConfig) -> nn.Module:
    widths = {"fast_width": config.fast_width, "slow_width": config.slow_width}
    if config.size == "base":
        return SlowFastVideo(size=TrunkSize(config.trunk_width, config.trunk_blocks), **widths)
    return VideoEncoder(channels=config.grid_channels, **widths)


def _audio_encoder(config: CavpConfig) -> nn.Module:
    widths = {"fast_width": config.fast_width, "slow_width": config.slow_width}
    if config.size == "base":
        return SlowFastAudio(size=TrunkSize(config.trunk_width, config.trunk_blocks), **widths)
    return AudioEncoder(bands=config.mel_bands, **widths)


def _checked(value: Tensor, multiple: int, name: str) -> Tensor:
    if value.shape[1] == 0 or value.shape[1] % multiple:
        raise ValueError(f"{name} of shape {tuple(value.shape)}: steps must be a multiple of {multiple}")
    return value
