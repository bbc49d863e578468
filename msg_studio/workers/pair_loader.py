"""Reads the two takes of a trial and what sounds beside them, at equal loudness, on its own thread.

Letters: S samples of a sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.errors import InputError, StudioError
from engine.media.audio_file import read_take
from engine.project.project import Project
from engine.records import FloatArray, Take
from engine.timing import TimeRange
from msg_studio.compare.level_match import LevelMatch, match_levels
from msg_studio.compare.trials import Side, Trial
from msg_studio.workers.laid_takes import Audition, TakeReader, lay_takes
from msg_studio.workers.latest_thread import LatestThread
from msg_studio.workers.mixer import LaidSound


@dataclass(frozen=True, eq=False)
class PairSounds:
    """What a trial sounds like.

    Attributes:
        trial: The trial.
        sides: The take of each side alone, its level matched.
        rest: The other takes of the mix.
        match: How the levels were matched.
    """

    trial: Trial
    sides: Mapping[Side, LaidSound]
    rest: tuple[LaidSound, ...]
    match: LevelMatch

    def heard(self, side: Side, *, mix: bool) -> tuple[LaidSound, ...]:
        """What sounds while a side is heard, with the rest of the mix or without."""
        return (self.sides[side], *(self.rest if mix else ()))


class PairLoader(QObject):
    """Lays the takes of a trial without keeping the window waiting; the latest request wins.

    Args:
        parent: Owner.
        read: Gives the sound of a take, (S,).

    Signals:
        loaded: The sounds of the trial asked for last (PairSounds).
        failed: It cannot be heard (a sentence for the user).
    """

    loaded = Signal(object)
    failed = Signal(str)
    _ready = Signal(object)
    _unfit = Signal(object, str)

    def __init__(self, parent: QObject | None = None, *, read: TakeReader = read_take) -> None:
        super().__init__(parent)
        self._read = read
        self._latest: Trial | None = None
        self._thread: LatestThread[tuple[Project, Trial]] = LatestThread(self._lay, name="pair")
        self._ready.connect(self._deliver)  # queued to the thread of this object
        self._unfit.connect(self._tell)

    def load(self, project: Project, trial: Trial) -> None:
        """Read a trial; an earlier one not begun yet is forgotten."""
        self._latest = trial
        self._thread.put((project, trial))

    def forget(self) -> None:
        """Deliver nothing any more of what was asked for."""
        self._latest = None

    def shut_down(self) -> None:
        """End the thread; nothing is announced any more."""
        self._latest = None
        self._thread.end()

    def _lay(self, asked: tuple[Project, Trial]) -> None:
        """Pair thread: read, shape and match."""
        project, trial = asked
        try:
            self._ready.emit(pair_sounds(project, trial, self._read))
        except StudioError as error:
            self._unfit.emit(trial, str(error))

    def _deliver(self, sounds: PairSounds) -> None:
        if sounds.trial is self._latest:
            self.loaded.emit(sounds)

    def _tell(self, trial: Trial, words: str) -> None:
        if trial is self._latest:
            self.failed.emit(words)


def pair_sounds(project: Project, trial: Trial, read: TakeReader) -> PairSounds:
    """Both sides of a trial laid as in the mix, the louder one lowered, and the rest of the mix.

    Raises:
        InputError: When a take cannot be read or lies outside the film.
    """
    event = project.event(trial.x.event_id)
    x, rest = _laid(project, trial.x, read)
    y, _ = _laid(project, trial.y, read)
    match = match_levels(_over(x, event.range), _over(y, event.range))
    sides: dict[Side, LaidSound] = {"X": _lowered(x, match.x_db), "Y": _lowered(y, match.y_db)}
    return PairSounds(trial, sides, rest, match)


def _laid(project: Project, take: Take, read: TakeReader) -> tuple[LaidSound, tuple[LaidSound, ...]]:
    """A take in its place, and what else sounds."""
    laid = lay_takes(project, read, audition=Audition(take.id))
    own = next((sound for sound in laid.sounds if sound.name == take.id), None)
    if own is None:
        reason = laid.silent.get(take.id, "it lies outside the film.")
        raise InputError(f"A pair was passed over, one of its takes cannot be heard: {reason}")
    return own, tuple(sound for sound in laid.sounds if sound is not own)


def _over(laid: LaidSound, where: TimeRange) -> FloatArray:
    """The part of a laid take over a stretch, (S,)."""
    begin = max(0, where.start_samples - laid.start_sample)
    part = laid.samples[begin : max(begin, where.end_samples - laid.start_sample)]
    return part.astype("float32", copy=False)


def _lowered(laid: LaidSound, gain_db: float) -> LaidSound:
    return replace(laid, gain=laid.gain * 10 ** (gain_db / 20))
