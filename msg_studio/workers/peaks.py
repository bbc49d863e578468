"""Waveforms for the timeline: pyramids of the production sound and the takes, built in a thread."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QThread, Signal

from engine.errors import StudioError
from engine.media.audio_file import read_audio, read_clip_audio
from engine.project.project import Project
from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.peak_pyramid import PeakPyramid, guide_key, take_key


@dataclass(frozen=True)
class Sound:
    """A sound whose waveform is wanted.

    Attributes:
        key: Name it is looked up by.
        read: Gives its samples, (C, N), at 48 kHz.
    """

    key: str
    read: Callable[[], FloatArray]


class Reader(QObject):
    """Lives in the thread: one sound in, one pyramid or one sentence out.

    Signals:
        done: (key, PeakPyramid or None, why there is none).
    """

    done = Signal(str, object, str)

    def read(self, sound: Sound) -> None:
        """Read a sound and build its pyramid."""
        try:
            pyramid = PeakPyramid.of(sound.read())
        except StudioError as error:
            self.done.emit(sound.key, None, str(error))
        else:
            self.done.emit(sound.key, pyramid, "")


class Peaks(QObject):
    """Keeps the pyramids of one project; those of its film and chosen takes come first.

    Close it before the application ends.

    Signals:
        ready: The pyramid of a key is there, or it is known why it is not (str).
    """

    ready = Signal(str)
    _asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pyramids: dict[str, PeakPyramid] = {}
        self._trouble: dict[str, str] = {}
        self._waiting: deque[Sound] = deque()
        self._reading = ""
        self._thread = QThread(self)
        self._reader = Reader()  # no parent: it moves to the thread
        self._reader.moveToThread(self._thread)
        self._asked.connect(self._reader.read)
        self._reader.done.connect(self._take)
        self._thread.start()

    def follow(self, model: ProjectModel) -> None:
        """Get every sound of the open project, now and after each change of it."""
        model.project_changed.connect(lambda: self.want(model.project))
        self.want(model.project)

    def want(self, project: Project) -> None:
        """Get the sounds of a project; what belongs to none of them is forgotten."""
        wanted = {sound.key: sound for sound in sounds_of(project)}
        self._pyramids = {key: one for key, one in self._pyramids.items() if key in wanted}
        self._trouble = {key: words for key, words in self._trouble.items() if key in wanted}
        known = {*self._pyramids, *self._trouble, self._reading}
        self._waiting = deque(sound for key, sound in wanted.items() if key not in known)
        self._read_next()

    def peaks_for(self, key: str) -> PeakPyramid | None:
        """The pyramid of a key, None while or when there is none."""
        return self._pyramids.get(key)

    def trouble_for(self, key: str) -> str:
        """Why a key has no pyramid, empty while it is on its way."""
        return self._trouble.get(key, "")

    def retry(self, project: Project) -> None:
        """Try again what could not be read: a file has come back."""
        self._trouble.clear()
        self.want(project)

    def close(self) -> None:
        """End the thread; the sound it is reading is read to its end."""
        self._waiting.clear()
        self._thread.quit()
        self._thread.wait()

    def _read_next(self) -> None:
        if not self._reading and self._waiting:
            sound = self._waiting.popleft()
            self._reading = sound.key
            self._asked.emit(sound)

    def _take(self, key: str, pyramid: PeakPyramid | None, trouble: str) -> None:
        self._reading = ""
        if pyramid is None:
            self._trouble[key] = trouble
        else:
            self._pyramids[key] = pyramid
        self.ready.emit(key)
        self._read_next()


def sounds_of(project: Project) -> Iterator[Sound]:
    """Sounds of a project, those seen first in front: the guide, chosen takes, other takes."""
    if project.clip is not None and project.clip.audio is not None:
        yield Sound(guide_key(project.clip), partial(read_clip_audio, project.clip.path))
    for take in sorted(project.takes, key=lambda take: take.id not in project.chosen):
        yield Sound(take_key(take), partial(read_audio, take.path, rate_hz=PROJECT_RATE_HZ))
