"""The place an actor plays on, and what drawing one means."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.primitives import Look
from trainer.scenes.rhythm import Beats

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """Where and when an actor plays: frame times (T,), place, size, chance."""

    times: FloatArray
    x: float
    y: float
    size: float
    rng: np.random.Generator

    @property
    def steps(self) -> int:
        """Frames."""
        return len(self.times)


Drawing = list[FloatArray]
DrawKind = Callable[[Stage, Beats, Look], Drawing]
