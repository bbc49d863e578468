"""Stretches of the 25 Hz grid, and the windows that long ones are worked on in."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.timing import FAST_STEPS_PER_SLOW, PROJECT_RATE_HZ, TOKEN_RATE_HZ, TimeRange

SAMPLES_PER_STEP = PROJECT_RATE_HZ // TOKEN_RATE_HZ
LEAST_STEPS = 64


@dataclass(frozen=True)
class StepRange:
    """A stretch of the 25 Hz grid, the end excluded."""

    start: int
    end: int

    @property
    def count(self) -> int:
        """Steps in it."""
        return self.end - self.start

    @property
    def start_samples(self) -> int:
        """Start at 48 kHz."""
        return self.start * SAMPLES_PER_STEP

    @property
    def end_samples(self) -> int:
        """End at 48 kHz."""
        return self.end * SAMPLES_PER_STEP

    def widened(self, by: int, *, within: int) -> "StepRange":
        """This stretch with so many steps more on both sides, kept inside [0, within]."""
        return StepRange(max(0, self.start - by), min(within, self.end + by))

    def inside(self, outer: "StepRange") -> "StepRange":
        """This stretch counted from the start of another one that holds it."""
        return StepRange(self.start - outer.start, self.end - outer.start)

    def joined(self, other: "StepRange") -> "StepRange":
        """The shortest stretch that holds this one and another."""
        return StepRange(min(self.start, other.start), max(self.end, other.end))

    def whole_slow_steps(self, *, within: int) -> "StepRange":
        """This stretch widened to whole slow steps, as far as ``within``, itself whole, allows."""
        end = self.end + -self.end % FAST_STEPS_PER_SLOW
        return StepRange(self.start - self.start % FAST_STEPS_PER_SLOW, min(within, end))


def own_steps(where: TimeRange, *, clip_steps: int) -> StepRange:
    """Steps that a time range touches; at least one, inside the clip."""
    start = min(where.start_samples // SAMPLES_PER_STEP, clip_steps - 1)
    end = min(clip_steps, -(-where.end_samples // SAMPLES_PER_STEP))
    return StepRange(start, max(end, start + 1))


def steps_of(where: TimeRange, *, clip_steps: int) -> StepRange:
    """Whole slow steps around a time range, widened to at least LEAST_STEPS where the clip allows."""
    start, end = where.start_samples // SAMPLES_PER_STEP, -(-where.end_samples // SAMPLES_PER_STEP)
    lacking = max(0, LEAST_STEPS - (end - start))
    start = max(0, start - (lacking + 1) // 2)
    end = min(clip_steps, max(end + lacking // 2, start + LEAST_STEPS))
    start = max(0, min(start, end - LEAST_STEPS))
    start -= start % FAST_STEPS_PER_SLOW
    end = min(clip_steps, end + -(end - start) % FAST_STEPS_PER_SLOW)
    return StepRange(start, end)


def windows_of(steps: StepRange, size: int) -> Iterator[StepRange]:
    """The stretch in windows of ``size`` steps; the last one takes the rest, so none is shorter."""
    starts = range(steps.start, max(steps.start + 1, steps.end - size + 1), size)
    for start in starts:
        yield StepRange(start, steps.end if start == starts[-1] else start + size)
