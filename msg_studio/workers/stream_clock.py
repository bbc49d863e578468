"""How much of a sound stream has been heard: frames asked for, less those that wait in the device."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.timing import PROJECT_RATE_HZ

StereoBlock = NDArray[np.float32]  # (F, 2), F frames
Fill = Callable[[StereoBlock], None]
Timer = Callable[[], float]

# Share of a new reading that the clock takes over: it follows the device's drift, not its jitter.
_SMOOTHING = 0.1
_LARGEST_JITTER_S = 0.1


@dataclass(frozen=True)
class _Reading:
    """What the clock knew when a block was asked for.

    Attributes:
        asked: Frames asked for by then, this block included.
        lead_s: Stream time less computer time.
        at_s: Computer time.
    """

    asked: int
    lead_s: float
    at_s: float


class StreamClock:
    """Counts what a device asks for (on its thread) and tells what is heard (on any other one)."""

    def __init__(self, timer: Timer = time.perf_counter) -> None:
        self._timer = timer
        self._reading = _Reading(0, 0.0, timer())
        self._heard = 0

    def now_s(self) -> float:
        """The computer's time."""
        return self._timer()

    def note(self, frames: int, *, at_s: float, delay_s: float) -> None:
        """Note that the device asked for a block.

        Args:
            frames: Frames of the block.
            at_s: Computer time of the call.
            delay_s: Time from the call until the block's first frame is heard.
        """
        last = self._reading
        lead_s = last.asked / PROJECT_RATE_HZ - (at_s + delay_s)
        off_s = lead_s - last.lead_s
        if last.asked and abs(off_s) <= _LARGEST_JITTER_S:
            lead_s = last.lead_s + _SMOOTHING * off_s
        self._reading = _Reading(last.asked + frames, lead_s, at_s)

    @property
    def frames_asked(self) -> int:
        """Frames the device has asked for."""
        return self._reading.asked

    def frames_heard(self) -> int:
        """Frames that have left the device; never fewer than said before, never more than it asked for."""
        reading = self._reading
        reached = round((self._timer() + reading.lead_s) * PROJECT_RATE_HZ) if reading.asked else 0
        self._heard = max(self._heard, min(reached, reading.asked))
        return self._heard

    def quiet_s(self) -> float:
        """Time since the device last asked for anything."""
        return self._timer() - self._reading.at_s


class StreamFeed:
    """Gets each block that a device asks for from the one who fills it.

    It runs on the device's thread, where nobody could catch an error: a fill that fails gives
    silence, and `fault` keeps what happened for the window to show.

    Attributes:
        clock: The stream's clock.
        underruns: Times the device ran dry.
        fault: What went wrong in the last fill that failed, empty when none did.
    """

    def __init__(self, fill: Fill, timer: Timer = time.perf_counter) -> None:
        self.clock = StreamClock(timer)
        self.underruns = 0
        self.fault = ""
        self._fill = fill

    def ask(self, block: StereoBlock, *, delay_s: float) -> None:
        """Fill a block whose first frame will be heard after a delay."""
        at_s = self.clock.now_s()
        try:
            self._fill(block)
        except Exception as error:  # noqa: BLE001 - see the class: an error must not end the device's thread
            block.fill(0)
            self.fault = f"{type(error).__name__}: {error}"
        self.clock.note(len(block), at_s=at_s, delay_s=delay_s)


def plausible_delay_s(stated_s: float, *, buffer_s: float) -> float:
    """The delay a device states where it can be true, else the length of its buffer.

    Several systems state 0, a wrong or a negative time, above all while they start.

    Args:
        stated_s: What the device says.
        buffer_s: Length of its buffer.
    """
    return stated_s if 0 < stated_s <= 2 * buffer_s else buffer_s
