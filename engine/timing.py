"""Positions and grids: 48 kHz timeline samples, time ranges, and the starter's token grid.

A timeline position is an integer number of samples at PROJECT_RATE_HZ. Seconds as float
are for display and tensors only.
"""

from dataclasses import dataclass
from fractions import Fraction

from engine.errors import InputError

PROJECT_RATE_HZ = 48_000
MODEL_RATE_HZ = 44_100
MEL_HOP = 441
MEL_RATE_HZ = 100
TOKEN_RATE_HZ = 25
MEL_FRAMES_PER_TOKEN = MEL_RATE_HZ // TOKEN_RATE_HZ
FAST_STEPS_PER_SLOW = 4


def seconds_to_samples(seconds: float | Fraction, *, rate_hz: int = PROJECT_RATE_HZ) -> int:
    """Nearest sample of a time in seconds (exact for a Fraction)."""
    return round(Fraction(seconds) * rate_hz)


def samples_to_seconds(samples: int, *, rate_hz: int = PROJECT_RATE_HZ) -> float:
    """Seconds of a sample position, for display and tensors."""
    return samples / rate_hz


def rescale(samples: int, *, from_hz: int, to_hz: int) -> int:
    """The same moment on another sample grid, rounded once."""
    return round(Fraction(samples * to_hz, from_hz))


@dataclass(frozen=True)
class TimeRange:
    """A stretch of the timeline, end excluded, in samples at 48 kHz.

    Raises:
        InputError: When the end does not lie after the start.
    """

    start_samples: int
    end_samples: int

    def __post_init__(self) -> None:
        if self.end_samples <= self.start_samples:
            raise InputError(
                f"Time range {self.start_s:.3f} s to {self.end_s:.3f} s is empty: "
                "give an end that lies after the start."
            )

    @classmethod
    def from_seconds(cls, start_s: float, end_s: float) -> "TimeRange":
        """Range from float seconds, rounded to samples."""
        return cls(seconds_to_samples(start_s), seconds_to_samples(end_s))

    @property
    def duration_samples(self) -> int:
        """Length in samples."""
        return self.end_samples - self.start_samples

    @property
    def start_s(self) -> float:
        """Start in seconds, for display."""
        return samples_to_seconds(self.start_samples)

    @property
    def end_s(self) -> float:
        """End in seconds, for display."""
        return samples_to_seconds(self.end_samples)

    @property
    def duration_s(self) -> float:
        """Length in seconds, for display."""
        return samples_to_seconds(self.duration_samples)

    def holds(self, sample: int) -> bool:
        """Whether a position lies inside, the end excluded."""
        return self.start_samples <= sample < self.end_samples

    def shifted(self, by_samples: int) -> "TimeRange":
        """The same length, later by so many samples; it may begin before 0."""
        return TimeRange(self.start_samples + by_samples, self.end_samples + by_samples)

    def widened(self, *, by_samples: int, within_samples: int) -> "TimeRange":
        """This range with handles on both sides, kept inside [0, within_samples]."""
        return TimeRange(
            max(0, self.start_samples - by_samples),
            min(within_samples, self.end_samples + by_samples),
        )


def token_count(duration_samples: int) -> int:
    """Tokens (25 Hz) that cover a stretch of 48 kHz samples."""
    samples_per_token = PROJECT_RATE_HZ // TOKEN_RATE_HZ
    return max(1, -(-duration_samples // samples_per_token))
