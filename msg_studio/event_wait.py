"""Waits for the window without stopping it: for the self-test and the measurements."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

from engine.errors import WorkError

LOOK_MS = 5


def wait_until(condition: Callable[[], bool], what: str, *, limit_s: float) -> float:
    """Let Qt work until something is so.

    Args:
        condition: Asked every few milliseconds.
        what: Names it in the error.
        limit_s: Seconds after which it will not come any more.

    Returns:
        Seconds that passed.

    Raises:
        WorkError: When the time is up.
    """
    begun = time.perf_counter()
    loop = QEventLoop()
    timer = QTimer(loop, interval=LOOK_MS)

    def look() -> None:
        if condition() or time.perf_counter() - begun > limit_s:
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    if not condition():
        loop.exec()
    timer.stop()
    if not condition():
        raise WorkError(f"{what} did not come within {limit_s:.0f} s on this machine.")
    return time.perf_counter() - begun
