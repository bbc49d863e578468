"""Progress of a long task, as a record and as one JSON line, the token that cancels it, its stages."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

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
GiveUp = Callable[[], bool]


def silent(_: Progress) -> None:
    """A listener for callers that do not follow progress."""


def never() -> bool:
    """The answer of callers who always wait for the end."""
    return False


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


@dataclass
class StageWatch:
    """Measures the stages of a task and tells the listener of those that have no steps of their own.

    Attributes:
        listener: Told of progress.
        cancel: Asked before each stage.
        seconds: Time each finished stage took, by name.
    """

    listener: ProgressListener = silent
    cancel: CancelToken = field(default_factory=CancelToken)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, *, told: bool = False) -> Iterator[None]:
        """Measure the block as a stage.

        Args:
            name: In the user's words.
            told: Whether to report its begin and end.

        Raises:
            Cancelled: When a stop was asked for.
        """
        self.cancel.check()
        begun = time.perf_counter()
        if told:
            self.listener(Progress(name, 0, 1))
        yield
        if told:
            self.listener(Progress(name, 1, 1))
        self.seconds[name] = time.perf_counter() - begun
