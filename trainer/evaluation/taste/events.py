"""Short events of rendered scenes, and takes of many of them made together.

Letters: E events, K takes of an event, N tokens, L latent channels, F = 4N mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from engine.codec.griffin_lim import griffin_lim
from engine.codec.mel_codec import MelCodec
from engine.features.mel import log_mel
from engine.generator.control import ACTIVITY_CHANNEL
from engine.generator.flow import draw_noise, sample
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterGenerator, StarterInputs
from engine.progress import Progress, ProgressListener, silent
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.preference.given import given_of_stem, joined_given
from trainer.preference.stems import Stem, StemShelf
from trainer.scenes.bank import Split

LEAD_TOKENS = 8
AT_ONCE = 16


@dataclass(frozen=True)
class TakeSettings:
    """How takes are made.

    Attributes:
        tokens: N, length of an event.
        steps: Euler steps.
        guidance: Guidance weight of all conditions.
    """

    tokens: int = 64
    steps: int = 12
    guidance: float = 2.5


@dataclass(frozen=True)
class TasteEvent:
    """A stretch of a stem around its first hit, and what the generator is given for it.

    Attributes:
        stem: The stretch.
        given: Of one sample.
    """

    stem: Stem
    given: StarterInputs


def taste_events(
    pool: Path, split: Split, count: int, *, tokens: int, classes: Sequence[str], seed: int
) -> list[TasteEvent]:
    """Events made of contacts on screen, at most ``count``, in an order drawn from ``seed``.

    Raises:
        InputError: When the pool has no such stems.
    """
    shelf = StemShelf(pool, split)
    chance = torch.Generator().manual_seed(seed)
    entries = shelf.chosen(count, classes=classes, chance=chance, kinds=("contacts",))
    stretches = (around_first_hit(shelf.read(entry), tokens) for entry in entries)
    return [TasteEvent(stem, given_of_stem(stem, classes=classes, hits=True)) for stem in stretches]


def around_first_hit(stem: Stem, tokens: int) -> Stem:
    """The stretch of a stem that begins LEAD_TOKENS before its first hit, or ends with the stem."""
    impulses = stem.control[:, :ACTIVITY_CHANNEL].amax(1)
    first = int(torch.nonzero(impulses)[0, 0])
    start = max(0, min(first - LEAD_TOKENS, len(stem.grid) - tokens))
    part = slice(start, start + tokens)
    frames = slice(MEL_FRAMES_PER_TOKEN * start, MEL_FRAMES_PER_TOKEN * (start + tokens))
    return replace(stem, grid=stem.grid[part], control=stem.control[part], mel=stem.mel[frames])


@torch.no_grad()
def latents_of(
    generator: StarterGenerator,
    events: Sequence[TasteEvent],
    seeds: Sequence[int],
    settings: TakeSettings,
    *,
    name: str = "takes",
    listener: ProgressListener = silent,
) -> Tensor:
    """Latents (E, N, L) of one take of each event, a few made together."""
    parts: list[Tensor] = []
    for begin in range(0, len(events), AT_ONCE):
        inputs = joined_given([event.given for event in events[begin : begin + AT_ONCE]])
        assert isinstance(inputs, StarterInputs)
        own = list(seeds[begin : begin + AT_ONCE])
        field = generator.guided_velocity(
            inputs, takes=len(own), guidance=GuidanceWeights.of(settings.guidance)
        )
        noise = draw_noise(own, inputs.control.shape[1], generator.config.latent_channels)
        parts.append(sample(field, noise, steps=settings.steps))
        listener(Progress(name, min(begin + AT_ONCE, len(events)), len(events)))
    return torch.cat(parts)


@torch.no_grad()
def heard_mels(codec: MelCodec, latents: Tensor, seeds: Sequence[int]) -> Tensor:
    """Log-mels (E, F, M) of the sounds of latents (E, N, L): what an artist hears, phases and all."""
    sounds = (
        griffin_lim(codec.decode(latent[None]), chance=torch.Generator().manual_seed(seed))
        for latent, seed in zip(latents, seeds, strict=True)
    )
    return torch.cat([log_mel(sound) for sound in sounds])
