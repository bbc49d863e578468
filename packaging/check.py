"""Lint, format, types and tests in one command: `.venv/bin/python packaging/check.py [pytest arguments]`.

All four run even when an early one fails, so that one look shows everything. The exit
status is 0 only when all passed; no test found counts as a failure. Tests run in two
processes of one thread each; `-n 0` behind the command keeps them in one.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "--output-format", "concise", "."],
    "types": ["mypy"],
    "tests": ["pytest", "-n", "2", "--dist", "loadfile"],
}


def run_step(name: str, arguments: list[str]) -> bool:
    """Run one step in the repository root and say how it ended."""
    print(f"== {name}: {' '.join(arguments)}", flush=True)
    start = time.monotonic()
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # or the processes wait for each other's threads
    status = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, check=False, env=one_thread
    ).returncode
    word = "passed" if status == 0 else f"FAILED (exit {status})"
    print(f"== {name} {word} in {time.monotonic() - start:.1f} s", flush=True)
    return status == 0


def main() -> int:
    """Run all steps; 0 when all passed, 4 otherwise."""
    pytest_arguments = sys.argv[1:]
    failed = [
        name
        for name, arguments in STEPS.items()
        if not run_step(name, arguments + (pytest_arguments if name == "tests" else []))
    ]
    print(f"check: {', '.join(failed)} failed" if failed else "check: all passed", flush=True)
    return 4 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
