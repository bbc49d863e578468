"""Ticks of the timecode ruler: on whole frames, seconds, minutes or hours, labels never on each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.project.project import Project
from engine.timecode import TimecodeRate, label_of_frame
from engine.timing import PROJECT_RATE_HZ
from msg_studio.views.timeline.geometry import Scale

LABEL_GAP_PX = 14.0
LEAST_TICK_PX = 7.0
SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)


@dataclass(frozen=True)
class Tick:
    """A line of the ruler.

    Attributes:
        x: Pixel.
        label: Timecode, empty for a small tick.
    """

    x: float
    label: str = ""


def ticks(project: Project, scale: Scale, *, width: float, label_px: float) -> list[Tick]:
    """Ticks from the left of the canvas to its right, in order; a label stands right of its tick.

    Args:
        project: Its rate and start give the labels.
        scale: The time axis.
        width: Width of the canvas.
        label_px: Width of a label.
    """
    rate = project.rate
    per_frame = scale.x_of(PROJECT_RATE_HZ) - scale.x_of(0)
    per_frame /= float(rate.fps)  # pixels of a frame
    steps = frame_steps(rate)
    major = next((step for step in steps if step * per_frame >= label_px + LABEL_GAP_PX), steps[-1])
    fits = (step for step in steps if major % step == 0 and step * per_frame >= LEAST_TICK_PX)
    minor = next(fits, major)
    found: list[Tick] = []
    free_from = -label_px - LABEL_GAP_PX
    for number, frame in _frames(project, minor, first_px=-label_px, scale=scale, width=width):
        x = scale.x_of(_sample_of(project, frame))
        labelled = number % major == 0 and x >= free_from
        if labelled:
            free_from = x + label_px + LABEL_GAP_PX / 2
        found.append(Tick(x, label_of_frame(rate, frame) if labelled else ""))
    return found


@cache
def frame_steps(rate: TimecodeRate) -> tuple[int, ...]:
    """Steps in frame numbers, growing: parts of a second that divide it, seconds, minutes, hours."""
    second = rate.frames_per_label_second
    parts = tuple(step for step in range(1, second) if second % step == 0)
    return parts + tuple(step * second for step in SECOND_STEPS)


def _frames(
    project: Project, step: int, *, first_px: float, scale: Scale, width: float
) -> Iterator[tuple[int, int]]:
    """Label numbers at a step that lie on the canvas, and the frames they stand on."""
    rate, start = project.rate, project.start_frame
    origin, per_second = scale.x_of(0), scale.x_of(PROJECT_RATE_HZ) - scale.x_of(0)
    first = start + max(0.0, (first_px - origin) / per_second) * float(rate.fps)
    last = start + (width - origin) / per_second * float(rate.fps)
    # Drop-frame numbers run ahead of the count like the clock does, give or take the frames left out at once.
    ahead = rate.frames_per_label_second / float(rate.fps) if rate.drop_frame else 1.0
    number = int(first * ahead - rate.dropped_per_minute) // step * step
    while (frame := counted_frame(rate, number)) <= last:
        if frame >= start:
            yield number, frame
        number += step


def counted_frame(rate: TimecodeRate, number: int) -> int:
    """The frame a label number stands on; numbers that drop-frame leaves out stand on the next one."""
    per_second = rate.frames_per_label_second
    second, within = divmod(number, per_second)
    minute = second // 60
    if second % 60 == 0 and minute % 10 and within < rate.dropped_per_minute:
        within = rate.dropped_per_minute
    return second * per_second + within - rate.dropped_per_minute * (minute - minute // 10)


def _sample_of(project: Project, frame: int) -> int:
    return round((frame - project.start_frame) * PROJECT_RATE_HZ / project.rate.fps)
