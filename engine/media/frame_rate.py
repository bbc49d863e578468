"""Finds the true frame rate of a film from the times of its pictures; the header only proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.media.frame_table import FrameTable

STANDARD_RATES = (
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 12, 15, 100, 120)),
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
)
_COARSEST_UNIT_S = Fraction(1, 1000)
_FLOAT_MARGIN = 1.001


@dataclass(frozen=True)
class FrameRate:
    """How fast pictures follow each other.

    Attributes:
        fps: Exact rate, or the exact average where distances differ.
        variable: Whether distances differ by more than the rounding of the time base.
    """

    fps: Fraction
    variable: bool

    def duration_s(self, table: FrameTable) -> Fraction:
        """Length of the picture in seconds, the showing of the last picture included."""
        if not self.variable:
            return len(table) / self.fps
        last = table.last_duration or int(np.median(np.diff(table.pts)))
        return (int(table.pts[-1] - table.pts[0]) + last) * table.time_base


def frame_rate(table: FrameTable, proposed: Sequence[Fraction | None]) -> FrameRate:
    """Rate of a film of at least two pictures.

    A rate counts when every picture lies on its grid, first within one unit of the time base,
    then within a millisecond: films remuxed from .mkv keep its rounding in a finer time base.

    Args:
        table: Times of the pictures.
        proposed: Rates the container states, the most trusted first; None and 0 are passed over.
    """
    average = (len(table) - 1) / (int(table.pts[-1] - table.pts[0]) * table.time_base)
    stated = [Fraction(rate) for rate in proposed if rate]
    standard = sorted(STANDARD_RATES, key=lambda rate: abs(rate - average))
    candidates = [*(rate for rate in stated if rate in STANDARD_RATES), *standard, *stated, average]
    for tolerance_s in (table.time_base, max(table.time_base, _COARSEST_UNIT_S)):
        for rate in candidates:
            if _lies_on_grid(table, rate, tolerance_s=tolerance_s):
                return FrameRate(rate, variable=False)
    return FrameRate(average, variable=True)


def _lies_on_grid(table: FrameTable, rate: Fraction, *, tolerance_s: Fraction) -> bool:
    """Whether every picture lies at its place at this rate."""
    seconds = (table.pts - table.pts[0]) * float(table.time_base)
    places = np.arange(len(table)) / float(rate)
    return bool(np.all(np.abs(seconds - places) <= float(tolerance_s) * _FLOAT_MARGIN))
