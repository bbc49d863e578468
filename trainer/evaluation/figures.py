"""One line of an evaluation: what was measured, what is wanted, and what the rival reaches."""

from dataclasses import dataclass
from typing import Literal

Sense = Literal["at least", "at most", "note"]
NOTHING_WANTED = ""


@dataclass(frozen=True)
class Figure:
    """A measured value.

    Attributes:
        name: What was measured.
        got: The value, None where there was nothing to measure.
        wanted: Bound, None for a value that is only told.
        sense: Whether the bound is a least or a largest value.
        baseline: What the simple rival reaches, None without one.
        beat_baseline: Whether the rival has to be beaten as well.
        remark: Interval, ceiling or count, in words.
    """

    name: str
    got: float | None
    wanted: float | None = None
    sense: Sense = "at least"
    baseline: float | None = None
    beat_baseline: bool = False
    remark: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value is good enough, None where nothing is wanted."""
        if self.wanted is None and not self.beat_baseline:
            return None
        if self.got is None:
            return False
        return self._within_bound(self.got) and self._beats(self.got)

    def _within_bound(self, got: float) -> bool:
        if self.wanted is None:
            return True
        return got <= self.wanted if self.sense == "at most" else got >= self.wanted

    def _beats(self, got: float) -> bool:
        if not self.beat_baseline or self.baseline is None:
            return True
        return got < self.baseline if self.sense == "at most" else got > self.baseline

    @property
    def wanted_in_words(self) -> str:
        """The bound as people read it."""
        bound = NOTHING_WANTED if self.wanted is None else f"{self.sense} {self.wanted:g}"
        rival = "above baseline" if self.sense != "at most" else "below baseline"
        return ", ".join(part for part in (bound, rival if self.beat_baseline else "") if part)

    @property
    def verdict(self) -> str:
        """Met, missed, or nothing where nothing is wanted."""
        return "" if self.met is None else "met" if self.met else "missed"
