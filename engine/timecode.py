"""Timecode: rates, labels, and the sample count since midnight that BWF files carry.

All arithmetic is exact (`Fraction`) and rounded once, at the end.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from engine.errors import InputError
from engine.timing import PROJECT_RATE_HZ

DEFAULT_START = "01:00:00:00"

_NTSC = Fraction(1000, 1001)
STANDARD_RATES = (
    24 * _NTSC, Fraction(24), Fraction(25), 30 * _NTSC, Fraction(30),
    48 * _NTSC, Fraction(48), Fraction(50), 60 * _NTSC, Fraction(60),
)  # fmt: skip
_DROP_RATES = (30 * _NTSC, 60 * _NTSC)
_FALLBACK_RATES = (Fraction(24), Fraction(25), Fraction(30))

# Containers that count milliseconds give averages such as 23.98; the nearest standard rates lie 0.1 % apart.
_TOLERANCE = Fraction(1, 5000)
_LABEL = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.])(\d{2})")


@dataclass(frozen=True)
class TimecodeRate:
    """How timecode counts.

    Attributes:
        fps: Frames per second, exact (24000/1001).
        drop_frame: Whether labels skip numbers to stay with the clock.
        exact: Whether the film's own frames are the ones counted.
    """

    fps: Fraction
    drop_frame: bool
    exact: bool

    @property
    def frames_per_label_second(self) -> int:
        """Frame numbers in one second of labels (30 for 29.97)."""
        return round(self.fps)

    @property
    def dropped_per_minute(self) -> int:
        """Frame numbers left out each minute that is not a tenth one."""
        return self.frames_per_label_second // 15 if self.drop_frame else 0

    @property
    def frames_per_day(self) -> int:
        """Frames from 00:00:00:00 until that label comes again."""
        return 24 * 3600 * self.frames_per_label_second - self.dropped_per_minute * 9 * 6 * 24


def project_rate(fps: Fraction, *, drop_frame: bool = False) -> TimecodeRate:
    """Rate of a project for a film's rate.

    A standard rate is kept; for any other one, timecode counts at the nearest of 24, 25
    and 30, and positions come from exact time instead of frame counts.

    Raises:
        InputError: When the rate is not positive, or drop-frame is asked for at a rate without it.
    """
    if fps <= 0:
        raise InputError(f"A frame rate of {fps} is not possible: give frames per second above 0.")
    standard = min(STANDARD_RATES, key=lambda rate: abs(rate - fps))
    if abs(standard - fps) <= _TOLERANCE * standard:
        rate = TimecodeRate(standard, drop_frame, exact=True)
    else:
        nearest = min(_FALLBACK_RATES, key=lambda rate: abs(rate - fps))
        rate = TimecodeRate(nearest, drop_frame, exact=False)
    if drop_frame and rate.fps not in _DROP_RATES:
        raise InputError(
            f"Drop-frame exists at 29.97 and 59.94 only, not at {float(fps):.3f}: switch it off."
        )
    return rate


def frame_of_label(rate: TimecodeRate, label: str) -> int:
    """Frames from 00:00:00:00 to a label such as "01:00:00:00" (";" before the frames: drop-frame).

    Raises:
        InputError: When the label is malformed, out of range, or left out by drop-frame.
    """
    hours, minutes, seconds, frames = _parts(rate, label)
    minute = hours * 60 + minutes
    if seconds == 0 and minute % 10 and frames < rate.dropped_per_minute:
        raise InputError(
            f"Timecode {label!r} does not exist in drop-frame: "
            f"this minute begins at frame {rate.dropped_per_minute:02}."
        )
    counted = (minute * 60 + seconds) * rate.frames_per_label_second + frames
    return counted - rate.dropped_per_minute * (minute - minute // 10)


def label_of_frame(rate: TimecodeRate, frame: int) -> str:
    """Label of a frame counted from 00:00:00:00; the day begins anew after 24 hours."""
    frame %= rate.frames_per_day
    if rate.dropped_per_minute:
        frame += _skipped_numbers(rate, frame)
    seconds, frames = divmod(frame, rate.frames_per_label_second)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}{';' if rate.drop_frame else ':'}{frames:02}"


def time_reference(
    rate: TimecodeRate, start_frame_label: str, sample: int, *, rate_hz: int = PROJECT_RATE_HZ
) -> int:
    """Samples since midnight of a timeline position, as `bext` and iXML carry it.

    Args:
        rate: The project's timecode rate.
        start_frame_label: Label of the first picture frame ("01:00:00:00").
        sample: Position on the timeline, 0 at the first picture frame; negative before it.
        rate_hz: Samples per second.

    Raises:
        InputError: When the label is not one of this rate.
    """
    start = frame_of_label(rate, start_frame_label) * rate_hz / rate.fps
    day = rate.frames_per_day * rate_hz / rate.fps
    return round((start + sample) % day)


def format_timecode(
    rate: TimecodeRate, start_frame_label: str, sample: int, *, rate_hz: int = PROJECT_RATE_HZ
) -> str:
    """Label of the frame that a timeline position lies in.

    Raises:
        InputError: When the start label is not one of this rate.
    """
    # Half a sample of grace: the sample nearest to a frame's begin belongs to that frame.
    frames = math.floor((sample + Fraction(1, 2)) * rate.fps / rate_hz)
    return label_of_frame(rate, frame_of_label(rate, start_frame_label) + frames)


def sample_of_timecode(
    rate: TimecodeRate, start_frame_label: str, label: str, *, rate_hz: int = PROJECT_RATE_HZ
) -> int:
    """Timeline position where the frame of a label begins; negative before the picture.

    Raises:
        InputError: When a label is not one of this rate.
    """
    frames = frame_of_label(rate, label) - frame_of_label(rate, start_frame_label)
    return round(frames * rate_hz / rate.fps)


def _parts(rate: TimecodeRate, label: str) -> tuple[int, int, int, int]:
    match = _LABEL.fullmatch(label.strip())
    if match is None:
        raise InputError(
            f"Timecode {label!r} cannot be read: write hours:minutes:seconds:frames, as 01:00:00:00."
        )
    if match[4] != ":" and not rate.drop_frame:
        raise InputError(
            f"Timecode {label!r} is drop-frame, the project is not: write {label.replace(match[4], ':')}."
        )
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= rate.frames_per_label_second:
        raise InputError(
            f"Timecode {label!r} is out of range: up to 23:59:59:{rate.frames_per_label_second - 1:02} "
            f"at {float(rate.fps):.3f} frames a second."
        )
    return hours, minutes, seconds, frames


def _skipped_numbers(rate: TimecodeRate, frame: int) -> int:
    """Frame numbers drop-frame has left out before the frame of this count."""
    dropped = rate.dropped_per_minute
    minute = 60 * rate.frames_per_label_second - dropped
    tens, rest = divmod(frame, 10 * minute + dropped)
    full_minutes = max(0, (rest - dropped) // minute)
    return dropped * (9 * tens + full_minutes)
