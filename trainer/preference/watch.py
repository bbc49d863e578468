"""Watches a tuning on material kept apart: keeps the best weights, and says when it is enough."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.atomic_file import written_atomically
from trainer.preference.held_out import Measure, Rule
from trainer.preference.losses import PairErrors
from trainer.preference.tuned_part import TunedPart

WATCH_FILE = "held_out.json"


@dataclass(frozen=True)
class StopConfig:
    """When a tuning ends before its last step.

    Attributes:
        patience: Evaluations in a row that bring nothing better, 0 for no limit.
        winner_rise: Share by which the error on better takes may exceed the reference's: beyond it
            both sides get worse, and only the distance between them grows. 0 for no limit.
    """

    patience: int = 3
    winner_rise: float = 0.1


class Watch:
    """Measures now and then; all it knows lies in the run's folder, so that a run can go on.

    Args:
        folder: Of the run.
        part: What is tuned.
        measure: Figures of the network.
        rule: Whether figures are better than the best.
        stop: When it is enough.
    """

    def __init__(self, folder: Path, part: TunedPart, measure: Measure, rule: Rule, stop: StopConfig) -> None:
        self.folder = folder
        self.part = part
        self.measure = measure
        self.rule = rule
        self.stop = stop
        self.step = 0
        self.chosen = self.reference = 0.0
        self.known: dict[str, Any] = _read(folder / WATCH_FILE)

    @property
    def best_file(self) -> Path:
        """Weights of the best figures so far; those of the start where nothing was better."""
        return self.folder / f"best-{self.part.file}"

    @property
    def best_step(self) -> int:
        """Steps behind the best figures, 0 for the start."""
        return int(self.known["best_step"])

    @property
    def stopped(self) -> str:
        """Why the run ended early, in words; empty when it did not."""
        return str(self.known.get("stopped", ""))

    def figures(self, which: str) -> dict[str, float]:
        """Figures of the "start", the "best" or the "last" evaluation."""
        return {name: float(value) for name, value in self.known[which].items()}

    def begin(self) -> None:
        """Measure the start, unless that was done before."""
        if "start" in self.known and self.best_file.is_file():
            return
        start = self.measure(self.part.network)
        self.part.save(self.best_file)
        same = dict.fromkeys(("start", "best", "last"), start)
        self._note({**same, "best_step": 0, "stopped": "", "history": {}})

    def saw(self, step: int, errors: PairErrors) -> None:
        """Take note of the errors of a step (from 0)."""
        self.step = step + 1
        self.chosen += float(errors.chosen.detach().mean())
        self.reference += float(errors.chosen_reference.mean())

    def evaluate(self) -> dict[str, float]:
        """Measure the weights that the network holds now, and keep them when they are the best."""
        found = self.measure(self.part.network)
        if self.rule(found, self.known["best"], self.known["start"]):
            self.part.save(self.best_file)
            self.known |= {"best": found, "best_step": self.step}
        history = {**self.known["history"], str(self.step): found}
        self._note({"last": found, "history": history})
        self._note({"stopped": self._reason()})
        return found

    def _reason(self) -> str:
        """Why it is enough, empty when it is not."""
        rise = self.chosen / self.reference - 1 if self.reference else 0.0
        self.chosen = self.reference = 0.0
        if self.stop.winner_rise and rise > self.stop.winner_rise:
            return (
                f"step {self.step}: the error on better takes is {rise:.1%} above the reference's, "
                f"{self.stop.winner_rise:.0%} are allowed"
            )
        waits = sum(self.best_step < int(step) <= self.step for step in self.known["history"])
        if self.stop.patience and waits >= self.stop.patience:
            return f"step {self.step}: {waits} evaluations in a row brought nothing better"
        return ""

    def enough(self) -> bool:
        """Whether the run may end."""
        return bool(self.stopped)

    def look_again(self) -> None:
        """Read what another process noted."""
        self.known = _read(self.folder / WATCH_FILE)

    def _note(self, news: dict[str, Any]) -> None:
        self.known |= news
        with written_atomically(self.folder / WATCH_FILE) as temporary:
            temporary.write_text(json.dumps(self.known, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
