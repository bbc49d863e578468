"""MM-DiT: the velocity network of the generator, in the layout of the published MMAudio files.

Clip, text and latent tokens meet in joint blocks; fused blocks follow on the latent alone. The
sync stream is no attention stream: it modulates the latent, token by token (Cheng et al. 2024,
"Taming Multimodal Joint Training for High-Quality Video-to-Audio Synthesis").

Letters: B batch, N latent tokens, C CLIP tokens, S sync tokens, L text tokens, D hidden width,
h heads, d = D / h.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.generator.blocks import KERNEL, FinalLayer, JointBlock, StreamBlock
from engine.generator.conditioning import Conditions, Features, replace_masked, resample_steps
from engine.nn.attention import rotary_table
from engine.nn.feedforward import ConvGatedMLP, GatedMLP, TokenConv
from engine.nn.modulation import TimeEmbedding

_INPUT_KERNEL = 7


class MMDiTLayout(StrEnum):
    """Which generation of the published files the keys and activations follow."""

    V1 = "v1"
    V2 = "v2"


@dataclass(frozen=True)
class MMDiTConfig:
    """Numbers the network is built from; no length is among them, but that of the empty text.

    Attributes:
        hidden: D.
        heads: h; D / h must be even.
        depth: Blocks in all.
        fused_depth: Blocks on the latent alone, at the end.
        latent_dim: Channels of the latent.
        clip_dim: Channels of a CLIP feature.
        sync_dim: Channels of a sync feature.
        text_dim: Channels of a text feature.
        text_tokens: L, length of the stored empty text.
        layout: Generation of the published files.
        sync_segment: Sync steps that share one run of position embeddings; 1 for none to tell apart.
        mlp_multiple: Inner width of gated MLPs is rounded up to this.
        train_empty_text: Whether the empty text is learned, or given by the text model.
    """

    hidden: int
    heads: int
    depth: int
    fused_depth: int
    latent_dim: int
    clip_dim: int
    sync_dim: int
    text_dim: int
    text_tokens: int
    layout: MMDiTLayout
    sync_segment: int = 8
    mlp_multiple: int = 256
    train_empty_text: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers that no network can be built from."""
        if self.hidden % self.heads or (self.hidden // self.heads) % 2:
            raise InputError(
                f"hidden {self.hidden} over {self.heads} heads: wanted an even width for each head."
            )
        if not 0 <= self.fused_depth < self.depth:
            raise InputError(
                f"fused_depth {self.fused_depth} of depth {self.depth}: wanted 0 to {self.depth - 1}."
            )

    @property
    def joint_depth(self) -> int:
        """Blocks in which the streams meet."""
        return self.depth - self.fused_depth

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint's header."""
        return asdict(self) | {"layout": self.layout.value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "MMDiTConfig":
        """The config that to_dict wrote."""
        return cls(**{**values, "layout": MMDiTLayout(values["layout"])})


def _published(
    hidden: int, depth: int, *, latent_dim: int, layout: MMDiTLayout = MMDiTLayout.V1
) -> MMDiTConfig:
    return MMDiTConfig(
        hidden=hidden,
        heads=hidden // 64,
        depth=depth,
        fused_depth=2 * depth // 3,
        latent_dim=latent_dim,
        clip_dim=1024,
        sync_dim=768,
        text_dim=1024,
        text_tokens=77,
        layout=layout,
    )


PUBLISHED: Mapping[str, MMDiTConfig] = {
    "small_16k": _published(448, 12, latent_dim=20),
    "small_44k": _published(448, 12, latent_dim=40),
    "medium_44k": _published(896, 12, latent_dim=40),
    "large_44k": _published(896, 21, latent_dim=40),
    "large_44k_v2": _published(896, 21, latent_dim=40, layout=MMDiTLayout.V2),
}


class MMDiT(nn.Module):
    """The velocity network. Names of parameters are those of the published files.

    Attributes:
        latent_mean: (1, 1, latent_dim) of the codec's latents, over the training set.
        latent_std: (1, 1, latent_dim).
        empty_string_feat: (L, text_dim) what stands for no text.
    """

    latent_mean: Tensor
    latent_std: Tensor
    empty_string_feat: Tensor

    def __init__(self, config: MMDiTConfig) -> None:
        super().__init__()
        self.config = config
        width, multiple = config.hidden, config.mlp_multiple
        self._make_stored_features()
        self._make_input_maps()
        self.clip_cond_proj = nn.Linear(width, width)
        self.text_cond_proj = nn.Linear(width, width)
        self.global_cond_mlp = GatedMLP(width, multiple=multiple)
        self.t_embed = (
            TimeEmbedding(width, channels=256, slowest_period=10000.0)
            if config.layout is MMDiTLayout.V1
            else TimeEmbedding(width, channels=width, slowest_period=1.0)
        )
        joint = config.joint_depth
        self.joint_blocks = nn.ModuleList(
            JointBlock(width, config.heads, multiple=multiple, last=i == joint - 1) for i in range(joint)
        )
        self.fused_blocks = nn.ModuleList(
            StreamBlock(width, config.heads, multiple=multiple, convolutional=True)
            for _ in range(config.fused_depth)
        )
        self.final_layer = FinalLayer(width, config.latent_dim, kernel=_INPUT_KERNEL)
        self._initialise()

    def _make_stored_features(self) -> None:
        config = self.config
        self.register_buffer("latent_mean", torch.zeros(1, 1, config.latent_dim))
        self.register_buffer("latent_std", torch.ones(1, 1, config.latent_dim))
        empty_text = torch.zeros(config.text_tokens, config.text_dim)
        if config.train_empty_text:
            self.empty_string_feat = nn.Parameter(empty_text)
        else:
            self.register_buffer("empty_string_feat", empty_text)
        self.empty_clip_feat = nn.Parameter(torch.zeros(1, config.clip_dim))
        self.empty_sync_feat = nn.Parameter(torch.zeros(1, config.sync_dim))
        self.sync_pos_emb = nn.Parameter(torch.zeros(1, 1, config.sync_segment, config.sync_dim))

    def _make_input_maps(self) -> None:
        """Projections of the four inputs; v1 has SELU after convolutions and nothing after linear maps."""
        config, v1 = self.config, self.config.layout is MMDiTLayout.V1
        width, multiple = config.hidden, config.mlp_multiple
        after_linear: list[nn.Module] = [] if v1 else [nn.SiLU()]
        self.audio_input_proj = nn.Sequential(
            TokenConv(config.latent_dim, width, _INPUT_KERNEL),
            nn.SELU() if v1 else nn.SiLU(),
            ConvGatedMLP(width, kernel=_INPUT_KERNEL, multiple=multiple),
        )
        self.clip_input_proj = nn.Sequential(
            nn.Linear(config.clip_dim, width),
            *after_linear,
            ConvGatedMLP(width, kernel=KERNEL, multiple=multiple),
        )
        self.sync_input_proj = nn.Sequential(
            TokenConv(config.sync_dim, width, _INPUT_KERNEL),
            nn.SELU() if v1 else nn.SiLU(),
            ConvGatedMLP(width, kernel=KERNEL, multiple=multiple),
        )
        self.text_input_proj = nn.Sequential(
            nn.Linear(config.text_dim, width), *after_linear, GatedMLP(width, multiple=multiple)
        )

    def _initialise(self) -> None:
        """Every block starts as the identity and the velocity as zero."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for name, parameter in self.named_parameters():
            if name.startswith("t_embed") and parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)
            if "adaLN_modulation" in name or name.startswith("final_layer.conv"):
                nn.init.zeros_(parameter)

    def with_missing(
        self,
        features: Features,
        *,
        clip: Tensor | None = None,
        sync: Tensor | None = None,
        text: Tensor | None = None,
    ) -> Features:
        """Features with the learned empty ones where a sample lacks a condition.

        Args:
            features: Of the batch.
            clip: (B,) bool, True where the sample has no clip; None for no sample. So sync and text.
            sync: As clip.
            text: As clip.
        """
        return Features(
            replace_masked(features.clip, self.empty_clip_feat, clip),
            replace_masked(features.sync, self.empty_sync_feat, sync),
            replace_masked(features.text, self.empty_string_feat, text),
        )

    def prepare_conditions(
        self, clip_f: Tensor, sync_f: Tensor, text_f: Tensor, latent_tokens: int
    ) -> Conditions:
        """Everything that depends neither on the latent nor on the time.

        Args:
            clip_f: (B, C, clip_dim).
            sync_f: (B, S, sync_dim), S a multiple of sync_segment.
            text_f: (B, L, text_dim).
            latent_tokens: N of the latents that follow.

        Raises:
            InputError: When a shape does not fit the config.
        """
        self._check_features(Features(clip_f, sync_f, text_f), latent_tokens)
        clip, text = self.clip_input_proj(clip_f), self.text_input_proj(text_f)
        pooled = self.clip_cond_proj(clip.mean(dim=1)) + self.text_cond_proj(text.mean(dim=1))  # (B, D)
        segments = sync_f.unflatten(1, (-1, self.config.sync_segment)) + self.sync_pos_emb
        head, device = self.config.hidden // self.config.heads, clip.device
        return Conditions(
            clip=clip,
            sync=resample_steps(self.sync_input_proj(segments.flatten(1, 2)), latent_tokens),
            text=text,
            pooled=self.global_cond_mlp(pooled)[:, None],
            latent_rotary=rotary_table(latent_tokens, head, device=device),
            clip_rotary=rotary_table(clip.shape[1], head, scale=latent_tokens / clip.shape[1], device=device),
        )

    def empty_conditions(
        self,
        batch: int,
        *,
        clip_tokens: int,
        sync_tokens: int,
        latent_tokens: int,
        text_f: Tensor | None = None,
    ) -> Conditions:
        """Conditions of nothing seen and nothing said, for the far side of guidance.

        Args:
            batch: B.
            clip_tokens: C.
            sync_tokens: S.
            latent_tokens: N.
            text_f: (1 or B, L, text_dim) of a negative prompt, None for the stored empty text.
        """
        text = self.empty_string_feat[None] if text_f is None else text_f
        clip = self.empty_clip_feat.expand(text.shape[0], clip_tokens, -1)
        sync = self.empty_sync_feat.expand(text.shape[0], sync_tokens, -1)
        return self.prepare_conditions(clip, sync, text, latent_tokens).expand(batch)

    def velocity(self, latent: Tensor, t: Tensor, conditions: Conditions) -> Tensor:
        """Velocity of the flow at (latent, t).

        Args:
            latent: (B, N, latent_dim), in network space.
            t: (B,) in [0, 1], 0 for noise and 1 for data.
            conditions: Of B samples and N tokens.

        Returns:
            (B, N, latent_dim), of the latent's type.

        Raises:
            InputError: When shapes do not fit each other.
        """
        self._check_latent(latent, t, conditions)
        x = self.audio_input_proj(latent)
        whole = self.t_embed(t)[:, None] + conditions.pooled  # (B, 1, D)
        framed = whole + conditions.sync  # (B, N, D)
        clip, text = conditions.clip, conditions.text
        for block in self.joint_blocks:
            x, clip, text = block(x, clip, text, whole=whole, framed=framed, given=conditions)
        for block in self.fused_blocks:
            x = block(x, framed, conditions.latent_rotary)
        # Modulated by the whole, not token by token: the published weights depend on it.
        velocity: Tensor = self.final_layer(x, whole)
        return velocity.to(latent.dtype)

    def forward(self, latent: Tensor, t: Tensor, clip_f: Tensor, sync_f: Tensor, text_f: Tensor) -> Tensor:
        """Velocity straight from features, as in training (DDP wraps this call)."""
        return self.velocity(latent, t, self.prepare_conditions(clip_f, sync_f, text_f, latent.shape[1]))

    def normalize(self, latent: Tensor) -> Tensor:
        """Codec space to network space, (B, N, latent_dim)."""
        return (latent - self.latent_mean) / self.latent_std

    def unnormalize(self, latent: Tensor) -> Tensor:
        """Network space to codec space, (B, N, latent_dim)."""
        return latent * self.latent_std + self.latent_mean

    def _check_features(self, features: Features, latent_tokens: int) -> None:
        wanted = (self.config.clip_dim, self.config.sync_dim, self.config.text_dim)
        for name, value, width in zip(Features._fields, features, wanted, strict=True):
            if value.ndim != 3 or value.shape[2] != width or not value.shape[1]:
                raise InputError(
                    f"{name} features of shape {tuple(value.shape)}: wanted (B, tokens, {width})."
                )
        steps, segment = features.sync.shape[1], self.config.sync_segment
        if steps % segment:
            raise InputError(f"sync features of {steps} steps: wanted a multiple of {segment}.")
        if latent_tokens < 1:
            raise InputError(f"latent_tokens {latent_tokens}: wanted at least 1.")

    def _check_latent(self, latent: Tensor, t: Tensor, conditions: Conditions) -> None:
        wanted = (conditions.batch, conditions.latent_tokens, self.config.latent_dim)
        if tuple(latent.shape) != wanted:
            raise InputError(f"latent of shape {tuple(latent.shape)}: the conditions want {wanted}.")
        if tuple(t.shape) != wanted[:1]:
            raise InputError(f"t of shape {tuple(t.shape)}: wanted ({wanted[0]},), one time a sample.")
