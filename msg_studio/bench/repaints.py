"""Counts what repaints leave behind: references to None and True.

``python -m msg_studio.bench.repaints [REPAINTS]``. PySide6 6.12 on Python 3.11 lost a reference
with each call that returns nothing, until the process died: a count that falls shows the like of it. A
count of None that rises is harmless as long as Python's objects do not grow in number: PySide6 6.11
gives None six references for each new image that is painted on. Each part is repainted as the window
does it.
"""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QApplication

from engine.errors import StudioError
from msg_studio.bench.sample_window import sample_window
from msg_studio.bench.table import GOAL_MISSED, machine_words, print_table, verdict
from msg_studio.studio import Studio

REPAINTS = 5_000
MOST_DRIFT = 0.01  # references lost or objects kept, for each repaint
FEW = 300  # made once and kept
HEAD = ("repainted", "times", "None", "True", "objects", "None for each")


@dataclass(frozen=True)
class Drift:
    """What a number of repaints did to the counts.

    Attributes:
        name: What was repainted.
        times: How often.
        of_none: Change of ``sys.getrefcount(None)``.
        of_true: Change of ``sys.getrefcount(True)``.
        of_objects: Change of the number of Python's objects.
    """

    name: str
    times: int
    of_none: int
    of_true: int
    of_objects: int

    @property
    def is_sound(self) -> bool:
        """Whether no reference is lost and nothing piles up, a few things made once aside."""
        allowed = max(FEW, MOST_DRIFT * self.times)
        return min(self.of_none, self.of_true) >= -allowed and self.of_objects <= allowed

    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        changes = [f"{change:+}" for change in (self.of_none, self.of_true, self.of_objects)]
        return (self.name, str(self.times), *changes, f"{self.of_none / self.times:+.4f}")


def measure(name: str, act: Callable[[], object], times: int) -> Drift:
    """Do something many times and count references before and after."""
    for _ in range(max(10, times // 50)):  # what is made once and kept
        act()
    before = counts()
    for _ in range(times):
        act()
    after = counts()
    return Drift(name, times, *(now - then for now, then in zip(after, before, strict=True)))


def counts() -> tuple[int, int, int]:
    """References to None, to True, and the number of objects, garbage left out."""
    QApplication.processEvents()
    gc.collect()
    return sys.getrefcount(None), sys.getrefcount(True), len(gc.get_objects())


def measure_parts(studio: Studio, times: int) -> list[Drift]:
    """All parts of the window that we paint, and the window as a whole."""
    work, stage = studio.window.work, studio.workshop.stage
    events = stage.model.project.events
    steps = iter(range(1 << 60))

    def repaint_window() -> None:
        studio.window.update()
        studio.window.repaint()

    def move_playhead() -> None:
        stage.playhead.follow(next(steps) * 1920 % stage.playhead.duration)
        QApplication.processEvents()

    def show_other_map() -> None:
        stage.model.select(events[next(steps) % 5].id)
        QApplication.processEvents()

    drifts = [
        measure(name, part.repaint, times)
        for name, part in (
            ("timeline", work.timeline),
            ("picture", work.picture),
            ("heatmaps", work.maps),
            ("transport", work.transport),
        )
    ]
    drifts.append(measure("whole window", repaint_window, times // 10))
    drifts.append(measure("playhead moved", move_playhead, times // 5))
    drifts.append(measure("another event selected", show_other_map, times // 20))
    return drifts


def main() -> int:
    """Measure and print; 0 when counts are stable, GOAL_MISSED when not."""
    repaints = int(sys.argv[1]) if len(sys.argv) > 1 else REPAINTS
    try:
        with sample_window() as studio:
            drifts = measure_parts(studio, repaints)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    stable = all(one.is_sound for one in drifts)
    title = f"References, goal of stable counts {verdict(stable)}; {machine_words()}"
    print_table(title, [one.row() for one in drifts], HEAD)
    return 0 if stable else GOAL_MISSED


if __name__ == "__main__":
    sys.exit(main())
