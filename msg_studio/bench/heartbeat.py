"""Measures the longest wait in the window: a 20 ms timer, while the engine floods it with progress.

``python -m msg_studio.bench.heartbeat [SECONDS]``. The window is the real one with the sample project;
the engine is a stand-in that sends 1,000 messages a second. The same window at rest is the comparison.
"""

import sys
import time
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QTimer

from engine.errors import StudioError
from msg_studio.bench.flooding_engine import RATE_HZ, flooding_command
from msg_studio.bench.sample_window import sample_window
from msg_studio.bench.table import GOAL_MISSED, machine_words, percentile, print_table, verdict
from msg_studio.event_wait import wait_until
from msg_studio.studio import Studio
from msg_studio.workers.engine_client import EngineClient

SECONDS = 10.0
BEAT_MS = 20
LONGEST_MS = 250.0
HEAD = ("20 ms timer in the window", "beats", "p50 ms", "p99 ms", "max ms", "messages shown")


class Heartbeat(QObject):
    """Notes the time between the beats of a timer.

    Args:
        parent: Owner.

    Attributes:
        gaps_ms: Each the time from one beat to the next.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps_ms: list[float] = []
        self._last_s: float | None = None
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to listen."""
        self._timer.start()

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now_s = time.perf_counter()
        if self._last_s is not None:
            self.gaps_ms.append((now_s - self._last_s) * 1000)
        self._last_s = now_s


@dataclass
class Stretch:
    """What was measured in one stretch of time."""

    name: str
    gaps_ms: list[float] = field(default_factory=list)
    shown: int = 0

    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        points = [f"{percentile(self.gaps_ms, share):.1f}" for share in (50, 99, 100)]
        return (self.name, str(len(self.gaps_ms)), *points, str(self.shown))


def measure(studio: Studio, seconds: float) -> list[Stretch]:
    """The window at rest and under the flood.

    Raises:
        WorkError: When the stand-in does not answer.
    """
    rest, flood = Stretch("at rest"), Stretch(f"{RATE_HZ} messages a second")
    heartbeat = Heartbeat(studio)
    heartbeat.start()
    enough = int(seconds * 1000 / BEAT_MS / 2)
    wait_until(lambda: len(heartbeat.gaps_ms) >= enough, "The heartbeat at rest", limit_s=seconds * 20)
    rest.gaps_ms, heartbeat.gaps_ms = heartbeat.gaps_ms, []
    told: list[int] = []
    workshop = studio.workshop
    workshop.engine.progressed.connect(lambda job, _progress: told.append(job))
    workshop.orders.score(workshop.stage.model.project.events[0], None)
    wait_until(lambda: workshop.orders.unfinished == 0, "The end of the flood", limit_s=seconds * 20)
    heartbeat.stop()
    flood.gaps_ms, flood.shown = heartbeat.gaps_ms, len(told)
    return [rest, flood]


def main() -> int:
    """Measure and print; 0 when the longest wait is short enough, GOAL_MISSED when not."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS

    def flooding(parent: QObject) -> EngineClient:
        return EngineClient(parent, command=flooding_command(RATE_HZ, seconds))

    try:
        with sample_window(engine=flooding) as studio:
            wait_until(lambda: studio.workshop.engine.state == "ready", "The stand-in", limit_s=60)
            stretches = measure(studio, seconds)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    met = max(stretches[1].gaps_ms) < LONGEST_MS
    goal = f"goal max under {LONGEST_MS:.0f} ms {verdict(met)}"
    title = f"Heartbeat, {seconds:.0f} s of flood; {goal}; {machine_words()}"
    print_table(title, [stretch.row() for stretch in stretches], HEAD)
    return 0 if met else GOAL_MISSED


if __name__ == "__main__":
    sys.exit(main())
