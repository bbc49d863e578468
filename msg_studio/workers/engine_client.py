"""The window's side of the engine process: a queue of jobs, and an engine that comes back when it dies.

A job is in flight, or it waits here; the engine process is never given more than one.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from engine.errors import StudioError
from engine.orders import Order
from engine.protocol import (
    PROTOCOL_VERSION,
    CancelJob,
    Hello,
    JobCancelled,
    JobDone,
    JobFailed,
    JobProgress,
    Message,
    Ready,
    StartFailed,
    StartJob,
)
from msg_studio.workers.engine_log import EngineLog
from msg_studio.workers.engine_process import EngineProcess, engine_command

if TYPE_CHECKING:
    from engine.progress import Progress

INTERRUPTED = "interrupted"
NOT_RESPONDING = "engine not responding"
RESTARTED = "restarted"
PROGRESS_MS = 33  # 30 signals a second are as many as eyes can follow


@dataclass(frozen=True)
class Patience:
    """How long the window waits for the engine, in seconds.

    Attributes:
        silent_s: Without a sign of life, before it counts as dead.
        loading_s: The same while its libraries load, which may hold every thread.
        cancel_s: For a cancelled job to stop, before the engine is killed.
        exit_s: For the engine to end with the window.
        pauses_s: Before each restart; their number is the most restarts in the window of time.
        restarts_within_s: That window of time.
    """

    silent_s: float = 10.0
    loading_s: float = 90.0
    cancel_s: float = 5.0
    exit_s: float = 5.0
    pauses_s: tuple[float, ...] = (1.0, 4.0, 15.0)
    restarts_within_s: float = 300.0


@dataclass(frozen=True)
class Trouble:
    """Why the engine is stopped.

    Attributes:
        kind: Name of the error's class, or INTERRUPTED.
        sentence: For the user.
    """

    kind: str
    sentence: str


class EngineClient(QObject):
    """Runs jobs in the engine process, one after the other.

    Signals:
        state_changed: One of "starting", "ready", "busy", "restarting", "stopped".
        progressed: Job and Progress, at most about 30 times a second.
        finished: Job and its result record.
        failed: Job, kind of error (INTERRUPTED when the engine died) and the sentence.
        cancelled: Job.

    Args:
        parent: Qt parent.
        command: Program and arguments of the engine; `engine.server` of this Python when None.
        patience: How long to wait.
        log_folder: Where its log lies; the user's log folder when None.
    """

    state_changed = Signal(str)
    progressed = Signal(int, object)
    finished = Signal(int, object)
    failed = Signal(int, str, str)
    cancelled = Signal(int)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Sequence[str] | None = None,
        patience: Patience | None = None,
        log_folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.model: Ready | None = None
        self.reason = ""
        self._command = tuple(command or engine_command())
        self._patience = patience or Patience()
        self._log = EngineLog(log_folder)
        self._state = "stopped"
        self._trouble: Trouble | None = None
        self._engine: EngineProcess | None = None
        self._numbers = 0
        self._waiting: deque[tuple[int, Order]] = deque()
        self._current: int | None = None
        self._latest: Progress | None = None
        self._ending = self._on_purpose = False
        self._deaths: deque[float] = deque()
        self._clock = QElapsedTimer()
        self._clock.start()
        self._heard_s = self._looked_s = 0.0
        self._pause = self._timer(self._launch)
        self._cancel_limit = self._timer(self._kill_uncancelled)
        self._tell = self._timer(self._tell_progress)
        self._watch = QTimer(self, interval=int(min(1.0, self._patience.silent_s / 4) * 1000))
        self._watch.timeout.connect(self._look)

    @property
    def state(self) -> str:
        """The word `state_changed` last said; "stopped" before the start."""
        return self._state

    @property
    def current(self) -> int | None:
        """The job in flight."""
        return self._current

    @property
    def waiting(self) -> tuple[int, ...]:
        """Jobs that have not begun, in their order."""
        return tuple(number for number, _ in self._waiting)

    @property
    def restarts(self) -> int:
        """Restarts counted now, for "1 of 3"."""
        return len(self._deaths)

    @property
    def most_restarts(self) -> int:
        """Restarts before the engine stays stopped."""
        return len(self._patience.pauses_s)

    @property
    def pid(self) -> int:
        """Process id of the engine, 0 when none runs."""
        return 0 if self._engine is None else self._engine.pid

    @property
    def log_path(self) -> Path:
        """The log of what the engine printed."""
        return self._log.path

    def start(self) -> None:
        """Start the engine, unless it runs or is about to."""
        if self._engine is None and not self._pause.isActive():
            self._trouble = None
            self._set_state("starting")
            self._launch()

    def restart(self) -> None:
        """Start the engine anew, now; a job in flight is interrupted, those that wait run afterwards."""
        self._deaths.clear()
        self._pause.stop()
        self._trouble = None
        if self._engine is None:
            self.start()
        else:
            self._end_engine(RESTARTED, on_purpose=True)

    def submit(self, order: Order) -> int:
        """Queue an order.

        Returns:
            The number of its job, which every signal about it carries. None comes before this returns.
        """
        self._numbers += 1
        self._waiting.append((self._numbers, order))
        QTimer.singleShot(0, self, self._go_on)
        return self._numbers

    def cancel(self, job: int) -> None:
        """Stop a job; `cancelled` follows, or `finished` when it was done by then."""
        if job == self._current and self._engine is not None:
            self._send(CancelJob(job))
            if not self._cancel_limit.isActive():
                self._cancel_limit.start(int(self._patience.cancel_s * 1000))
        elif job in self.waiting:
            self._waiting = deque(entry for entry in self._waiting if entry[0] != job)
            self.cancelled.emit(job)

    def cancel_all(self) -> None:
        """Stop every job, the waiting ones first."""
        for job in (*reversed(self.waiting), self._current):
            if job is not None:
                self.cancel(job)

    def shut_down(self) -> None:
        """End the engine with the window; waits for it, no signals follow."""
        self.blockSignals(True)
        for timer in (self._pause, self._cancel_limit, self._tell, self._watch):
            timer.stop()
        self._waiting.clear()
        self._current = None
        if self._engine is not None:
            self._engine.leave(within_ms=int(self._patience.exit_s * 1000))
            self._engine = None
        self._log.close()
        self._state = "stopped"

    def _timer(self, call: object) -> QTimer:
        timer = QTimer(self, singleShot=True)
        timer.timeout.connect(call)
        return timer

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    def _now_s(self) -> float:
        return self._clock.elapsed() / 1000

    # ── the process ──

    def _launch(self) -> None:
        self.model = None
        self._ending = self._on_purpose = False
        self._heard_s = self._looked_s = self._now_s()
        self._engine = EngineProcess(self._command, self._log, self)
        self._engine.said.connect(self._hear)
        self._engine.ended.connect(self._ended)
        self._engine.not_started.connect(self._not_started)
        self._watch.start()
        self._engine.start()

    def _look(self) -> None:
        """Kill an engine that gave no sign of life; not when it was the window that stood still."""
        now_s, limit_s = self._now_s(), self._patience.silent_s if self.model else self._patience.loading_s
        if now_s - self._looked_s > limit_s / 2:
            self._heard_s = now_s
        self._looked_s = now_s
        if self._engine is not None and now_s - self._heard_s > limit_s:
            self._end_engine(NOT_RESPONDING)

    def _kill_uncancelled(self) -> None:
        self._end_engine("a cancelled job did not stop", on_purpose=True)

    def _end_engine(self, why: str, *, on_purpose: bool = False) -> None:
        """Kill the engine; `_ended` follows, until when nothing more is given to it."""
        if self._engine is not None:
            self._ending, self._on_purpose = True, on_purpose
            self._engine.kill(why)

    def _ended(self, words: str) -> None:
        self._drop_engine()
        if self._trouble is not None:
            return
        self._lose_job(words)
        if self._on_purpose:
            self._set_state("restarting")
            self._launch()
            return
        self.reason = words
        now_s = self._now_s()
        while self._deaths and now_s - self._deaths[0] > self._patience.restarts_within_s:
            self._deaths.popleft()
        if len(self._deaths) >= self.most_restarts:
            times = len(self._deaths) + 1
            self._give_up(
                INTERRUPTED,
                f"The engine stopped {times} times in a row ({words}). Your project is safe: restart it, "
                f"or look into its log {self.log_path}.",
            )
            return
        self._deaths.append(now_s)
        self._set_state("restarting")
        self._pause.start(int(self._patience.pauses_s[len(self._deaths) - 1] * 1000))

    def _not_started(self, words: str) -> None:
        self._drop_engine()
        self._give_up(
            "MissingComponentError",
            f"The engine cannot be started ({words}): {self._command[0]} is wanted. Reinstall the program.",
        )

    def _drop_engine(self) -> None:
        self._watch.stop()
        self._cancel_limit.stop()
        self.model = None
        if self._engine is not None:
            self._engine.deleteLater()
            self._engine = None

    def _give_up(self, kind: str, sentence: str) -> None:
        """Stay stopped until `restart`; orders fail with the reason."""
        self._trouble = Trouble(kind, sentence)
        self.reason = sentence
        self._end_engine(sentence)
        self._set_state("stopped")
        self._go_on()

    # ── what it says ──

    def _hear(self, message: Message) -> None:
        self._heard_s = self._now_s()
        match message:
            case JobProgress() if message.job == self._current:
                self._latest = message.progress
                if not self._tell.isActive():
                    self._tell.start(PROGRESS_MS)
            case JobDone() if self._closes(message.job):
                self.finished.emit(message.job, message.result)
            case JobFailed() if self._closes(message.job):
                self.failed.emit(message.job, message.kind, message.message)
            case JobCancelled() if self._closes(message.job):
                self.cancelled.emit(message.job)
            case Hello() if message.protocol != PROTOCOL_VERSION:
                self._give_up(
                    "MissingComponentError",
                    f"The engine {message.version} speaks protocol {message.protocol}, this window "
                    f"{PROTOCOL_VERSION}: reinstall the program, so that both are of one version.",
                )
            case Ready() if not self._ending:
                self.model = message
                self._go_on()
            case StartFailed() if not self._ending:
                self._give_up(message.kind, message.message)

    def _tell_progress(self) -> None:
        if self._latest is not None and self._current is not None:
            latest, self._latest = self._latest, None
            self.progressed.emit(self._current, latest)

    # ── jobs ──

    def _closes(self, job: int) -> bool:
        """Whether this is the job in flight, which now has ended; the next one follows."""
        if job != self._current:
            return False
        self._tell.stop()
        self._tell_progress()
        self._cancel_limit.stop()
        self._current = None
        QTimer.singleShot(0, self, self._go_on)
        return True

    def _lose_job(self, words: str) -> None:
        job, asked_to_stop = self._current, self._on_purpose and words != RESTARTED
        if job is None or not self._closes(job):
            return
        if asked_to_stop:
            self.cancelled.emit(job)
        else:
            self.failed.emit(
                job, INTERRUPTED, f"The engine stopped while this was at work ({words}): try again."
            )

    def _go_on(self) -> None:
        """Begin the next job where that is possible; with a stopped engine all of them fail."""
        if self._trouble is not None:
            while self._waiting:
                job, _ = self._waiting.popleft()
                self.failed.emit(job, self._trouble.kind, self._trouble.sentence)
            return
        if self.model is None or self._ending:
            return
        while self._waiting and self._current is None:
            job, order = self._waiting.popleft()
            self._current = job
            self._latest = None
            self._send(StartJob(job, order))
        self._set_state("ready" if self._current is None else "busy")

    def _send(self, message: StartJob | CancelJob) -> None:
        assert self._engine is not None
        try:
            self._engine.send(message)
        except StudioError as error:  # it never left: the job ends here
            if self._closes(message.job):
                self.failed.emit(message.job, type(error).__name__, str(error))
