"""What makes sound of a mel: one protocol, and the one place where it is chosen.

Letters: B takes, F mel frames, M bands, S = F hops of samples at 44.1 kHz.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.codec.griffin_lim import ROUNDS, griffin_lim
from engine.features.mel import MEL_BANDS
from engine.progress import CancelToken, Progress, ProgressListener, silent

STAGE = "decode"


class Vocoder(Protocol):
    """Makes sound of log-mels; a take of a batch is the take made alone."""

    def vocode(
        self,
        mels: Tensor,
        seeds: Sequence[int],
        *,
        listener: ProgressListener = silent,
        cancel: CancelToken | None = None,
    ) -> Tensor:
        """Sounds (B, S) float32 of log-mels (B, F, M), one seed a take.

        Raises:
            ValueError: When the shapes do not fit.
            Cancelled: When the token was set; it is asked before each take.
        """
        ...


@dataclass(frozen=True)
class GriffinLim:
    """The vocoder without weights.

    Attributes:
        rounds: Rounds of phase retrieval.
        fixed_magnitude: Hold the inverted magnitudes fixed, as Griffin and Lim do.
    """

    rounds: int = ROUNDS
    fixed_magnitude: bool = False

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
            return griffin_lim(
                mel, iterations=self.rounds, chance=chance, fixed_magnitude=self.fixed_magnitude
            )

        return take_by_take(make, mels, seeds, listener=listener, cancel=cancel)


def take_by_take(
    make: Callable[[Tensor, torch.Generator], Tensor],
    mels: Tensor,
    seeds: Sequence[int],
    *,
    listener: ProgressListener,
    cancel: CancelToken | None,
) -> Tensor:
    """Sounds (B, S), each made of its own mel (1, F, M) and the chance of its own seed.

    Raises:
        ValueError: When the shapes do not fit.
        Cancelled: When the token was set.
    """
    if mels.dim() != 3 or mels.shape[2] != MEL_BANDS or len(seeds) != len(mels) or not len(seeds):
        raise ValueError(
            f"vocode takes (B, F, {MEL_BANDS}) and B seeds, got {tuple(mels.shape)} and {len(seeds)}"
        )
    sounds: list[Tensor] = []
    for mel, seed in zip(mels, seeds, strict=True):
        if cancel is not None:
            cancel.check()
        listener(Progress(STAGE, len(sounds), len(seeds)))
        sounds.append(make(mel[None], torch.Generator().manual_seed(seed)))
    listener(Progress(STAGE, len(seeds), len(seeds)))
    return torch.cat(sounds)


def vocoder_for(decoder: Vocoder | None) -> Vocoder:
    """The vocoder of a model: its decoder where it brings one, else Griffin-Lim.

    A model brings a decoder only when that won the comparison of `msg-train evaluate codec`.
    """
    return GriffinLim() if decoder is None else decoder
