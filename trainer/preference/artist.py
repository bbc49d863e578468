"""A synthetic artist: votes on pairs of sounds by a hidden taste, blind, and errs now and then."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from engine.errors import InputError
from engine.project.votes import Verdict
from trainer.preference.tastes import Taste

USUAL_NOISE = 0.1


@dataclass(frozen=True)
class SyntheticArtist:
    """Who votes.

    Attributes:
        taste: What is liked.
        noise: Share of votes given to the wrong side.
        seed: Decides which votes those are, and which side a take is offered on.

    Raises:
        InputError: When the noise is not from 0 to 1.
    """

    taste: Taste
    noise: float = USUAL_NOISE
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.noise <= 1.0:
            raise InputError(f"noise = {self.noise}: give a share of wrong votes from 0 to 1.")

    def sides(self, number: int) -> tuple[int, int]:
        """Which of two takes is offered as the first one in a trial, and which as the second."""
        return (0, 1) if self._chance(number, "side").random() < 0.5 else (1, 0)

    def vote(self, first: Tensor, second: Tensor, hits_s: Sequence[float], *, number: int) -> Verdict:
        """Judge two log-mels (F, M) by the taste alone: nothing else of the takes is known.

        Args:
            first: Side X.
            second: Side Y.
            hits_s: Seconds of the event's hits.
            number: Of the trial; the same trial is always judged alike.
        """
        liked = self.taste(first, hits_s), self.taste(second, hits_s)
        if liked[0] == liked[1]:
            return "both good"
        right = liked[0] > liked[1]
        errs = self._chance(number, "error").random() < self.noise
        return "first" if right != errs else "second"

    def _chance(self, number: int, purpose: str) -> random.Random:
        return random.Random(f"{self.seed} {number} {purpose}")
