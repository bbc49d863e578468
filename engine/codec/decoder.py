"""Log-mel to waveform by a small network: a tonal part with its own phases, and filtered noise.

The noise branch begins with noise that a few rounds of Griffin-Lim have shaped after the mel. The
network hears that first draft beside the mel (ConvNeXt, Liu et al. 2022, over mel frames), says by
how much each bin of it must grow or shrink, and adds a tonal part of its own magnitude and phase
(the iSTFT head of Vocos, Siuzdak 2023). Chance enters by the phases of the noise alone.

Letters: B batch, F mel frames, M bands, W width, K = N_BINS linear bins, S = F hops of samples.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from engine.codec.griffin_lim import griffin_lim
from engine.codec.spectrum import analyse, synthesise
from engine.codec.vocoder import take_by_take
from engine.features.mel import MEL_BANDS, N_BINS, magnitude_to_log_mel
from engine.progress import CancelToken, ProgressListener, silent

DECODER_FAMILY = "decoder"
KERNEL = 7
LARGEST_GAIN = 4.0  # nepers
FIRST_TONE = -6.0  # an untrained tonal part is 52 dB under full scale: not heard
MEL_CENTRE, MEL_SCALE = -6.0, 3.0


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes of the decoder.

    Attributes:
        width: Channels of the trunk.
        depth: ConvNeXt blocks.
        expansion: Inner width of a block over its width.
        rounds: Rounds of Griffin-Lim that shape the noise.
    """

    width: int = 192
    depth: int = 4
    expansion: int = 3
    rounds: int = 2

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return asdict(self)


class _Block(nn.Module):
    """ConvNeXt: depthwise convolution over frames, then a pointwise network, beside a way past."""

    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        self.across_frames = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.narrow = nn.Linear(expansion * width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, F, W) -> (B, F, W)."""
        mixed = rearrange(self.across_frames(rearrange(hidden, "b f w -> b w f")), "b w f -> b f w")
        inner: Tensor = self.narrow(functional.gelu(self.widen(self.norm(mixed))))
        return hidden + inner


class NoiseBranchDecoder(nn.Module):
    """The decoder; also a Vocoder."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Conv1d(2 * MEL_BANDS, config.width, KERNEL, padding=KERNEL // 2)
        self.blocks = nn.Sequential(*(_Block(config.width, config.expansion) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, 4 * N_BINS)
        self._begin_with_the_noise()

    def _begin_with_the_noise(self) -> None:
        """Set the head so that an untrained decoder gives the shaped noise as it is."""
        nn.init.normal_(self.head.weight, std=1e-3)
        gain, tone, cosine, sine = self.head.bias.detach().view(4, N_BINS)
        for bias, value in ((gain, 0.0), (tone, FIRST_TONE), (cosine, 1.0), (sine, 0.0)):
            bias.fill_(value)

    def forward(self, mel: Tensor, noise: Tensor) -> Tensor:
        """Sound (B, S) of log-mels (B, F, M) and noise (B, S) that was shaped after them."""
        draft = analyse(noise)  # (B, F, K)
        heard = magnitude_to_log_mel(draft.abs().transpose(1, 2))  # (B, F, M)
        seen = torch.cat([(mel - MEL_CENTRE) / MEL_SCALE, mel - heard], dim=2)
        hidden = rearrange(self.stem(rearrange(seen, "b f m -> b m f")), "b w f -> b f w")
        said: Tensor = self.head(self.norm(self.blocks(hidden))).float()  # (B, F, 4K)
        gain, tone, cosine, sine = said.chunk(4, dim=2)
        direction = functional.normalize(torch.stack([cosine, sine], dim=-1), dim=-1, eps=1e-4)
        tonal = torch.view_as_complex((direction * tone.clamp_max(6.0).exp()[..., None]).contiguous())
        return synthesise(draft * gain.clamp(-LARGEST_GAIN, LARGEST_GAIN).exp() + tonal)

    def shaped_noise(self, mel: Tensor, chance: torch.Generator) -> Tensor:
        """Noise (B, S) shaped after log-mels (B, F, M): what the network starts from."""
        return griffin_lim(mel, iterations=self.config.rounds, chance=chance)

    @torch.no_grad()
    def vocode(
        self,
        mels: Tensor,
        seeds: Sequence[int],
        *,
        listener: ProgressListener = silent,
        cancel: CancelToken | None = None,
    ) -> Tensor:
        """See Vocoder."""

        def make(mel: Tensor, chance: torch.Generator) -> Tensor:
            sound: Tensor = self(mel, self.shaped_noise(mel, chance))
            return sound

        return take_by_take(make, mels, seeds, listener=listener, cancel=cancel)
