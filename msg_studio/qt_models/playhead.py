"""Where we are in the film, and what the user asked the transport for; no sound, no picture."""

from PySide6.QtCore import QObject, Signal

from engine.timing import TimeRange

FASTEST = 8.0


class Playhead(QObject):
    """The one position that picture, sound and timeline share. Positions are samples at 48 kHz.

    Signals:
        moved: The position changed for any reason (int).
        sought: The user asked for a position (int): playback jumps, the picture is shown exactly.
        speed_changed: Another speed was asked for (float), 0 to stop.
        marks_changed: In, out or the loop changed.

    Attributes:
        position: Present position.
        duration: Length of the film; the position may reach it.
        speed: Asked speed: 0 stopped, 1 play, negative backward.
        mark_in: Start of the marked segment, None when not marked.
        mark_out: Its end.
        looping: Whether playback repeats the segment.
    """

    moved = Signal(int)
    sought = Signal(int)
    speed_changed = Signal(float)
    marks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.position = 0
        self.duration = 0
        self.speed = 0.0
        self.mark_in: int | None = None
        self.mark_out: int | None = None
        self.looping = False

    @property
    def playing(self) -> bool:
        """Whether the position moves by itself."""
        return self.speed != 0

    @property
    def segment(self) -> TimeRange | None:
        """The marked segment, None unless both marks stand in order."""
        if self.mark_in is None or self.mark_out is None or self.mark_in >= self.mark_out:
            return None
        return TimeRange(self.mark_in, self.mark_out)

    def set_duration(self, samples: int) -> None:
        """Begin with another film: stopped, at its start, without marks."""
        self.stop()
        self.duration = samples
        self.position = 0
        self.clear_marks()
        self.moved.emit(0)
        self.sought.emit(0)

    def seek(self, sample: int) -> None:
        """Go where the user asked, or to the nearest end of the film."""
        self.follow(sample)
        self.sought.emit(self.position)

    def follow(self, sample: int) -> None:
        """Note the position playback has reached."""
        inside = min(max(0, sample), self.duration)
        if inside != self.position:
            self.position = inside
            self.moved.emit(inside)

    def play(self, speed: float = 1.0) -> None:
        """Ask for a speed; what is beyond 8 times is taken as 8 times."""
        wanted = min(max(-FASTEST, speed), FASTEST)
        if wanted != self.speed:
            self.speed = wanted
            self.speed_changed.emit(wanted)

    def stop(self) -> None:
        """Ask for a stop."""
        self.play(0.0)

    def toggle(self) -> None:
        """Play when stopped, stop when playing."""
        self.play(0.0 if self.playing else 1.0)

    def set_mark_in(self, sample: int | None) -> None:
        """Mark the start of the segment; an out mark before it goes."""
        self.mark_in = sample
        if sample is not None and self.mark_out is not None and self.mark_out <= sample:
            self.mark_out = None
        self.marks_changed.emit()

    def set_mark_out(self, sample: int | None) -> None:
        """Mark the end of the segment; an in mark after it goes."""
        self.mark_out = sample
        if sample is not None and self.mark_in is not None and self.mark_in >= sample:
            self.mark_in = None
        self.marks_changed.emit()

    def set_looping(self, looping: bool) -> None:
        """Repeat the segment, or play on."""
        self.looping = looping
        self.marks_changed.emit()

    def clear_marks(self) -> None:
        """Forget both marks."""
        self.mark_in = self.mark_out = None
        self.marks_changed.emit()
