"""Classifier-free guidance with a weight of its own for each condition.

Conditions are added one after the other: nothing, then the hits, then the sound class, then the
picture. Each step of that chain is stretched by its weight (Ho and Salimans 2022; several conditions
in a chain as in Brooks et al. 2023, InstructPix2Pix, section 3.2):

    v = v(nothing) + w_hits (v(hits) - v(nothing)) + w_sound (v(hits, sound) - v(hits))
      + w_picture (v(all) - v(hits, sound))

With equal weights this is the usual w v(all) + (1 - w) v(nothing), and the steps between are not asked.
"""

import math
from dataclasses import astuple, dataclass

from engine.errors import InputError

MOST_GUIDANCE = 20.0


@dataclass(frozen=True)
class GuidanceWeights:
    """How hard each condition is followed; 1 is the plain condition, 0 leaves it out.

    Attributes:
        hits: Weight of hit points and activity.
        sound: Weight of the sound class.
        picture: Weight of the picture.

    Raises:
        InputError: When a weight is no number from 0 to MOST_GUIDANCE.
    """

    hits: float = 2.5
    sound: float = 2.5
    picture: float = 2.5

    def __post_init__(self) -> None:
        for name, weight in zip(("hits", "sound", "picture"), astuple(self), strict=True):
            if not math.isfinite(weight) or not 0.0 <= weight <= MOST_GUIDANCE:
                raise InputError(f"Guidance of the {name} = {weight}: give 0 to {MOST_GUIDANCE:.0f}.")

    @classmethod
    def of(cls, weight: float) -> "GuidanceWeights":
        """The same weight for all; below 1 switches guidance off, as in the field's tools.

        Raises:
            InputError: When it is no number from 0 to MOST_GUIDANCE.
        """
        same = cls(weight, weight, weight)
        return cls(1.0, 1.0, 1.0) if weight < 1 else same

    @property
    def beyond_plain(self) -> float:
        """How far the mean weight lies above that of the plain condition, 0 where it does not."""
        return max(0.0, (self.hits + self.sound + self.picture) / 3 - 1.0)

    def shares(self) -> tuple[float, float, float, float]:
        """What each side counts: nothing, hits, hits and sound, all; together 1."""
        return 1 - self.hits, self.hits - self.sound, self.sound - self.picture, self.picture
