"""A thread that does the latest of the jobs it is given and forgets those it could not begin in time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msg_studio.workers.mailbox import Mailbox

Job = TypeVar("Job")

_LONGEST_FAREWELL_S = 2.0


@dataclass(frozen=True)
class _End:
    """The order to do nothing more."""


class LatestThread(Generic[Job]):
    """Runs from its making until `end`.

    Args:
        work: Does one job, on the thread.
        name: Name of the thread.
    """

    def __init__(self, work: Callable[[Job], None], *, name: str) -> None:
        self._work = work
        self._mail: Mailbox[_End, Job] = Mailbox()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Do this next, in place of any job not begun yet."""
        self._mail.wish(job)

    def end(self) -> None:
        """Begin no job any more and wait for the present one, 2 s at most."""
        self._mail.order(_End(), drops_wish=True)
        self._thread.join(_LONGEST_FAREWELL_S)

    def _run(self) -> None:
        while not isinstance(job := self._mail.take(), _End):
            self._work(job)
