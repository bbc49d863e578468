"""How fast tuning goes in one process and in several that share the same global batch.

Each is a program of its own (timed_tuning.py), one after the other, on the same pairs made from chance.
Their losses must agree: several processes tune as one does.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from engine.errors import InputError, WorkError
from engine.progress import Progress, ProgressListener, silent
from trainer.preference.timed_tuning import TimedSteps, TimedTuning, open_model

_MODULE = "trainer.preference.timed_tuning"
_WORDS_SHOWN = 5  # last lines of what a failed program said


@dataclass(frozen=True)
class ThroughputConfig:
    """What is timed.

    Attributes:
        model: Folder of a starter generator.
        processes: How many share the batch, against one.
        batch: Pairs a step, over all processes.
        steps: Steps that are timed.
        warmup: Steps before them.
        threads: CPU threads of a process.

    Raises:
        InputError: When a value makes no sense, or the processes cannot share the batch.
    """

    model: Path
    processes: int = 2
    batch: int = 8
    steps: int = 8
    warmup: int = 2
    threads: int = 1

    def __post_init__(self) -> None:
        least = {"processes": 2, "batch": 1, "steps": 1, "warmup": 1, "threads": 1}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise InputError(f"{name} = {getattr(self, name)}: give at least {value}.")
        if self.batch % self.processes:
            above = self.batch + -self.batch % self.processes
            raise InputError(
                f"batch = {self.batch}: {self.processes} processes cannot share so many pairs equally, "
                f"give a multiple such as {above}."
            )


@dataclass(frozen=True)
class ThroughputRow:
    """Tuning by so many processes.

    Attributes:
        processes: How many.
        s_per_step: Median wall time of a step.
        pairs_per_s: Pairs of the global batch over that time.
        ratio: How many times as fast as one process.
        loss_difference: Largest difference of a loss term from that of one process, in any step.
    """

    processes: int
    s_per_step: float
    pairs_per_s: float
    ratio: float
    loss_difference: float


def bench_tuning(config: ThroughputConfig, *, listener: ProgressListener = silent) -> list[ThroughputRow]:
    """Time tuning in one process, then in several.

    Raises:
        CheckpointError: When the model is absent or damaged.
        WorkError: When a program fails.
    """
    open_model(config.model)
    timed: dict[int, TimedSteps] = {}
    for done, processes in enumerate((1, config.processes), start=1):
        timed[processes] = _timed(config, processes)
        listener(Progress("bench", done, 2, f"{processes} processes"))
    return [throughput_row(count, steps, timed[1], batch=config.batch) for count, steps in timed.items()]


def throughput_row(processes: int, steps: TimedSteps, one: TimedSteps, *, batch: int) -> ThroughputRow:
    """Figures of so many processes, against those of one."""
    s_per_step, alone = median(steps.seconds), median(one.seconds)
    differences = [
        abs(ours[name] - theirs[name])
        for ours, theirs in zip(steps.losses, one.losses, strict=True)
        for name in theirs
    ]
    return ThroughputRow(
        processes, s_per_step, batch / s_per_step, ratio=alone / s_per_step, loss_difference=max(differences)
    )


def _timed(config: ThroughputConfig, processes: int) -> TimedSteps:
    """Run a tuning in so many processes and read what it left."""
    asked = TimedTuning(
        str(config.model.resolve()), config.batch, config.steps, config.warmup, config.threads
    )
    with tempfile.TemporaryDirectory(prefix="tuning-") as place:
        folder = Path(place)
        asked.write(folder)
        ended = subprocess.run(
            [*_launcher(processes), "-m", _MODULE, str(folder)],
            env={**os.environ, "OMP_NUM_THREADS": str(config.threads)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ended.returncode:
            words = "\n".join(ended.stdout.strip().splitlines()[-_WORDS_SHOWN:])
            raise WorkError(
                f"Tuning by {processes} processes ended with status {ended.returncode}. Its last words are "
                f"below; try fewer processes or a smaller batch.\n{words}"
            )
        return TimedSteps.read(folder)


def _launcher(processes: int) -> list[str]:
    """The program that starts so many processes of a module."""
    python = [sys.executable]
    if processes == 1:
        return python
    return [*python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
