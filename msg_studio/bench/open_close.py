"""Opens the window with the sample project and closes it, each time in a fresh process.

``python -m msg_studio.bench.open_close [OPENINGS]``, or ``once`` for a single window in this process.
What matters is how the processes end: a window that is not taken apart in the right order ends its
process with a signal.
"""

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from engine.errors import StudioError
from msg_studio.bench.sample_window import sample_window
from msg_studio.bench.table import GOAL_MISSED, machine_words, percentile, print_table, verdict

OPENINGS = 20
ONCE = "once"
HEAD = ("ended", "times", "p50 ms", "max ms")


@dataclass(frozen=True)
class Opening:
    """One process that opened the window and closed it.

    Attributes:
        status: How it ended; below 0 the number of a signal.
        ms: How long it took.
    """

    status: int
    ms: float


def open_once() -> int:
    """Open, fill, paint and close the window here; 0 when all of it went well."""
    try:
        with sample_window() as studio:
            studio.window.repaint()
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def open_and_close(times: int) -> list[Opening]:
    """So many processes, one after the other."""
    command = [sys.executable, "-m", "msg_studio.bench.open_close", ONCE]
    openings = []
    for _ in range(times):
        begun = time.perf_counter()
        status = subprocess.run(command, capture_output=True, check=False).returncode
        openings.append(Opening(status, (time.perf_counter() - begun) * 1000))
    return openings


def rows_of(openings: list[Opening]) -> list[tuple[str, ...]]:
    """A row for each way to end."""
    rows: list[tuple[str, ...]] = []
    for status, times in sorted(Counter(one.status for one in openings).items()):
        taken = [one.ms for one in openings if one.status == status]
        words = f"exit {status}" if status >= 0 else f"signal {-status}"
        rows.append((words, str(times), f"{percentile(taken, 50):.0f}", f"{max(taken):.0f}"))
    return rows


def main() -> int:
    """Measure and print; 0 when every process ended well, GOAL_MISSED when not."""
    if sys.argv[1:] == [ONCE]:
        return open_once()
    openings = open_and_close(int(sys.argv[1]) if len(sys.argv) > 1 else OPENINGS)
    met = all(one.status == 0 for one in openings)
    title = f"Window opened and closed {len(openings)} times; goal exit 0 {verdict(met)}; {machine_words()}"
    print_table(title, rows_of(openings), HEAD)
    return 0 if met else GOAL_MISSED


if __name__ == "__main__":
    sys.exit(main())
