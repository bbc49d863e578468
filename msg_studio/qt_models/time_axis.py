"""The horizontal scale of everything that is drawn over time."""

from PySide6.QtCore import QObject, Signal

from engine.timing import PROJECT_RATE_HZ, TimeRange

CLOSEST = 4.0  # samples per pixel
EMPTY_DURATION = 10 * PROJECT_RATE_HZ  # shown while there is no film
MARGIN = 0.04  # of the width, beside a range brought into view


class TimeAxis(QObject):
    """Maps samples at 48 kHz to pixels.

    Signals:
        changed: Scale, scroll, width or duration changed.

    Attributes:
        first_sample: Sample at the left edge.
        samples_per_pixel: Scale.
        width_px: Width of the drawing.
        duration: Length of what is drawn, in samples.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.first_sample = 0
        self.samples_per_pixel = EMPTY_DURATION / 1000
        self.width_px = 1000
        self.duration = EMPTY_DURATION

    def x_of(self, sample: float) -> float:
        """Pixel of a sample; left of the drawing it is negative."""
        return (sample - self.first_sample) / self.samples_per_pixel

    def sample_at(self, x: float) -> int:
        """Sample at a pixel, inside the film."""
        return min(max(0, round(self.first_sample + x * self.samples_per_pixel)), self.duration)

    @property
    def visible(self) -> TimeRange:
        """What the width shows; it may reach beyond the film's end."""
        return TimeRange(
            self.first_sample, self.first_sample + max(1, round(self.width_px * self.samples_per_pixel))
        )

    def set_width(self, px: int) -> None:
        """The drawing has another width; what fitted exactly still does."""
        showed_all = self._shows_all()
        self.width_px = max(1, px)
        if showed_all:
            self.samples_per_pixel = self._widest()
        self._settle(self.first_sample)

    def set_duration(self, samples: int) -> None:
        """Another film: all of it is shown."""
        self.duration = samples or EMPTY_DURATION
        self.show_all()

    def zoom(self, factor: float, *, around_x: float) -> None:
        """Draw everything `factor` times as wide; the sample at a pixel stays there."""
        anchor = self.first_sample + around_x * self.samples_per_pixel
        self.samples_per_pixel = min(max(CLOSEST, self.samples_per_pixel / factor), self._widest())
        self._settle(round(anchor - around_x * self.samples_per_pixel))

    def scroll_to(self, first_sample: int) -> None:
        """Bring a sample to the left edge, as far as there is film."""
        self._settle(first_sample)

    def show_range(self, where: TimeRange) -> None:
        """Zoom and scroll so that a range fills the width, with a small margin."""
        room = where.duration_samples / (1 - 2 * MARGIN)
        self.samples_per_pixel = min(max(CLOSEST, room / self.width_px), self._widest())
        self._settle(round(where.start_samples - MARGIN * self.width_px * self.samples_per_pixel))

    def show_all(self) -> None:
        """Zoom out to the whole film."""
        self.samples_per_pixel = self._widest()
        self._settle(0)

    def keep_visible(self, sample: int) -> None:
        """Turn the page when a sample has left the drawing."""
        if not 0 <= self.x_of(sample) < self.width_px:
            self._settle(round(sample - MARGIN * self.width_px * self.samples_per_pixel))

    def _widest(self) -> float:
        return max(CLOSEST, self.duration / self.width_px)

    def _shows_all(self) -> bool:
        return self.samples_per_pixel >= self._widest()

    def _settle(self, first_sample: int) -> None:
        last_start = self.duration - round(self.width_px * self.samples_per_pixel)
        self.first_sample = max(0, min(first_sample, last_start))
        self.changed.emit()
