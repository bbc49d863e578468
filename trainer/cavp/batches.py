"""What a step of SF-CAVP training is made from, whichever source it comes from.

Letters: B batch, T fast steps of a crop, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class SceneLabels:
    """What only procedural scenes know.

    Attributes:
        onsets: (B, T) soft contact targets in the picture's time.
        active: (B, T) visible continuous action.
        frame_class: (B, T) class acting in the picture's frame, -1 for none.
        seen: (B, K) classes on screen.
        heard: (B, K) classes in the sound.
        audio_onsets: (B, T) contact targets in the sound's time.
        audio_active: (B, T) continuous sound.
        audio_frame_class: (B, T) class sounding in the frame, -1 for none.
    """

    onsets: Tensor
    active: Tensor
    frame_class: Tensor
    seen: Tensor
    heard: Tensor
    audio_onsets: Tensor
    audio_active: Tensor
    audio_frame_class: Tensor


@dataclass(frozen=True)
class CavpBatch:
    """One batch.

    Attributes:
        picture: (B, T, ...) motion grid or frames.
        mel: (B, 4T, M).
        lags: (B,) true lag in steps; positive: the sound is late.
        films: (B,) number of the film a row comes from; crops of one film stand together.
        labels: Truth of scenes, None for real video.
    """

    picture: Tensor
    mel: Tensor
    lags: Tensor
    films: Tensor
    labels: SceneLabels | None

    def to(self, device: torch.device) -> "CavpBatch":
        """The batch on another device."""
        return self._each(lambda value: value.to(device))

    def rows(self, which: slice) -> "CavpBatch":
        """Some rows of the batch."""
        return self._each(lambda value: value[which])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "CavpBatch":
        labels = None
        if self.labels is not None:
            labels = SceneLabels(**{name: change(value) for name, value in vars(self.labels).items()})
        own = {name: change(getattr(self, name)) for name in ("picture", "mel", "lags", "films")}
        return CavpBatch(**own, labels=labels)


class BatchSource(Protocol):
    """Where batches come from: scenes or real video."""

    def draw(self, size: int, chance: torch.Generator) -> CavpBatch:
        """This process's rows of a batch of ``size`` rows over all processes.

        The same generator state gives the same batch, however many processes share it.
        """
        ...
