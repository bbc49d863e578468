"""Blocks of the MM-DiT: one stream, three streams in one attention, and the way out.

Letters: B batch, N latent tokens, C CLIP tokens, L text tokens, D hidden width, d channels of a
head.
"""

import torch
from torch import Tensor, nn

from engine.generator.conditioning import Conditions
from engine.nn.attention import HeadProjection, Heads, attend
from engine.nn.feedforward import ConvGatedMLP, GatedMLP, TokenConv
from engine.nn.modulation import modulated_norm, modulation_map

KERNEL = 3


class StreamBlock(nn.Module):
    """One transformer block of one stream; its attention is shared with other streams.

    Convolutional streams mix neighbouring tokens in `linear1` and `ffn`; text does not. A
    context-only block supplies queries, keys and values and has nothing after the attention.
    """

    def __init__(
        self, width: int, heads: int, *, multiple: int, convolutional: bool, context_only: bool = False
    ) -> None:
        super().__init__()
        self.context_only = context_only
        self.attn = HeadProjection(width, heads)
        self.adaLN_modulation = modulation_map(width, 2 if context_only else 6)
        if context_only:
            return
        self.linear1 = TokenConv(width, width, KERNEL) if convolutional else nn.Linear(width, width)
        self.ffn = (
            ConvGatedMLP(width, kernel=KERNEL, multiple=multiple)
            if convolutional
            else GatedMLP(width, multiple=multiple)
        )

    def before_attention(
        self, x: Tensor, condition: Tensor, rotary: Tensor | None
    ) -> tuple[Heads, list[Tensor]]:
        """Heads of the modulated stream, and the modulation left for after the attention.

        Args:
            x: (B, N, D).
            condition: (B, 1, D), or (B, N, D) for one per token.
            rotary: (N, d / 2), None for a stream without positions.
        """
        shift, scale, *rest = self.adaLN_modulation(condition).chunk(2 if self.context_only else 6, dim=-1)
        return self.attn(modulated_norm(x, shift, scale), rotary), rest

    def after_attention(self, x: Tensor, attended: Tensor, modulation: list[Tensor]) -> Tensor:
        """(B, N, D) with what the attention and the MLP add."""
        attention_gate, shift, scale, mlp_gate = modulation
        x = torch.addcmul(x, self.linear1(attended), attention_gate)
        return torch.addcmul(x, self.ffn(modulated_norm(x, shift, scale)), mlp_gate)

    def forward(self, x: Tensor, condition: Tensor, rotary: Tensor) -> Tensor:
        """The block on its own, as a fused block: (B, N, D) -> (B, N, D)."""
        heads, rest = self.before_attention(x, condition, rotary)
        return self.after_attention(x, attend([heads])[0], rest)


class JointBlock(nn.Module):
    """Latent, clip and text in one attention; in the last one clip and text are context only."""

    def __init__(self, width: int, heads: int, *, multiple: int, last: bool) -> None:
        super().__init__()
        self.latent_block = StreamBlock(width, heads, multiple=multiple, convolutional=True)
        self.clip_block = StreamBlock(width, heads, multiple=multiple, convolutional=True, context_only=last)
        self.text_block = StreamBlock(width, heads, multiple=multiple, convolutional=False, context_only=last)

    def forward(
        self, latent: Tensor, clip: Tensor, text: Tensor, *, whole: Tensor, framed: Tensor, given: Conditions
    ) -> tuple[Tensor, Tensor, Tensor]:
        """New latent (B, N, D), clip (B, C, D) and text (B, L, D).

        Args:
            latent: (B, N, D).
            clip: (B, C, D).
            text: (B, L, D).
            whole: (B, 1, D) condition of clip and text.
            framed: (B, N, D) condition of the latent, token by token.
            given: For its rotary tables.
        """
        latent_heads, latent_rest = self.latent_block.before_attention(latent, framed, given.latent_rotary)
        clip_heads, clip_rest = self.clip_block.before_attention(clip, whole, given.clip_rotary)
        text_heads, text_rest = self.text_block.before_attention(text, whole, None)
        for_latent, for_clip, for_text = attend([latent_heads, clip_heads, text_heads])
        latent = self.latent_block.after_attention(latent, for_latent, latent_rest)
        if not self.clip_block.context_only:
            clip = self.clip_block.after_attention(clip, for_clip, clip_rest)
            text = self.text_block.after_attention(text, for_text, text_rest)
        return latent, clip, text


class FinalLayer(nn.Module):
    """Hidden tokens to velocity."""

    def __init__(self, width: int, outputs: int, *, kernel: int) -> None:
        super().__init__()
        self.adaLN_modulation = modulation_map(width, 2)
        self.conv = TokenConv(width, outputs, kernel)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(B, N, D) and (B, 1, D) -> (B, N, latent_dim)."""
        shift, scale = self.adaLN_modulation(condition).chunk(2, dim=-1)
        velocity: Tensor = self.conv(modulated_norm(x, shift, scale))
        return velocity
