"""A run that is asked to stop finishes its step, saves and then stops."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from engine.errors import Cancelled

GO_ON = 0
TIME_IS_UP = 1  # any higher reason is the number of a signal


class RunStopped(Cancelled):
    """A run stopped by a signal, its state saved; exits as shells say it: 128 + signal."""

    def __init__(self, signal_number: int, words: str) -> None:
        super().__init__(words)
        self.exit_code = 128 + signal_number


class StopRequest:
    """Whether somebody asked, and with which signal.

    Attributes:
        reason: GO_ON, or the signal's number.
    """

    def __init__(self) -> None:
        self.reason = GO_ON


@contextmanager
def listening_for_stop() -> Iterator[StopRequest]:
    """Note SIGINT and SIGTERM instead of dying of them; the second one acts as ever.

    Outside the main thread nothing changes: Python takes signals there only.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, action in former.items():
            signal.signal(number, action)

    def note(number: int, _: FrameType | None) -> None:
        request.reason = number
        restore()

    for number in former:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()
