"""Whether memory returns after cancelled jobs: jobs as the window gives them, each stopped elsewhere."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.cli.bench_memory import resident_bytes
from engine.errors import Cancelled
from engine.orders import GenerateTakes
from engine.progress import CancelToken, Progress
from engine.scratch import Scratch
from engine.server_work import OrderWork

WARM_JOBS = 3  # libraries keep what they need from the first uses on


@dataclass(frozen=True)
class CancelledUse:
    """What cancelled jobs leave behind.

    Attributes:
        jobs: How many were cancelled.
        before_mb: Memory with the model loaded and used, before them.
        after_mb: Memory after them.
        slowest_stop_s: Longest time from the wish to stop to the end of a job.
    """

    jobs: int
    before_mb: float
    after_mb: float
    slowest_stop_s: float


@dataclass
class Stopper:
    """A listener that wishes a job to stop at one of its messages.

    Attributes:
        at: Number of that message, from 1; 0 for none.
        token: What it sets.
        heard: Messages so far.
        wished: When it set the token, on the clock of `time.perf_counter`.
    """

    at: int
    token: CancelToken
    heard: int = 0
    wished: float | None = None

    def __call__(self, _progress: Progress) -> None:
        """Count a message."""
        self.heard += 1
        if self.heard == self.at:
            self.wished = time.perf_counter()
            self.token.cancel()


def measure_cancelled(
    order: GenerateTakes,
    jobs: int,
    *,
    model: str,
    models_folder: Path | None,
    tell: Callable[[int], object],
    memory: Callable[[], int] = resident_bytes,
) -> CancelledUse:
    """Do an order once, then cancel it again and again at points spread over all its stages.

    Args:
        order: What each job is asked for; its seeds and folders are set here.
        jobs: How many to cancel.
        model: Name of the model.
        models_folder: Where models lie; the bundled ones when None.
        tell: Called with the number of each job before it begins.
        memory: Bytes this process holds now.
    """
    with tempfile.TemporaryDirectory(prefix="msg-bench-") as folder:
        scratch = Scratch(Path(folder))
        work = OrderWork(model=model, models_folder=models_folder, threads=None, scratch=scratch)
        here = replace(order, folder=Path(folder), maps=Path(folder) / "maps")
        messages = stopped_job(work, here, at=0).heard
        for number in range(WARM_JOBS):
            stopped_job(work, here, at=stop_place(number, WARM_JOBS, messages))
        before, slowest = memory(), 0.0
        for number in range(jobs):
            tell(number + 1)
            slowest = max(slowest, _seconds_to_stop(work, here, stop_place(number, jobs, messages)))
        after = memory()
        scratch.remove()
    return CancelledUse(jobs, before / 1e6, after / 1e6, slowest)


def stop_place(number: int, jobs: int, messages: int) -> int:
    """At which of its messages job `number` of so many is stopped: spread evenly over all."""
    return 1 + number * messages // jobs


def stopped_job(work: OrderWork, order: GenerateTakes, *, at: int) -> Stopper:
    """Do an order, stopped at a message; takes that were finished by then are kept, as always."""
    stopper = Stopper(at, CancelToken())
    try:
        work.do(order, listener=stopper, cancel=stopper.token)
    except Cancelled:
        return stopper
    return stopper


def _seconds_to_stop(work: OrderWork, order: GenerateTakes, at: int) -> float:
    stopper = stopped_job(work, order, at=at)
    return 0.0 if stopper.wished is None else time.perf_counter() - stopper.wished
