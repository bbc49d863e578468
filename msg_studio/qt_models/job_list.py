"""The jobs of the engine as the window lists them, the newest last."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from statistics import median
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from engine.progress import Progress

JobState = Literal["queued", "running", "cancelling", "done", "failed", "interrupted", "cancelled"]

INTERRUPTED = "interrupted"
REMEMBERED = 20  # durations of a kind of job that estimates rest on
KEPT_ENDED = 50  # ended jobs that stay in the list

_OPEN = ("queued", "running", "cancelling")
_TICK_MS = 1000


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        number: Its number, from the engine's client.
        words: What it does, for the user.
        event_id: The event it is for, empty for none.
        state: Where it is on its way.
        stage: What is being done now, in the engine's words ("denoise").
        done: Finished steps of this stage.
        total: Steps of this stage, 0 where unknown.
        message: Why it failed, in a sentence; empty otherwise.
        started_s: When its first progress came, on the list's clock; None before.
        finished_s: When it ended, on the list's clock; None before.
        kind: What it is likened to for the remaining time, empty for nothing.
        amount: How much of its kind it is, such as seconds of sound.
    """

    number: int
    words: str
    event_id: str = ""
    state: JobState = "queued"
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    started_s: float | None = None
    finished_s: float | None = None
    kind: str = ""
    amount: float = 1.0

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in _OPEN

    @property
    def percent(self) -> int | None:
        """How much of the present stage is done; None where unknown."""
        if self.state == "done":
            return 100
        return None if self.total < 1 else min(100, 100 * self.done // self.total)

    @property
    def state_words(self) -> str:
        """Where it is, in words: "denoise 12/25", "waiting", "interrupted: ..."."""
        if self.state == "queued":
            return "waiting"
        if self.state == "running":
            steps = f" {self.done}/{self.total}" if self.total > 1 else ""
            return f"{self.stage or 'starting'}{steps}"
        return f"{self.state}: {self.message}" if self.message else self.state


class JobRole(IntEnum):
    """What a view can ask of a row, beside the display text."""

    NUMBER = Qt.ItemDataRole.UserRole + 1
    WORDS = Qt.ItemDataRole.UserRole + 2
    STATE = Qt.ItemDataRole.UserRole + 3  # the state itself, "running"
    STATE_WORDS = Qt.ItemDataRole.UserRole + 4
    PERCENT = Qt.ItemDataRole.UserRole + 5  # 0 to 100, -1 where unknown
    ELAPSED = Qt.ItemDataRole.UserRole + 6  # "0:12", empty before the start
    REMAINING = Qt.ItemDataRole.UserRole + 7  # "about 0:30 left", empty where unknown
    MESSAGE = Qt.ItemDataRole.UserRole + 8


class JobList(QAbstractListModel):
    """Jobs in the order they were given; the glue tells it what the engine's client says.

    Signals:
        changed: Any job changed, came or went; also once a second while one runs.

    Args:
        parent: Qt parent.
        clock: Gives seconds.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._jobs: list[Job] = []
        self._history: defaultdict[str, list[float]] = defaultdict(list)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._tell_time)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, the oldest first."""
        return tuple(self._jobs)

    def job(self, number: int) -> Job:
        """The job of a number.

        Raises:
            KeyError: When the list has none.
        """
        return self._jobs[self._row(number)]

    def unfinished(self) -> tuple[int, ...]:
        """Numbers of the jobs that have not ended."""
        return tuple(job.number for job in self._jobs if job.is_open)

    def running_for(self, event_id: str) -> bool:
        """Whether a job for this event waits or runs."""
        return any(job.is_open and job.event_id == event_id for job in self._jobs)

    def elapsed_s(self, job: Job) -> float | None:
        """Seconds since it began, or that it took; None before."""
        if job.started_s is None:
            return None
        return (self._clock() if job.finished_s is None else job.finished_s) - job.started_s

    def remaining_s(self, job: Job) -> float | None:
        """Seconds it will still take, by the median of its kind on this machine.

        None before the first one of a kind has ended, and when the job outlasts the estimate.
        """
        history, elapsed_s = self._history.get(job.kind), self.elapsed_s(job)
        if not history or job.state != "running" or elapsed_s is None:
            return None
        left_s = median(history) * job.amount - elapsed_s
        return left_s if left_s > 0 else None

    def add(
        self, number: int, words: str, *, event_id: str = "", kind: str = "", amount: float = 1.0
    ) -> None:
        """A new job, waiting.

        Args:
            number: From the engine's client.
            words: What it does, for the user.
            event_id: The event it is for.
            kind: What it is likened to for the remaining time.
            amount: How much of its kind it is, above 0.
        """
        self._forget_oldest()
        row = len(self._jobs)
        self.beginInsertRows(QModelIndex(), row, row)
        self._jobs.append(Job(number, words, event_id, kind=kind, amount=amount))
        self.endInsertRows()
        self.changed.emit()

    def progress(self, number: int, progress: Progress) -> None:
        """A job has come so far; the first time begins it."""
        job = self.job(number)
        if job.is_open:
            self._put(
                replace(
                    job,
                    state="cancelling" if job.state == "cancelling" else "running",
                    stage=progress.stage,
                    done=progress.done,
                    total=progress.total,
                    started_s=self._clock() if job.started_s is None else job.started_s,
                )
            )

    def finish(self, number: int) -> None:
        """A job ended well; its duration helps to estimate the next of its kind."""
        job = self._end(number, "done")
        elapsed_s = self.elapsed_s(job)
        if job.kind and elapsed_s is not None and job.amount > 0:
            history = self._history[job.kind]
            history.append(elapsed_s / job.amount)
            del history[:-REMEMBERED]

    def fail(self, number: int, kind: str, message: str) -> None:
        """A job ended in an error.

        Args:
            number: The job.
            kind: Name of the error's class; INTERRUPTED when the engine died.
            message: The sentence for the user.
        """
        self._end(number, "interrupted" if kind == INTERRUPTED else "failed", message)

    def cancelling(self, number: int) -> None:
        """The user asked a job to stop."""
        job = self.job(number)
        if job.is_open:
            self._put(replace(job, state="cancelling"))

    def cancelled(self, number: int) -> None:
        """A job has stopped on request."""
        self._end(number, "cancelled")

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802
        """Number of jobs."""
        return 0 if parent is not None and parent.isValid() else len(self._jobs)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The display text of a row, or what a JobRole asks for."""
        if not index.isValid():
            return None
        job = self._jobs[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (job.words, job.state_words, self._percent_words(job), self._elapsed_words(job))
            return " · ".join(filter(None, parts))
        if role == Qt.ItemDataRole.ToolTipRole:
            return job.message or None
        return self._values(job).get(role)

    def _values(self, job: Job) -> dict[int, object]:
        remaining_s = self.remaining_s(job)
        return {
            JobRole.NUMBER: job.number,
            JobRole.WORDS: job.words,
            JobRole.STATE: job.state,
            JobRole.STATE_WORDS: job.state_words,
            JobRole.PERCENT: -1 if job.percent is None else job.percent,
            JobRole.ELAPSED: self._elapsed_words(job),
            JobRole.REMAINING: "" if remaining_s is None else f"about {clock_words(remaining_s)} left",
            JobRole.MESSAGE: job.message,
        }

    def _percent_words(self, job: Job) -> str:
        return f"{job.percent} %" if job.state == "running" and job.percent is not None else ""

    def _elapsed_words(self, job: Job) -> str:
        elapsed_s = self.elapsed_s(job)
        return "" if elapsed_s is None else clock_words(elapsed_s)

    def _row(self, number: int) -> int:
        for row in range(len(self._jobs) - 1, -1, -1):
            if self._jobs[row].number == number:
                return row
        raise KeyError(number)

    def _end(self, number: int, state: JobState, message: str = "") -> Job:
        job = replace(self.job(number), state=state, message=message, finished_s=self._clock())
        self._put(job)
        return job

    def _put(self, job: Job) -> None:
        row = self._row(job.number)
        self._jobs[row] = job
        if any(one.is_open and one.started_s is not None for one in self._jobs):
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()
        self._tell(row, row)

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first), self.index(last))
        self.changed.emit()

    def _tell_time(self) -> None:
        running = [row for row, job in enumerate(self._jobs) if job.is_open]
        self._tell(running[0], running[-1])

    def _forget_oldest(self) -> None:
        ended = [row for row, job in enumerate(self._jobs) if not job.is_open]
        if len(ended) >= KEPT_ENDED:
            self.beginRemoveRows(QModelIndex(), ended[0], ended[0])
            del self._jobs[ended[0]]
            self.endRemoveRows()


def clock_words(seconds: float) -> str:
    """A duration as "0:07" or "1:02:03"."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
