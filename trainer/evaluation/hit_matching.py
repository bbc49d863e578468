"""Match found moments with true ones, one to one, within a tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MatchCount:
    """How many were found, how many there are, how many agree."""

    found: int
    true: int
    agreed: int

    @property
    def recall(self) -> float:
        """Share of the true ones that were found."""
        return self.agreed / self.true if self.true else 0.0

    @property
    def precision(self) -> float:
        """Share of the found ones that are true."""
        return self.agreed / self.found if self.found else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __add__(self, other: "MatchCount") -> "MatchCount":
        return MatchCount(self.found + other.found, self.true + other.true, self.agreed + other.agreed)


def match_moments(found: Sequence[float], true: Sequence[float], *, within_s: float) -> MatchCount:
    """Greedy one-to-one matching in time order, which is optimal for intervals of one width."""
    agreed, index = 0, 0
    ordered = sorted(found)
    for moment in sorted(true):
        while index < len(ordered) and ordered[index] < moment - within_s:
            index += 1
        if index < len(ordered) and ordered[index] <= moment + within_s:
            agreed += 1
            index += 1
    return MatchCount(len(found), len(true), agreed)
