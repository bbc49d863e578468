"""The engine as a child process of the window: orders come in on stdin, answers go out on a private pipe.

`python -m engine.server [--models-folder F] [--model NAME] [--threads N]`. Whatever libraries print goes
to stderr. The process ends when stdin closes: no engine outlives its window.
"""

import argparse
import faulthandler
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine import __version__
from engine.errors import Cancelled, DeviceMemoryError, StudioError
from engine.frames import FrameReader
from engine.memory_shortage import is_shortage
from engine.progress import CancelToken, Progress
from engine.protocol import (
    HEARTBEAT_S,
    PROTOCOL_VERSION,
    CancelJob,
    EngineMessage,
    Heartbeat,
    Hello,
    JobCancelled,
    JobDone,
    JobFailed,
    JobProgress,
    Message,
    StartFailed,
    StartJob,
    decode,
    encode,
)
from engine.scratch import Scratch

if TYPE_CHECKING:
    from engine.server_work import OrderWork

BACKGROUND = 5  # the window's process comes first
MEMORY_WORDS = "The memory of this machine is used up: close programs, or choose a shorter event."

_READ_BYTES = 1 << 16
_FAULT = 4


class FrameWriter:
    """Writes frames into a pipe, from any thread, one after the other.

    Args:
        descriptor: The pipe.
        on_gone: Called when nobody reads any more.
    """

    def __init__(self, descriptor: int, *, on_gone: Callable[[], NoReturn]) -> None:
        self._descriptor = descriptor
        self._on_gone = on_gone
        self._lock = threading.Lock()

    def say(self, message: EngineMessage) -> None:
        """Write a message."""
        left = memoryview(encode(message))
        with self._lock:
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except BrokenPipeError:
                self._on_gone()


class JobQueue:
    """Jobs in the order they came, and the token of the one at work. Safe from all threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[StartJob] = deque()
        self._current: tuple[int, CancelToken] | None = None

    @property
    def current(self) -> int | None:
        """Number of the job at work, None when idle."""
        current = self._current
        return None if current is None else current[0]

    def put(self, job: StartJob) -> None:
        """Add a job."""
        with self._changed:
            self._waiting.append(job)
            self._changed.notify()

    def take(self) -> tuple[StartJob, CancelToken]:
        """Wait for a job and put it to work."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            job, token = self._waiting.popleft(), CancelToken()
            self._current = (job.job, token)
            return job, token

    def finished(self) -> None:
        """The job at work has ended."""
        with self._changed:
            self._current = None

    def cancel(self, number: int) -> bool:
        """Ask a job to stop if it is at work; whether it had not begun and is forgotten now."""
        with self._changed:
            if self._current is not None and number == self._current[0]:
                self._current[1].cancel()
            waiting = deque(job for job in self._waiting if job.job != number)
            forgotten = len(waiting) < len(self._waiting)
            self._waiting = waiting
            return forgotten


class Server:
    """Reads messages in one thread, says that it lives in another, and works in the main one.

    Args:
        orders: Descriptor messages come from.
        answers: Descriptor messages go to.
        scratch: For files that are not finished.
    """

    def __init__(self, orders: int, answers: int, scratch: Scratch) -> None:
        self._orders = orders
        self._scratch = scratch
        self._writer = FrameWriter(answers, on_gone=lambda: self.end(0))
        self._jobs = JobQueue()

    def run(self, load: Callable[[Scratch], "OrderWork"]) -> NoReturn:
        """Say hello, load the model, then do jobs until the window is gone.

        Args:
            load: Gives the loaded model; called after the hello, for it takes seconds.
        """
        self._writer.say(Hello(PROTOCOL_VERSION, __version__, os.getpid()))
        for job in (self._listen, self._beat):
            threading.Thread(target=job, daemon=True).start()
        work = self._loaded(load)
        self._writer.say(work.ready)
        while True:
            self._do(work, *self._jobs.take())

    def end(self, status: int) -> NoReturn:
        """End the process at once, whatever its threads are doing."""
        self._scratch.remove()
        sys.stderr.flush()
        os._exit(status)

    def _loaded(self, load: Callable[[Scratch], "OrderWork"]) -> "OrderWork":
        try:
            return load(self._scratch)
        except StudioError as error:
            self._fail_to_start(error, str(error), error.exit_code)
        except (ImportError, OSError, MemoryError, RuntimeError) as error:
            traceback.print_exc()
            self._fail_to_start(error, _words_for_no_start(error), _FAULT)

    def _fail_to_start(self, error: Exception, message: str, status: int) -> NoReturn:
        self._writer.say(StartFailed(type(error).__name__, message))
        self.end(status)

    def _do(self, work: "OrderWork", job: StartJob, token: CancelToken) -> None:
        def tell(progress: Progress) -> None:
            self._writer.say(JobProgress(job.job, progress))

        try:
            answer: EngineMessage = JobDone(job.job, work.do(job.order, listener=tell, cancel=token))
        except Cancelled:
            answer = JobCancelled(job.job)
        except StudioError as error:
            answer = JobFailed(job.job, type(error).__name__, str(error))
        except MemoryError:
            self._writer.say(JobFailed(job.job, DeviceMemoryError.__name__, MEMORY_WORDS))
            self.end(_FAULT)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not take the engine along
            traceback.print_exc()
            answer = _answer_to_fault(job.job, error)
            if is_device_fault(error):
                self._writer.say(answer)
                self.end(_FAULT)
        self._jobs.finished()
        self._writer.say(answer)

    def _listen(self) -> None:
        reader = FrameReader()
        try:
            while data := os.read(self._orders, _READ_BYTES):
                for text in reader.feed(data):
                    self._heed(decode(text))
        except (StudioError, OSError):
            traceback.print_exc()
            self.end(_FAULT)
        self.end(0)

    def _heed(self, message: Message) -> None:
        match message:
            case StartJob():
                self._jobs.put(message)
            case CancelJob():
                if self._jobs.cancel(message.job):
                    self._writer.say(JobCancelled(message.job))

    def _beat(self) -> None:
        rest = threading.Event()
        while not rest.wait(HEARTBEAT_S):
            self._writer.say(Heartbeat(self._jobs.current))


def is_device_fault(error: Exception) -> bool:
    """Whether the device can no longer be trusted, so that the process must not be used again."""
    return type(error).__name__ == "AcceleratorError" or "CUDA error" in str(error)


def _words_for_no_start(error: Exception) -> str:
    if is_shortage(error):
        return "There is not enough memory to start the engine: close other programs, then start it again."
    return f"The engine cannot start here ({type(error).__name__}: {error}): reinstall the program."


def _answer_to_fault(job: int, error: Exception) -> JobFailed:
    if is_shortage(error):
        return JobFailed(job, DeviceMemoryError.__name__, MEMORY_WORDS)
    words = (
        f"The engine met a fault of its own ({type(error).__name__}: {error}). "
        "Try again; if it comes back, report it with the engine's log."
    )
    return JobFailed(job, type(error).__name__, words)


def private_answers() -> int:
    """Keep the way to the window for frames alone: what is printed from now on goes to stderr.

    Returns:
        The descriptor for frames.
    """
    answers = os.dup(1)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt  # only there

        for descriptor in (0, answers):
            msvcrt.setmode(descriptor, os.O_BINARY)
    return answers


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the engine process."""
    parser = argparse.ArgumentParser(prog="engine.server", description="The engine behind the window.")
    parser.add_argument("--models-folder", type=Path, help="folder of models, instead of the bundled ones")
    parser.add_argument("--model", default="starter", help="model to load")
    parser.add_argument("--threads", type=int, help="CPU threads")
    options = parser.parse_args(arguments)
    answers = private_answers()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is meant for the window
    faulthandler.enable()
    if hasattr(os, "nice"):
        os.nice(BACKGROUND)

    def load(scratch: Scratch) -> "OrderWork":
        # Late, because it loads torch: the window hears our hello and version before these seconds.
        from engine.server_work import OrderWork

        return OrderWork(
            model=options.model, models_folder=options.models_folder, threads=options.threads, scratch=scratch
        )

    Server(0, answers, Scratch()).run(load)


if __name__ == "__main__":
    main()
