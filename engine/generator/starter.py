"""The starter generator: the MM-DiT with its own video front end, hit track and classes.

Letters: B batch, N tokens at 25 Hz, U = ceil(N / 4) slow steps, C grid channels, L latent
channels, K classes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import InputError
from engine.generator.conditioning import Conditions, Features
from engine.generator.contact_eyes import ContactEyes, Seen, track_of_seen
from engine.generator.control import CONTROL_CHANNELS
from engine.generator.flow import VelocityField, conditional_field, mixed_field
from engine.generator.guidance import GuidanceWeights
from engine.generator.mmdit import MMDiT, MMDiTConfig, MMDiTLayout
from engine.nn.cells import CellEncoder
from engine.nn.temporal import TemporalStack
from engine.timing import FAST_STEPS_PER_SLOW

LEVEL_UNIT_DB = 12.0


@dataclass(frozen=True)
class StarterConfig:
    """Sizes of the starter generator.

    Attributes:
        classes: Sound classes it was trained on.
        latent_channels: Channels of a codec token.
        hidden: Width of the MM-DiT.
        heads: Attention heads.
        depth: Blocks in all.
        fused_depth: Blocks on the latent stream alone.
        grid_channels: Channels of the motion grid.
        video_width: Channels of the video front end.
        control_width: Channels of the projected control track.
        text_tokens: Tokens a class is written in.
        text_dim: Channels of such a token.
        knows_level: Whether it was trained to be louder or softer as it is told.
        louder_db: How much louder a unit of guidance weight above 1 makes hits of training scenes, in dB;
            measured on these weights.
        eyes_width: Channels of its eyes for contacts; 0 for a generator without.
        eyes_cell_width: Channels of a cell of the picture in them.
    """

    classes: tuple[str, ...]
    latent_channels: int = 64
    hidden: int = 192
    heads: int = 3
    depth: int = 5
    fused_depth: int = 4
    grid_channels: int = 10
    video_width: int = 64
    control_width: int = 64
    text_tokens: int = 4
    text_dim: int = 96
    knows_level: bool = False
    louder_db: float = 4.3
    eyes_width: int = 0
    eyes_cell_width: int = 48

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "StarterConfig":
        """Config from a checkpoint header."""
        return cls(**{**values, "classes": tuple(values["classes"])})

    def mmdit(self) -> MMDiTConfig:
        """The MM-DiT inside."""
        return MMDiTConfig(
            hidden=self.hidden,
            heads=self.heads,
            depth=self.depth,
            fused_depth=self.fused_depth,
            latent_dim=self.latent_channels,
            clip_dim=self.video_width,
            sync_dim=self.video_width + self.control_width,
            text_dim=self.text_dim,
            text_tokens=self.text_tokens,
            layout=MMDiTLayout.V2,
            sync_segment=1,
            mlp_multiple=64,
        )


@dataclass(frozen=True)
class StarterInputs:
    """What a take is made from.

    Attributes:
        grid: (B, N, C, 8, 8) motion grid of the picture; the first ``grid_channels`` of it are used.
        control: (B, N, CONTROL_CHANNELS) hit points and activity.
        classes: (B,) class numbers.
        level: (B,) level against the usual one, in dB; 0 is the usual one.
        keep_video: (B,) bool, False drops the picture.
        keep_control: (B,) bool, False drops the control track.
        keep_class: (B,) bool, False drops the class.
    """

    grid: Tensor
    control: Tensor
    classes: Tensor
    level: Tensor
    keep_video: Tensor
    keep_control: Tensor
    keep_class: Tensor


class VideoFrontEnd(nn.Module):
    """The generator's own eyes; trained with it, never shared with SF-CAVP."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.cells = CellEncoder(channels, width // 2)
        self.project = nn.Linear(width, width)
        self.time = TemporalStack(width, (1, 2, 4))

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N, C, 8, 8) -> fast (B, N, width), slow (B, U, width)."""
        batch, steps = grid.shape[:2]
        pooled, _ = self.cells(grid.flatten(0, 1))
        fast = self.time(self.project(pooled.reshape(batch, steps, -1)))
        missing = -steps % FAST_STEPS_PER_SLOW
        padded = functional.pad(fast, (0, 0, 0, missing))
        slow = padded.reshape(batch, -1, FAST_STEPS_PER_SLOW, fast.shape[2]).mean(2)
        return fast, slow


class StarterGenerator(nn.Module):
    """Velocity of the latents under picture, hit track and class."""

    def __init__(self, config: StarterConfig) -> None:
        super().__init__()
        self.config = config
        self.mmdit = MMDiT(config.mmdit())
        self.front = VideoFrontEnd(config.grid_channels, config.video_width)
        self.control_in = nn.Linear(CONTROL_CHANNELS, config.control_width)
        self.class_tokens = nn.Embedding(len(config.classes), config.text_tokens * config.text_dim)
        self.no_video_fast = nn.Parameter(torch.zeros(config.video_width))
        self.no_video_slow = nn.Parameter(torch.zeros(config.video_width))
        self.no_control = nn.Parameter(torch.zeros(config.control_width))
        self.no_class = nn.Parameter(torch.zeros(config.text_tokens, config.text_dim))
        if config.knows_level:
            self.louder = nn.Parameter(torch.zeros(config.control_width))
        if config.eyes_width:
            self.eyes = ContactEyes(
                config.classes,
                channels=config.grid_channels,
                cell_width=config.eyes_cell_width,
                width=config.eyes_width,
            )

    def features(self, inputs: StarterInputs, *, no_class: Tensor | None = None) -> Features:
        """Features with dropped conditions replaced by their learned empties.

        Args:
            inputs: Of B samples.
            no_class: (text_tokens, text_dim) what stands for a dropped class; the learned one when None.
        """
        fast, slow = self.front(inputs.grid[:, :, : self.config.grid_channels])
        seen = inputs.keep_video[:, None, None]
        fast = torch.where(seen, fast, self.no_video_fast)
        slow = torch.where(seen, slow, self.no_video_slow)
        control = self._control(inputs)
        if self.config.knows_level:
            control = control + (inputs.level / LEVEL_UNIT_DB)[:, None, None] * self.louder
        dropped = self.no_class if no_class is None else no_class
        text = torch.where(inputs.keep_class[:, None, None], self._class_text(inputs.classes), dropped)
        return Features(slow, torch.cat([fast, control], dim=-1), text)

    def see(self, inputs: StarterInputs) -> Seen:
        """What its eyes see of the class that is asked for; of any where the class is left out.

        Raises:
            InputError: When this generator has no eyes for contacts.
        """
        if not self.config.eyes_width:
            raise InputError("This generator was trained without eyes for contacts: give it a hit track.")
        asked = torch.where(inputs.keep_class, inputs.classes, len(self.config.classes))
        seen: Seen = self.eyes(inputs.grid[:, :, : self.config.grid_channels], asked)
        return seen

    def _control(self, inputs: StarterInputs) -> Tensor:
        """The projected control track, (B, N, control_width): given, else seen, else the learned empty."""
        told = inputs.keep_control[:, None, None]
        control = torch.where(told, self.control_in(inputs.control), self.no_control)
        looks = inputs.keep_video & ~inputs.keep_control
        if not self.config.eyes_width or not bool(looks.any()):
            return control
        seen = self.control_in(track_of_seen(self.see(inputs)))
        return torch.where(looks[:, None, None], seen, control)

    def _class_text(self, classes: Tensor) -> Tensor:
        """Class numbers (B,) as text, (B, text_tokens, text_dim)."""
        text: Tensor = self.class_tokens(classes)
        return text.reshape(-1, self.config.text_tokens, self.config.text_dim)

    def conditions(self, inputs: StarterInputs, *, no_class: Tensor | None = None) -> Conditions:
        """Everything that does not depend on latent or time; arguments as for ``features``."""
        features = self.features(inputs, no_class=no_class)
        return self.mmdit.prepare_conditions(
            features.clip, features.sync, features.text, inputs.control.shape[1]
        )

    def velocity_under(self, conditions: Conditions) -> VelocityField:
        """The velocity field under prepared conditions, without guidance."""
        return conditional_field(self.mmdit, conditions)

    def guided_velocity(
        self, inputs: StarterInputs, *, takes: int, guidance: GuidanceWeights, unwanted: Sequence[int] = ()
    ) -> VelocityField:
        """The field that ``takes`` takes follow, at the level that was learned.

        Args:
            inputs: Of one sample (B = 1).
            takes: Takes sampled together.
            guidance: Weight of each condition.
            unwanted: Numbers of classes to keep away from: they stand where no class would, on the
                side that guidance leads away from (a negative prompt).
        """
        louder_db = self.config.louder_db * guidance.beyond_plain  # guidance exaggerates level too
        inputs = replace(inputs, level=inputs.level - louder_db)
        nothing = torch.zeros_like(inputs.keep_class)
        no_class = self._class_text(torch.tensor(unwanted)).mean(0) if unwanted else None
        sides = (
            replace(inputs, keep_video=nothing, keep_control=nothing, keep_class=nothing),
            replace(inputs, keep_video=nothing, keep_class=nothing),
            replace(inputs, keep_video=nothing),
            inputs,
        )
        asked = [
            (share, self.conditions(side, no_class=no_class).expand(takes))
            for share, side in zip(guidance.shares(), sides, strict=True)
            if share
        ]
        return mixed_field(self.mmdit, asked)
