"""Reads what a project sounds like, guide and takes, on its own threads; the latest request wins.

Letters: N samples of the film, S samples of one take.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.errors import Cancelled, StudioError
from engine.media.audio_file import read_take
from engine.project.project import Project
from engine.records import ClipInfo, FloatArray, Take
from msg_studio.guide_level import guide_gain_db, guide_muted
from msg_studio.workers.guide_sound import guide_folder, read_guide
from msg_studio.workers.laid_takes import Audition, LaidTakes, lay_takes
from msg_studio.workers.latest_thread import LatestThread
from msg_studio.workers.mixer import LaidSound

CACHE_BYTES = 256 << 20


class SoundCache:
    """Decoded sounds by hash; the one not used for longest goes when they take too many bytes."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._sounds: OrderedDict[str, FloatArray] = OrderedDict()

    @property
    def bytes_held(self) -> int:
        """Size of all sounds held."""
        return sum(sound.nbytes for sound in self._sounds.values())

    def get(self, key: str) -> FloatArray | None:
        """A sound, None when it is not held."""
        if key in self._sounds:
            self._sounds.move_to_end(key)
        return self._sounds.get(key)

    def put(self, key: str, sound: FloatArray) -> None:
        """Hold a sound."""
        self._sounds[key] = sound
        while self.bytes_held > self._most_bytes:
            self._sounds.popitem(last=False)


@dataclass(frozen=True)
class _Request:
    project: Project
    audition: Audition | None


@dataclass(frozen=True)
class _Guide:
    """The production sound of a film.

    Attributes:
        source: The film's path and fingerprint.
        samples: (N, 1) or (N, 2), None while or when it cannot be heard.
    """

    source: tuple[Path, str]
    samples: NDArray[np.int16] | None


class SoundLoader(QObject):
    """Turns a project into laid sounds without keeping the window waiting.

    Args:
        parent: Owner.
        folder: For the sound of films; in the user's cache when None.

    Signals:
        loaded: What sounds now (tuple of LaidSound); once without a guide that is still read.
        silent_takes: Takes that should sound and cannot (tuple of ids), said with each load.
        problem: Why something cannot be heard (a sentence for the user), once for each cause.
    """

    loaded = Signal(object)
    silent_takes = Signal(object)
    problem = Signal(str)
    _laid = Signal(object, object)
    _guide_read = Signal(object, str)

    def __init__(self, parent: QObject | None = None, *, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or guide_folder()
        self._cache = SoundCache()
        self._latest: _Request | None = None
        self._guide: _Guide | None = None
        self._said: set[str] = set()
        self._takes_thread = LatestThread(self._lay, name="takes")
        self._guide_thread = LatestThread(self._read_guide, name="guide")
        # Queued to the thread of this object, whatever the listeners are.
        self._laid.connect(self._deliver)
        self._guide_read.connect(self._keep_guide)

    def load(self, project: Project, *, audition: Audition | None = None) -> None:
        """Read what a project sounds like; earlier requests not begun yet are forgotten."""
        if self._latest is None or self._latest.project.id != project.id:
            self._said.clear()
        self._latest = _Request(project, audition)
        self._takes_thread.put(self._latest)
        film = project.clip
        if film is None or film.audio is None or guide_muted(project):
            return
        if self._guide is None or self._guide.source != _source(film):
            self._guide = _Guide(_source(film), None)
            self._guide_thread.put(film)

    def shut_down(self) -> None:
        """End the threads; nothing is announced any more."""
        self._latest = None
        self._takes_thread.end()
        self._guide_thread.end()

    def _lay(self, request: _Request) -> None:
        """Takes thread: read and shape what sounds."""
        laid = lay_takes(request.project, self._read_take, audition=request.audition)
        self._laid.emit(request, laid)

    def _deliver(self, request: _Request, laid: LaidTakes) -> None:
        if request is not self._latest:
            return
        self.loaded.emit((*self._laid_guide(request), *laid.sounds))
        self.silent_takes.emit(tuple(laid.silent))
        for words in laid.silent.values():
            self._say(words)

    def _laid_guide(self, request: _Request) -> tuple[LaidSound, ...]:
        project, film = request.project, request.project.clip
        alone = request.audition is not None and request.audition.solo
        if film is None or alone or guide_muted(project):
            return ()
        if self._guide is None or self._guide.samples is None or self._guide.source != _source(film):
            return ()
        return (LaidSound(0, self._guide.samples, gain=10 ** (guide_gain_db(project) / 20), name="guide"),)

    def _read_take(self, take: Take) -> FloatArray:
        sound = self._cache.get(take.sha256)
        if sound is None:
            sound = read_take(take)
            self._cache.put(take.sha256, sound)
        return sound

    def _read_guide(self, film: ClipInfo) -> None:
        """Guide thread: decode a film's own sound."""

        def unwanted() -> bool:
            wanted = self._guide
            return self._latest is None or wanted is None or wanted.source != _source(film)

        try:
            samples = read_guide(film.path, self._folder, give_up=unwanted)
        except Cancelled:
            return
        except StudioError as error:
            self._guide_read.emit(_Guide(_source(film), None), str(error))
        else:
            self._guide_read.emit(_Guide(_source(film), samples), "")

    def _keep_guide(self, guide: _Guide, problem: str) -> None:
        if self._latest is None or self._guide is None or self._guide.source != guide.source:
            return
        self._guide = guide
        if problem:
            self._say(problem)
        self._takes_thread.put(self._latest)

    def _say(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            self.problem.emit(words)


def _source(film: ClipInfo) -> tuple[Path, str]:
    return film.path, film.fingerprint
