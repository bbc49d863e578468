"""Two takes brought to equal loudness by lowering the louder one: else the louder one wins.

Letters: S samples of a sound.
"""

import math
from dataclasses import dataclass

from engine.loudness import loudness_lufs
from engine.records import FloatArray

MOST_DB = 12.0


@dataclass(frozen=True)
class LevelMatch:
    """What is done to the two sides.

    Attributes:
        x_db: Gain of X, 0 or below.
        y_db: Gain of Y, 0 or below.
        trouble: Why they are not equally loud all the same, empty when they are.
    """

    x_db: float
    y_db: float
    trouble: str = ""


def match_levels(x: FloatArray, y: FloatArray) -> LevelMatch:
    """Gains after which both sounds are equally loud over the event.

    Args:
        x: (S,) at 48 kHz, one side over the event.
        y: (S,) the other side.
    """
    x_lufs, y_lufs = loudness_lufs(x), loudness_lufs(y)
    if math.isinf(x_lufs) and math.isinf(y_lufs):
        return LevelMatch(0.0, 0.0, "Both takes are silent over the event.")
    if math.isinf(x_lufs) or math.isinf(y_lufs):
        return LevelMatch(0.0, 0.0, "Cannot match levels: one of the takes is silent over the event.")
    apart = x_lufs - y_lufs
    lowered = -min(abs(apart), MOST_DB)
    trouble = ""
    if abs(apart) > MOST_DB:
        trouble = (
            f"Cannot match levels: the takes are {abs(apart):.1f} LU apart, {MOST_DB:.0f} dB is the most."
        )
    return LevelMatch(lowered, 0.0, trouble) if apart > 0 else LevelMatch(0.0, lowered, trouble)
