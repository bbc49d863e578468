"""What a take is made for: raw features, their learned stand-ins, and the prepared conditions.

Letters: B batch, N latent tokens, C CLIP tokens, S sync tokens, L text tokens, D hidden width,
d channels of a head.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import torch
from torch import Tensor

from engine.errors import InputError


class Features(NamedTuple):
    """Raw features of a batch, before projection.

    Attributes:
        clip: (B, C, clip_dim) what is seen.
        sync: (B, S, sync_dim) when it happens.
        text: (B, L, text_dim) the prompt.
    """

    clip: Tensor
    sync: Tensor
    text: Tensor


@dataclass(frozen=True)
class Conditions:
    """Projected conditions, computed once for a whole sampling run.

    Attributes:
        clip: (B, C, D).
        sync: (B, N, D), brought to the latent's token rate.
        text: (B, L, D).
        pooled: (B, 1, D) clip and text as a whole.
        latent_rotary: (N, d / 2) turns of the latent tokens.
        clip_rotary: (C, d / 2) turns of the CLIP tokens, laid over the latent's.
    """

    clip: Tensor
    sync: Tensor
    text: Tensor
    pooled: Tensor
    latent_rotary: Tensor
    clip_rotary: Tensor

    @property
    def batch(self) -> int:
        """B."""
        return self.sync.shape[0]

    @property
    def latent_tokens(self) -> int:
        """N."""
        return self.sync.shape[1]

    def expand(self, batch: int) -> "Conditions":
        """The same conditions for every take of a batch, without a copy.

        Raises:
            InputError: When these are conditions of more than one sample, and not of `batch`.
        """
        if self.batch not in (1, batch):
            raise InputError(
                f"Conditions of {self.batch} samples cannot serve a batch of {batch}: give 1 or {batch}."
            )
        return replace(self, **{name: getattr(self, name).expand(batch, -1, -1) for name in _PER_SAMPLE})


_PER_SAMPLE = tuple(field.name for field in fields(Conditions) if not field.name.endswith("_rotary"))


def join_batches(parts: Sequence[Conditions]) -> Conditions:
    """Conditions of several batches one after the other.

    Raises:
        InputError: When their lengths differ.
    """
    lengths = {(p.clip.shape[1], p.sync.shape[1], p.text.shape[1]) for p in parts}
    if len(lengths) != 1:
        raise InputError(f"Conditions of lengths {sorted(lengths)} (clip, latent, text): wanted all alike.")
    joined = {name: torch.cat([getattr(part, name) for part in parts]) for name in _PER_SAMPLE}
    return replace(parts[0], **joined)


def replace_masked(features: Tensor, stand_in: Tensor, missing: Tensor | None) -> Tensor:
    """Features with the learned stand-in where a sample lacks them.

    Args:
        features: (B, T, K).
        stand_in: (1, K) or (T, K).
        missing: (B,) bool, True where the stand-in is used; None for nowhere.

    Returns:
        (B, T, K), differentiable in both tensors.

    Raises:
        InputError: When the mask is not (B,) bool.
    """
    if missing is None:
        return features
    if missing.dtype != torch.bool or missing.shape != features.shape[:1]:
        raise InputError(
            f"Mask of shape {tuple(missing.shape)}, {missing.dtype}: wanted ({len(features)},), torch.bool."
        )
    return torch.where(missing[:, None, None], stand_in.to(features.dtype), features)


def nearest_steps(steps: int, tokens: int, *, device: torch.device | None = None) -> Tensor:
    """Which of `steps` steps each of `tokens` tokens takes: torch's nearest-exact rule.

    In float32 whatever the network's type, because ties are settled by its rounding.

    Returns:
        (tokens,) int64.
    """
    ratio = torch.tensor(steps, dtype=torch.float32) / torch.tensor(tokens, dtype=torch.float32)
    middle = torch.arange(tokens, dtype=torch.float32) + 0.5
    return (middle * ratio).floor().long().clamp_(max=steps - 1).to(device)


def resample_steps(x: Tensor, tokens: int) -> Tensor:
    """(B, S, D) -> (B, tokens, D), nearest step in time."""
    steps = x.shape[1]
    return x if steps == tokens else x.index_select(1, nearest_steps(steps, tokens, device=x.device))
