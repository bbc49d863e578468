"""Adds up laid sounds for the device's thread, at any speed, from any position, without clicks.

Plain Python and numpy. One thread gives orders, one thread draws blocks: an order is a
frozen record put in place of the last one, so that neither ever waits for the other.
Letters: F frames of a block, S samples of one sound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio.workers.stream_clock import StereoBlock

FADE_FRAMES = PROJECT_RATE_HZ // 125  # 8 ms
GRAIN_FRAMES = PROJECT_RATE_HZ // 25  # 40 ms
FASTEST = 8

_CHUNK = 1024
_TRACE_LENGTH = 32
_INT16_FULL_SCALE = 1 << 15
_SHORTEST_LOOP = 4 * FADE_FRAMES
_FADE_IN = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE_FRAMES) + 0.5) / FADE_FRAMES)).astype(np.float32)
_FADE_IN = _FADE_IN[:, None]  # (FADE_FRAMES, 1)
_FADE_OUT = np.float32(1) - _FADE_IN


@dataclass(frozen=True, eq=False)
class LaidSound:
    """A sound with its place on the timeline and in the mix.

    Attributes:
        start_sample: Timeline position of its first sample.
        samples: (S,) mono or (S, 2) stereo at 48 kHz: float32, or int16 with full scale at 2^15.
        gain: Factor.
        name: What it is: "guide" or a take's id.
    """

    start_sample: int
    samples: FloatArray | NDArray[np.int16]
    gain: float = 1.0
    name: str = ""


@dataclass(frozen=True)
class Place:
    """Where on the timeline a frame of the stream was taken from.

    Attributes:
        position: Timeline position in samples.
        step: Timeline samples per frame; 0 while stopped.
        seeks: How many seeks had been obeyed by then.
    """

    position: int
    step: float
    seeks: int


class SoundSet:
    """Laid sounds, made ready to be added up block by block."""

    def __init__(self, sounds: Sequence[LaidSound] = ()) -> None:
        self._starts = np.array([sound.start_sample for sound in sounds], dtype=np.int64)
        self._ends = self._starts + np.array([len(sound.samples) for sound in sounds], dtype=np.int64)
        self._samples = [np.atleast_2d(sound.samples.T).T for sound in sounds]  # each (S, 1) or (S, 2)
        self._levels = [_level(sound) for sound in sounds]

    def add_into(self, block: StereoBlock, first_sample: int, scratch: StereoBlock) -> None:
        """Add what lies from a position on, (F, 2); scratch is at least as long."""
        last_sample = first_sample + len(block)
        for index in np.flatnonzero((self._starts < last_sample) & (self._ends > first_sample)):
            start = int(self._starts[index])
            begin = max(first_sample, start)
            end = min(last_sample, int(self._ends[index]))
            piece = scratch[: end - begin]
            np.multiply(self._samples[index][begin - start : end - start], self._levels[index], out=piece)
            into = block[begin - first_sample : end - first_sample]
            np.add(into, piece, out=into)


class _Workspace:
    """Arrays of one reader, made once: the device's thread makes none."""

    def __init__(self) -> None:
        self.wide = np.zeros((FASTEST * _CHUNK + 4, 2), dtype=np.float32)
        self.scratch = np.zeros_like(self.wide)
        self.second = np.zeros((_CHUNK, 2), dtype=np.float32)
        self.counts = np.arange(_CHUNK, dtype=np.float64)
        self.exact = np.zeros(_CHUNK, dtype=np.float64)
        self.whole = np.zeros(_CHUNK, dtype=np.int64)
        self.part = np.zeros(_CHUNK, dtype=np.float32)


@dataclass
class _Voice:
    """One reading of the timeline.

    Attributes:
        sounds: What is read.
        position: Where; a float, because slow and fast reading falls between samples.
        speed: Timeline samples per frame; 0 is silence.
        seeks: Seeks obeyed when it began.
        grain_left: Frames left of a grain, whose position counts as standing still; None for none.
        grain_at: Position a grain stands for.
    """

    sounds: SoundSet
    position: float
    speed: float
    seeks: int
    grain_left: int | None = None
    grain_at: float = 0.0

    @property
    def shown_position(self) -> float:
        """Position the picture belongs to."""
        return self.position if self.grain_left is None else self.grain_at

    @property
    def shown_step(self) -> float:
        """How fast that position moves."""
        return self.speed if self.grain_left is None else 0.0

    def render(self, block: StereoBlock, work: _Workspace) -> None:
        """Fill a block, (F, 2), and move on."""
        block.fill(0)
        if self.speed == 1:
            self.sounds.add_into(block, int(self.position), work.scratch)
        elif self.speed != 0:
            self._render_stretched(block, work)
        self.position += self.speed * len(block)
        if self.grain_left is not None:
            self.grain_left -= len(block)

    def _render_stretched(self, block: StereoBlock, work: _Workspace) -> None:
        """Read between samples, on straight lines; pitch goes with speed, as on tape."""
        frames = len(block)
        ends = (self.position, self.position + self.speed * (frames - 1))
        first = math.floor(min(ends))
        wide = work.wide[: math.floor(max(ends)) - first + 2]
        wide.fill(0)
        self.sounds.add_into(wide, first, work.scratch)
        exact, whole, part = work.exact[:frames], work.whole[:frames], work.part[:frames]
        np.multiply(work.counts[:frames], self.speed, out=exact)
        np.add(exact, self.position - first, out=exact)
        np.copyto(whole, exact, casting="unsafe")  # towards 0, and nothing here is negative
        np.subtract(exact, whole, out=part, casting="same_kind")
        second = work.second[:frames]
        np.take(wide, whole, axis=0, out=block, mode="clip")
        np.add(whole, 1, out=whole)
        np.take(wide, whole, axis=0, out=second, mode="clip")
        np.subtract(second, block, out=second)
        np.multiply(second, part[:, None], out=second)
        np.add(block, second, out=block)


@dataclass(frozen=True)
class _Order:
    """What the transport wants; the renderer looks at it before each chunk."""

    sounds: SoundSet
    speed: float = 0.0
    position: int = 0
    seeks: int = 0
    grain: bool = False
    loop: TimeRange | None = None
    length: int = 0


@dataclass(frozen=True)
class _Mark:
    """From this frame of the stream on, the timeline ran so."""

    frame: int
    position: float
    step: float
    seeks: int

    def position_at(self, frame: int) -> float:
        return self.position + max(0, frame - self.frame) * self.step


class Mixer:
    """Renders the sound set from the position, at the speed; every change is cross-faded over 8 ms."""

    def __init__(self) -> None:
        self._order = self._obeyed = _Order(SoundSet())
        self._voice = _Voice(self._order.sounds, 0.0, 0.0, 0)
        self._old: _Voice | None = None
        self._fade_left = 0
        self._work = _Workspace()
        self._faded = np.zeros((_CHUNK, 2), dtype=np.float32)
        self._peaks = np.zeros(2, dtype=np.float32)
        self._frames = 0
        self._trace: tuple[_Mark, ...] = ()

    # Orders: for the one thread that drives the transport.

    def set_sounds(self, sounds: Sequence[LaidSound]) -> None:
        """Hear these from now on, at the same position."""
        self._order = replace(self._order, sounds=SoundSet(sounds))

    def set_speed(self, speed: float) -> None:
        """Run at a speed between -8 and 8; 0 is stop."""
        self._order = replace(self._order, speed=min(max(-float(FASTEST), speed), float(FASTEST)))

    def seek(self, position: int, *, grain: bool = False) -> None:
        """Go on from a position; while stopped, a grain of 40 ms can be heard there."""
        self._order = replace(self._order, position=position, seeks=self._order.seeks + 1, grain=grain)

    def set_loop(self, loop: TimeRange | None) -> None:
        """Repeat a stretch; one shorter than 32 ms is not repeated."""
        usable = loop is not None and loop.duration_samples >= _SHORTEST_LOOP
        self._order = replace(self._order, loop=loop if usable else None)

    def set_length(self, length: int) -> None:
        """Where the film ends, in samples; playing stops there."""
        self._order = replace(self._order, length=length)

    @property
    def seeks(self) -> int:
        """Seeks ordered so far."""
        return self._order.seeks

    def restart_count(self) -> None:
        """Count frames from 0 again for another stream; only while no stream draws."""
        self._frames = 0
        self._trace = ()

    def place_of(self, frame: int) -> Place:
        """Where a frame of the stream was taken from; frames not rendered yet count as going on."""
        trace = self._trace
        if not trace:
            return Place(self._order.position, 0.0, self._order.seeks)
        mark = next((mark for mark in reversed(trace) if mark.frame <= frame), trace[0])
        inside = min(max(0.0, mark.position_at(frame)), float(self._obeyed.length))
        return Place(round(inside), mark.step, mark.seeks)

    def take_peaks(self) -> tuple[float, float]:
        """Largest magnitude of left and right since the last call."""
        peaks, self._peaks = self._peaks, np.zeros(2, dtype=np.float32)
        return float(peaks[0]), float(peaks[1])

    # Rendering: for the device's thread.

    def fill(self, block: StereoBlock) -> None:
        """Render the next frames of the stream, (F, 2) float32."""
        done = 0
        while done < len(block):
            self._obey()
            if not self._frames_to_turn():
                self._turn()
            frames = min(len(block) - done, _CHUNK, self._frames_to_turn() or _CHUNK)
            frames = min(frames, self._fade_left or frames)
            self._render(block[done : done + frames])
            done += frames

    def _render(self, chunk: StereoBlock) -> None:
        self._note_place()
        voice, frames = self._voice, len(chunk)
        voice.render(chunk, self._work)
        if self._fade_left and self._old is not None:
            begin = FADE_FRAMES - self._fade_left
            faded = self._faded[:frames]
            self._old.render(faded, self._work)
            np.multiply(chunk, _FADE_IN[begin : begin + frames], out=chunk)
            np.multiply(faded, _FADE_OUT[begin : begin + frames], out=faded)
            np.add(chunk, faded, out=chunk)
            self._fade_left -= frames
        self._frames += frames
        np.abs(chunk, out=self._faded[:frames])
        np.maximum(self._peaks, self._faded[:frames].max(axis=0), out=self._peaks)

    def _obey(self) -> None:
        """Take up a new order; one that comes during a fade waits for its end, 8 ms at most."""
        order, last = self._order, self._obeyed
        if order is last or self._fade_left:
            return
        self._obeyed = order
        sought = order.seeks != last.seeks
        if not sought and order.speed == last.speed and order.sounds is last.sounds:
            return
        position = float(order.position) if sought else self._voice.shown_position
        grain = sought and order.grain and order.speed == 0
        self._change_to(
            _Voice(
                order.sounds,
                float(round(position)) if order.speed == 1 or grain else position,
                1.0 if grain else order.speed,
                order.seeks,
                grain_left=GRAIN_FRAMES if grain else None,
                grain_at=position,
            )
        )

    def _change_to(self, voice: _Voice) -> None:
        silent = voice.speed == 0 and self._voice.speed == 0
        self._old, self._voice = self._voice, voice
        self._fade_left = 0 if silent else FADE_FRAMES

    def _frames_to_turn(self) -> int:
        """Frames until the voice meets the end of grain, loop or film, after a running fade."""
        voice = self._voice
        if voice.speed == 0:
            return _CHUNK
        if voice.grain_left is not None:
            return max(0, voice.grain_left, self._fade_left)
        left = (self._end_ahead() - voice.position) / voice.speed
        return max(0, math.ceil(left), self._fade_left)

    def _end_ahead(self) -> float:
        """Position where the voice has to turn."""
        order, voice = self._obeyed, self._voice
        forward = voice.speed > 0
        if order.loop is not None:
            before_end = voice.position < order.loop.end_samples + FADE_FRAMES * abs(voice.speed)
            after_start = voice.position > order.loop.start_samples - FADE_FRAMES * abs(voice.speed)
            if forward and before_end:
                return float(order.loop.end_samples)
            if not forward and after_start:
                return float(order.loop.start_samples)
        return float(order.length) if forward else 0.0

    def _turn(self) -> None:
        """Stop after a grain or at the film's end, begin again at the loop's."""
        order, voice = self._obeyed, self._voice
        if voice.grain_left is not None:
            self._change_to(_Voice(voice.sounds, voice.grain_at, 0.0, voice.seeks))
            return
        end = self._end_ahead()
        loop = order.loop
        if loop is None or end not in (loop.start_samples, loop.end_samples):
            self._change_to(_Voice(voice.sounds, end, 0.0, voice.seeks))
            return
        start = loop.start_samples if voice.speed > 0 else loop.end_samples
        self._change_to(_Voice(voice.sounds, start + voice.position - end, voice.speed, voice.seeks))

    def _note_place(self) -> None:
        """Note where this stretch of the stream comes from, unless it goes on as the last one did."""
        voice = self._voice
        mark = _Mark(self._frames, voice.shown_position, voice.shown_step, voice.seeks)
        last = self._trace[-1] if self._trace else None
        if last is not None and (last.step, last.seeks) == (mark.step, mark.seeks):
            off = last.position + (mark.frame - last.frame) * last.step - mark.position
            if abs(off) < 0.01:
                return
        self._trace = (*self._trace[1 - _TRACE_LENGTH :], mark)


def _level(sound: LaidSound) -> np.float32:
    """What its samples are multiplied by."""
    full_scale = _INT16_FULL_SCALE if sound.samples.dtype == np.int16 else 1
    return np.float32(sound.gain / full_scale)
