"""Where crops of a film lie, and which are worth learning from.

Letters: K crops of a film, S steps of the film, T steps of a crop, F mel frames, M mel bands.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.timing import MEL_FRAMES_PER_TOKEN

TRIES = 16
_SURE_TRIES = 64


@dataclass(frozen=True)
class CropRules:
    """What the crops of a film must be.

    Attributes:
        steps: T.
        count: K.
        distance: Least steps from one start to the next.
        reach: Largest lag of the sound, either way.
        least_variance: A sound whose log-mel varies no more is next to silence.
        largest_likeness: Sounds as alike as this are near-duplicates.
    """

    steps: int
    count: int
    distance: int
    reach: int
    least_variance: float
    largest_likeness: float


@dataclass(frozen=True)
class Crops:
    """Crops of a film: starts of the pictures (K,), true lags (K,), sounds (K, 4T, M)."""

    starts: Tensor
    lags: Tensor
    mel: Tensor


def find_crops(heard: Tensor, rules: CropRules, chance: torch.Generator, *, tries: int) -> Crops | None:
    """Draw crops until they are audible and different; None when no try gave such.

    Args:
        heard: (4S, M) log-mel of the film.
        rules: What they must be.
        chance: Source of randomness.
        tries: How often to draw.
    """
    last = len(heard) // MEL_FRAMES_PER_TOKEN - rules.steps
    ticks = torch.arange(rules.steps * MEL_FRAMES_PER_TOKEN)
    for _ in range(tries):
        starts = spaced_starts(last, count=rules.count, distance=rules.distance, chance=chance)
        lags = drawn_lags(starts, last, reach=rules.reach, chance=chance)
        mel = heard[(starts - lags)[:, None] * MEL_FRAMES_PER_TOKEN + ticks]  # (K, 4T, M)
        if are_audible(mel, rules.least_variance) and are_different(mel, rules.largest_likeness):
            return Crops(starts, lags, mel)
    return None


def sure_crops(heard: Tensor, rules: CropRules) -> Crops | None:
    """The same good crops of a film whenever it is asked, None for a film that gives none.

    Args:
        heard: (4S, M) log-mel of the film.
        rules: What they must be.
    """
    return find_crops(heard, rules, torch.Generator().manual_seed(0), tries=_SURE_TRIES)


def spaced_starts(last: int, *, count: int, distance: int, chance: torch.Generator) -> Tensor:
    """Starts within 0 to ``last`` that keep a distance, every such set equally likely.

    Args:
        last: S - T.
        count: K.
        distance: Least steps from one start to the next.
        chance: Source of randomness.

    Returns:
        (K,) in random order.

    Raises:
        ValueError: When so many do not fit.
    """
    free = last - (count - 1) * distance
    if free < 0:
        raise ValueError(f"{count} starts {distance} apart do not fit within 0 to {last}")
    loose = torch.randperm(free + count, generator=chance)[:count].sort().values - torch.arange(count)
    starts = loose + distance * torch.arange(count)
    return starts[torch.randperm(count, generator=chance)]


def drawn_lags(starts: Tensor, last: int, *, reach: int, chance: torch.Generator) -> Tensor:
    """True lags of sounds cut independently of their pictures, (K,); the sound begins at start - lag.

    Args:
        starts: (K,) of the pictures.
        last: S - T; the sound lies within the film as well.
        reach: Largest lag, either way.
        chance: Source of randomness.
    """
    lowest, highest = (starts - last).clamp_min(-reach), starts.clamp_max(reach)
    spread = torch.rand(len(starts), generator=chance, dtype=torch.float64)
    return lowest + (spread * (highest - lowest + 1)).long()


def are_audible(mels: Tensor, least_variance: float) -> bool:
    """Whether no log-mel of (K, F, M) is next to silence: its variance is above the least."""
    return bool((mels.flatten(1).var(1) > least_variance).all())


def are_different(mels: Tensor, largest_likeness: float) -> bool:
    """Whether no two log-mels of (K, F, M) are nearly the same.

    Audiovisual SlowFast passes over pairs whose cosine is 0.99 or more. Here each one's mean is taken
    out before (ours): log-mels lie far below zero, so that the plain cosine calls any two alike.
    """
    flat = mels.flatten(1)
    flat = functional.normalize(flat - flat.mean(1, keepdim=True), dim=1)
    likeness = (flat @ flat.T).fill_diagonal_(-1.0)
    return bool(likeness.max() < largest_likeness)
