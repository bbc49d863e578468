"""Waveforms for the timeline: pyramids of the production sound and the takes, built in a thread.

Letters: C channels, n samples of a block.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from engine.errors import Cancelled, StudioError
from engine.media.audio_file import audio_blocks, clip_audio_blocks
from engine.project.project import Project
from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.timeline.peak_pyramid import (
    COARSE_BLOCK,
    FINE_BLOCK,
    FINE_UP_TO,
    PeakPyramid,
    guide_key,
    take_key,
)

Blocks = Iterator[FloatArray]


@dataclass(frozen=True)
class Sound:
    """A sound whose waveform is wanted.

    Attributes:
        key: Name it is looked up by.
        decode: Gives its samples at 48 kHz block by block, each (C, n).
        fine: Samples in an entry of the finest level.
    """

    key: str
    decode: Callable[[], Blocks]
    fine: int = FINE_BLOCK


class Reader(QObject):
    """Lives in the thread: one sound in, one pyramid or one sentence out.

    Signals:
        done: (key, PeakPyramid or None, why there is none).
    """

    done = Signal(str, object, str)

    def __init__(self) -> None:
        super().__init__()
        self._stopped = threading.Event()

    def read(self, sound: Sound) -> None:
        """Read a sound and build its pyramid."""
        try:
            pyramid = pyramid_of_blocks(self._until_stopped(sound.decode()), fine=sound.fine)
        except Cancelled:
            return
        except StudioError as error:
            self.done.emit(sound.key, None, str(error))
        else:
            self.done.emit(sound.key, pyramid, "")

    def stop(self) -> None:
        """Read nothing more, not even the rest of the present sound. Safe from all threads."""
        self._stopped.set()

    def _until_stopped(self, blocks: Blocks) -> Blocks:
        for block in blocks:
            if self._stopped.is_set():
                raise Cancelled("The waveform is not wanted any more.")
            yield block


def pyramid_of_blocks(blocks: Blocks, *, fine: int) -> PeakPyramid:
    """The pyramid of a sound that is never in memory as a whole.

    Args:
        blocks: (C, n) of any lengths, one after the other; all channels together make one waveform.
        fine: Samples in an entry of the finest level.
    """
    envelopes = [np.zeros((2, 0), np.float32)]  # least and greatest of `fine` samples each, (2, entries)
    rest = np.zeros((2, 0), np.float32)  # of the samples that fill no entry yet
    length = 0
    for block in blocks:
        length += block.shape[1]
        extremes = np.concatenate([rest, np.stack([block.min(axis=0), block.max(axis=0)])], axis=1)
        whole = extremes.shape[1] - extremes.shape[1] % fine
        envelopes.append(_reduced(extremes[:, :whole].reshape(2, -1, fine)))
        rest = extremes[:, whole:]
    if rest.shape[1]:
        envelopes.append(_reduced(rest[:, None]))
    pyramid = PeakPyramid.of(np.concatenate(envelopes, axis=1), block=1)
    levels = (replace(level, block=level.block * fine) for level in pyramid.levels)
    return replace(pyramid, length=length, levels=tuple(levels))


def _reduced(extremes: FloatArray) -> FloatArray:
    """Least and greatest of each entry: (2, entries, samples) to (2, entries)."""
    return np.stack([extremes[0].min(axis=1), extremes[1].max(axis=1)])


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
        """End the thread."""
        self._waiting.clear()
        self._reader.stop()
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
    film = project.clip
    if film is not None and film.audio is not None:
        fine = FINE_BLOCK if film.duration_samples <= FINE_UP_TO else COARSE_BLOCK
        yield Sound(guide_key(film), partial(clip_audio_blocks, film.path), fine)
    for take in sorted(project.takes, key=lambda take: take.id not in project.chosen):
        yield Sound(take_key(take), partial(audio_blocks, take.path, rate_hz=PROJECT_RATE_HZ))
