"""Log-mel to latent tokens and back: principal components of four-frame patches.

Letters: B batch, F = 4N mel frames, N tokens, M = 128 bands, L latent channels.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.features.mel import MEL_BANDS, MEL_FLOOR
from engine.timing import MEL_FRAMES_PER_TOKEN

PATCH = MEL_FRAMES_PER_TOKEN * MEL_BANDS


@dataclass(frozen=True)
class CodecConfig:
    """Sizes of the codec.

    Attributes:
        latent_channels: Components kept of a patch of 4 frames x 128 bands.
    """

    latent_channels: int = 64

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return asdict(self)


class MelCodec(nn.Module):
    """A linear codec: its components are fitted, not trained by gradient."""

    mean: Tensor
    components: Tensor
    spread: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(PATCH))
        self.register_buffer("components", torch.zeros(config.latent_channels, PATCH))
        self.register_buffer("spread", torch.ones(config.latent_channels))

    def encode(self, mel: Tensor) -> Tensor:
        """(B, F, M) -> (B, N, L); F a multiple of 4."""
        if mel.dim() != 3 or mel.shape[1] % MEL_FRAMES_PER_TOKEN or mel.shape[2] != MEL_BANDS:
            raise ValueError(f"encode takes (B, 4N, {MEL_BANDS}), got {tuple(mel.shape)}")
        patches = mel.reshape(mel.shape[0], -1, PATCH)
        latents: Tensor = ((patches - self.mean) @ self.components.T) / self.spread
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """(B, N, L) -> (B, 4N, M), never below the mel floor."""
        patches = (latents * self.spread) @ self.components + self.mean
        mel = patches.reshape(latents.shape[0], -1, MEL_BANDS)
        return mel.clamp_min(float(torch.tensor(MEL_FLOOR).log()))

    @torch.no_grad()
    def fit(self, mels: Tensor) -> float:
        """Fit the components to (B, F, M) and return the share of variance they keep.

        Each channel is divided by the geometric mean of its own and the largest standard
        deviation: strong components stay large, so that flow matching settles them first.
        """
        patches = mels.reshape(-1, PATCH).double()
        mean = patches.mean(0)
        covariance = (patches - mean).T @ (patches - mean) / len(patches)
        power, vectors = torch.linalg.eigh(covariance)  # ascending
        keep = self.config.latent_channels
        kept = power.flip(0)[:keep].clamp_min(1e-6)
        self.mean.copy_(mean)
        self.components.copy_(vectors.flip(1)[:, :keep].T)
        self.spread.copy_((kept.sqrt() * kept[0].sqrt()).sqrt() / self._unit(kept))
        return float(kept.sum() / power.sum())

    @staticmethod
    def _unit(kept: Tensor) -> Tensor:
        """Factor that gives the latents a mean square of 1 over all channels."""
        scaled = kept / (kept.sqrt() * kept[0].sqrt())
        return (1.0 / scaled.mean()).sqrt()
