"""Measures the start: our window against an empty one of the same toolkit.

``python -m msg_studio.bench.startup [RUNS]``. Each run is a fresh process, from its start to the first
painted picture of the window; the two kinds take turns, so that both meet the same machine.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from engine.errors import StudioError, WorkError
from msg_studio.bench.table import GOAL_MISSED, machine_words, print_table, verdict
from msg_studio.private_folders import private_user_folders

RUNS = 10
WARM_UPS = 2
GOAL = 3.0
KINDS = ("empty", "studio")
NAMES = {"empty": "empty QMainWindow", "studio": "MultiSoundGen Studio"}
HEAD = ("process start to first paint", "median ms", "min ms", "max ms", "ratio")


def measure(runs: int, compiled: Path) -> dict[str, list[float]]:
    """Milliseconds of each run, by kind; see ``run_once``.

    Raises:
        WorkError: When a window did not open.
    """
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(WARM_UPS + runs):
        for kind in KINDS:
            taken[kind].append(run_once(kind, compiled))
    return {kind: times[WARM_UPS:] for kind, times in taken.items()}


def run_once(kind: str, compiled: Path) -> float:
    """Milliseconds of one run in a fresh process.

    Args:
        kind: One of KINDS.
        compiled: Folder for compiled modules, so that no run but the first compiles any, as
            with an installed program.

    Raises:
        WorkError: When the window did not open.
    """
    command = [sys.executable, "-m", "msg_studio.bench.first_paint", kind]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPYCACHEPREFIX"] = str(compiled)
    begun = time.monotonic()
    answer = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    if answer.returncode != 0 or not answer.stdout.strip():
        raise WorkError(f"{' '.join(command)} ended with {answer.returncode}: {answer.stderr.strip()}")
    return (float(answer.stdout) - begun) * 1000


def main() -> int:
    """Measure and print; 0 when the goal is met, GOAL_MISSED when not."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        with private_user_folders() as folder:
            taken = measure(runs, folder / "compiled")
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    base = median(taken["empty"])
    ratio = median(taken["studio"]) / base
    rows = [
        (
            NAMES[kind],
            f"{median(times):.0f}",
            f"{min(times):.0f}",
            f"{max(times):.0f}",
            f"{median(times) / base:.2f}",
        )
        for kind, times in taken.items()
    ]
    met = ratio <= GOAL
    print_table(f"Start, {runs} runs each; goal {GOAL:.0f}x {verdict(met)}; {machine_words()}", rows, HEAD)
    return 0 if met else GOAL_MISSED


if __name__ == "__main__":
    sys.exit(main())
