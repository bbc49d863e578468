"""Progress of a long task, as a record and as one JSON line, and the token that cancels it."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """How far a task has come.

    Attributes:
        stage: What is being done, in the user's words ("read picture", "generate").
        done: Finished steps of this stage.
        total: Steps of this stage, 0 where unknown.
        note: What the step is about (an event, a file), may be empty.
    """

    stage: str
    done: int
    total: int
    note: str = ""

    def to_json_line(self) -> str:
        """One JSON line, without the line end."""
        return json.dumps(
            {"stage": self.stage, "done": self.done, "total": self.total, "note": self.note},
            ensure_ascii=False,
        )


ProgressListener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A listener for callers that do not follow progress."""


class CancelToken:
    """Asked between steps whether to go on; safe to set from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the task to stop at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether a stop was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Go on, or stop the task.

        Raises:
            Cancelled: When a stop was asked for.
        """
        if self.cancelled:
            raise Cancelled("Stopped on request. Takes finished before the stop are kept.")
