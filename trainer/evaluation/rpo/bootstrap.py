"""Intervals of figures over scenes: what would come out had other scenes been drawn.

Scenes are drawn with replacement (Efron 1979). The takes of a scene stay together, and both models
are asked about the same scenes, so that a difference has an interval of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from engine.errors import InputError

LEVEL = 0.95

Item = TypeVar("Item")


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def shown(self) -> str:
        """As printed."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Contrast:
    """One figure of two models over the same scenes.

    Attributes:
        base: Of the first.
        tuned: Of the second.
        difference: Second less first.
    """

    base: Interval
    tuned: Interval
    difference: Interval


def contrast(
    base: Sequence[Item],
    tuned: Sequence[Item],
    scenes: Sequence[str],
    figure: Callable[[Sequence[Item]], float],
    *,
    resamples: int,
    chance: torch.Generator,
) -> Contrast:
    """A figure of both models and of their difference, each with its interval.

    Each interval is that of the draws, moved by what their mean is off the figure itself: a distance
    between clouds is larger where points are drawn twice, by as much in every draw.

    Args:
        base: Measurements of the first model.
        tuned: Of the second, of the same wishes in the same order.
        scenes: Scene of each measurement.
        figure: From measurements to a number.
        resamples: Draws of scenes.
        chance: Source of the draws.

    Raises:
        InputError: When there are fewer than two scenes, or no draw is asked for.
    """
    names = list(dict.fromkeys(scenes))
    if len(names) < 2 or resamples < 1:
        raise InputError(
            f"An interval over {len(names)} scenes with {resamples} draws: give 2 scenes and 1 draw at least."
        )
    rows = {name: [row for row, scene in enumerate(scenes) if scene == name] for name in names}
    draws = torch.randint(len(names), (resamples, len(names)), generator=chance).tolist()
    pairs = []
    for draw in draws:
        taken = [row for number in draw for row in rows[names[number]]]
        pairs.append((figure([base[row] for row in taken]), figure([tuned[row] for row in taken])))
    values = torch.tensor(pairs, dtype=torch.float64)
    own = figure(base), figure(tuned)
    return Contrast(
        _interval(own[0], values[:, 0]),
        _interval(own[1], values[:, 1]),
        _interval(own[1] - own[0], values[:, 1] - values[:, 0]),
    )


def _interval(value: float, draws: Tensor) -> Interval:
    """The middle LEVEL of draws (R,), moved by the bias of their mean; never below 0 where no draw is."""
    bias = float(draws.mean()) - value
    edges = torch.tensor([(1 - LEVEL) / 2, (1 + LEVEL) / 2], dtype=draws.dtype)
    low, high = (float(edge) - bias for edge in draws.quantile(edges))
    return Interval(value, max(low, 0.0) if bool((draws >= 0).all()) else low, high)
