"""What msg-train says: progress on stderr, results on stdout."""

import json
import sys
from collections.abc import Callable
from typing import Any

from engine.progress import Progress


def follow(as_json: bool) -> Callable[[Progress], None]:
    """A listener that writes progress to stderr."""

    def write(progress: Progress) -> None:
        words = f"{progress.stage} {progress.done}/{progress.total} {progress.note}"
        print(progress.to_json_line() if as_json else words, file=sys.stderr, flush=True)

    return write


def tell(values: dict[str, Any], *, as_json: bool) -> None:
    """Print a result."""
    print(
        json.dumps({"schema": 1, **values}) if as_json else "\n".join(f"{k}: {v}" for k, v in values.items())
    )
