"""What a step of generator training is made from, whichever source it comes from.

Letters: B batch, N tokens of a crop, F = 4N mel frames, M bands.
"""

from dataclasses import dataclass, fields
from typing import Protocol

import torch
from torch import Tensor

from engine.generator.starter import StarterInputs


@dataclass(frozen=True)
class DropRates:
    """How often each condition is left out, each on its own, and all of them together."""

    video: float = 0.35
    control: float = 0.12
    classes: float = 0.08
    everything: float = 0.08


@dataclass(frozen=True)
class FlowBatch:
    """Target sounds and the conditions they belong to.

    Attributes:
        mel: (B, F, M) log-mel of what should sound.
        inputs: Conditions, with what is left out marked so.
        shown: (B, N, 2) contacts and activity that the picture shows of what is asked for, see
            `trainer/flow/contacts.py`; None where nobody knows.
    """

    mel: Tensor
    inputs: StarterInputs
    shown: Tensor | None = None

    def to(self, device: torch.device) -> "FlowBatch":
        """The same on another device."""
        moved = {field.name: getattr(self.inputs, field.name).to(device) for field in fields(StarterInputs)}
        shown = None if self.shown is None else self.shown.to(device)
        return FlowBatch(self.mel.to(device), StarterInputs(**moved), shown)


class FlowSource(Protocol):
    """Where batches come from."""

    def draw(self, size: int, tokens: int, chance: torch.Generator) -> FlowBatch:
        """This process's rows of a global batch of ``size`` crops of ``tokens`` tokens."""
        ...


def keep_masks(size: int, chance: torch.Generator, drop: DropRates) -> tuple[Tensor, Tensor, Tensor]:
    """Which samples keep picture, control track and class, three bool (B,)."""
    draws = torch.rand(4, size, generator=chance)
    some = draws[3] >= drop.everything
    return (
        (draws[0] >= drop.video) & some,
        (draws[1] >= drop.control) & some,
        (draws[2] >= drop.classes) & some,
    )
