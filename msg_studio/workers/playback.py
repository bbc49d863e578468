"""Playing in step with the sound: the playhead follows what has left the sound device."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio.qt_models.playhead import Playhead
from msg_studio.workers.audio_output import AudioOutput, SilentOutput, open_output
from msg_studio.workers.mixer import LaidSound, Mixer

OpenOutput = Callable[..., AudioOutput]

_TICK_MS = 16
_REST_MS = 250
_TICKS_TO_REST = 60  # the meter falls back meanwhile
_LONGEST_QUIET_S = 2.0
_QUIET_TICKS = 3  # a window that was busy itself must not blame the device


class Playback(QObject):
    """Ties playhead, mixer and sound device together. Sound goes on while the window is busy.

    Signals:
        output_changed: Another output runs, or none better was found (what runs, in words).
        underrun: The device ran dry again (times so far).
        level: Peaks since the last time (left, right), 1 is full scale.
        fault: A block could not be mixed and was silent (why, in words).

    Args:
        playhead: Moved by what is heard; its asked speed and position are obeyed.
        parent: Owner.
        open_output: Opens the best output, again on rescan with ``rescan=True``.
    """

    output_changed = Signal(str)
    underrun = Signal(int)
    level = Signal(float, float)
    fault = Signal(str)

    def __init__(
        self, playhead: Playhead, parent: QObject | None = None, *, open_output: OpenOutput = open_output
    ) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._open_output = open_output
        self._mixer = Mixer()
        self._offset_samples = 0
        self._scrub_sound = True
        self._underruns = 0
        self._fault = ""
        self._quiet_ticks = 0
        self._idle_ticks = 0
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        playhead.sought.connect(self._seek)
        playhead.speed_changed.connect(self._set_speed)
        playhead.marks_changed.connect(self._set_loop)
        self._output = open_output()
        self._begin()

    @property
    def words(self) -> str:
        """Which output runs, and why nothing better does."""
        return self._output.words

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each better output does not run."""
        return self._output.reasons

    @property
    def audible(self) -> bool:
        """Whether anything can be heard."""
        return self._output.audible

    @property
    def latency_s(self) -> float:
        """Time from mixing a frame until it is heard."""
        return self._output.latency_s

    def set_sounds(self, sounds: Sequence[LaidSound]) -> None:
        """Hear these from now on, at the same position, without a click."""
        self._mixer.set_sounds(sounds)

    def set_monitor_offset_ms(self, offset_ms: float) -> None:
        """Show the picture earlier, by as much as the screen is slower than the loudspeakers."""
        self._offset_samples = round(offset_ms * PROJECT_RATE_HZ / 1000)

    def set_scrub_sound(self, on: bool) -> None:
        """Whether a grain of sound is heard where the user seeks while stopped."""
        self._scrub_sound = on

    def rescan(self) -> None:
        """Stop, look for sound devices again, and go on with the best one."""
        self._playhead.stop()
        self._output.stop()
        self._output = self._open_output(rescan=True)
        self._begin()

    def shut_down(self) -> None:
        """Stop and close the device; the object is of no use afterwards."""
        self._timer.stop()
        self._playhead.stop()
        self._output.stop()

    def _begin(self) -> None:
        """Draw from the mixer for a new output, from the present position."""
        self._underruns = 0
        self._fault = ""
        self._quiet_ticks = 0
        self._mixer.restart_count()
        self._mixer.set_length(self._playhead.duration)
        self._mixer.seek(self._playhead.position)
        self._output.start(self._mixer.fill)
        self.output_changed.emit(self._output.words)
        self._wake()

    def _seek(self, position: int) -> None:
        self._mixer.set_length(self._playhead.duration)
        self._set_loop()
        self._mixer.seek(position, grain=self._scrub_sound and not self._playhead.playing)
        self._wake()

    def _set_speed(self, speed: float) -> None:
        if speed != 0:
            self._go_where_playing_begins(speed)
        self._mixer.set_speed(speed)
        if speed == 0:
            # What still waits in the device is heard, but the picture stays where the key was pressed.
            self._mixer.seek(self._playhead.position)
        self._wake()

    def _go_where_playing_begins(self, speed: float) -> None:
        """Play a loop from its start when outside of it, the film from its start when at its end."""
        playhead = self._playhead
        loop = self._loop()
        if speed < 0:
            return
        if loop is not None and not loop.start_samples <= playhead.position < loop.end_samples:
            playhead.seek(loop.start_samples)
        elif playhead.position >= playhead.duration:
            playhead.seek(0)

    def _set_loop(self) -> None:
        self._mixer.set_loop(self._loop())

    def _loop(self) -> TimeRange | None:
        """What is repeated: the marked segment, the whole film without one."""
        playhead = self._playhead
        if not playhead.looping or playhead.duration == 0:
            return None
        return playhead.segment or TimeRange(0, playhead.duration)

    def _wake(self) -> None:
        self._idle_ticks = 0
        self._timer.start(_TICK_MS)

    def _tick(self) -> None:
        self._follow()
        self._report()
        self._watch_device()
        self._rest()

    def _follow(self) -> None:
        """Move the playhead to what is heard now; what was mixed before the last seek does not count."""
        playhead = self._playhead
        place = self._mixer.place_of(self._output.feed.clock.frames_heard())
        if not playhead.playing or place.seeks != self._mixer.seeks:
            return
        lead = round(self._offset_samples * place.step)
        playhead.follow(place.position + lead)
        at_end = place.position >= playhead.duration if playhead.speed > 0 else place.position <= 0
        if at_end and place.step == 0:
            playhead.stop()

    def _report(self) -> None:
        self.level.emit(*self._mixer.take_peaks())
        feed = self._output.feed
        if feed.underruns != self._underruns:
            self._underruns = feed.underruns
            self.underrun.emit(feed.underruns)
        if feed.fault != self._fault:
            self._fault = feed.fault
            self.fault.emit(f"The mixer stumbled and was silent for a moment ({feed.fault})")

    def _watch_device(self) -> None:
        """Go on with the computer's clock when the device does not ask any more."""
        quiet = self._output.feed.clock.quiet_s() > _LONGEST_QUIET_S
        self._quiet_ticks = self._quiet_ticks + 1 if quiet else 0
        if self._quiet_ticks < _QUIET_TICKS or not self._output.audible:
            return
        gone = self._output
        gone.stop()
        self._playhead.stop()
        self._output = SilentOutput(
            "The sound device went away: timing runs on the computer clock; connect one and press Rescan",
            reasons=(f"{gone.name} asked for nothing for {_LONGEST_QUIET_S:.0f} s",),
        )
        self._begin()

    def _rest(self) -> None:
        """Look only now and then while nothing moves."""
        self._idle_ticks = 0 if self._playhead.playing else self._idle_ticks + 1
        if self._idle_ticks == _TICKS_TO_REST:
            self._timer.start(_REST_MS)
