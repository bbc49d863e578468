"""Hit points tapped while the film plays: taps close together become one event."""

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import StudioError
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio.commands import make_event
from msg_studio.qt_models.project_model import ProjectModel

JOINED_MS = 1200
LEAD_IN_SAMPLES = PROJECT_RATE_HZ // 10
RING_OUT_SAMPLES = PROJECT_RATE_HZ // 2


class HitTaps(QObject):
    """Gathers taps and makes an event of them when 1.2 s have passed without another one.

    Signals:
        changed: A tap came, or the taps became an event.
        refused: The event could not be made (why, in a sentence).
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, model: ProjectModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._lane = ""
        self._hits: list[int] = []
        self.timer = QTimer(self, singleShot=True, interval=JOINED_MS)
        self.timer.timeout.connect(self.finish)

    @property
    def hits(self) -> tuple[int, ...]:
        """Taps that wait to become an event, in order of time."""
        return tuple(sorted(self._hits))

    @property
    def lane(self) -> str:
        """Lane the event will lie on."""
        return self._lane

    @property
    def where(self) -> TimeRange | None:
        """Range of the event so far, None without taps."""
        if not self._hits:
            return None
        clip = self._model.project.clip
        last = max(self._hits) + RING_OUT_SAMPLES
        end = min(last, clip.duration_samples) if clip else last
        start = max(0, min(self._hits) - LEAD_IN_SAMPLES)
        return TimeRange(start, max(start + 1, end))

    def tap(self, sample: int, *, lane: str) -> None:
        """Note a hit point; one far from the last begins another event."""
        joined = PROJECT_RATE_HZ * JOINED_MS // 1000
        if self._hits and abs(sample - self._hits[-1]) >= joined:
            self.finish()
        if not self._hits:
            self._lane = lane
        self._hits.append(sample)
        self.timer.start()
        self.changed.emit()

    def finish(self) -> None:
        """Make the event of the taps so far."""
        where, hits, lane = self.where, self.hits, self._lane
        self.forget()
        if where is None:
            return
        try:
            make_event(self._model, lane, where, hits=hits)
        except StudioError as error:
            self.refused.emit(str(error))

    def forget(self) -> None:
        """Give the taps up."""
        self.timer.stop()
        self._hits.clear()
        self.changed.emit()
