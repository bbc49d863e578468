"""One process of a timed tuning on pairs made from chance; alone, or one of several under torchrun.

torchrun --nproc-per-node 2 -m trainer.preference.timed_tuning FOLDER

What is asked for lies in FOLDER; the run and the times of its steps go there.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from engine.generator.control import CONTROL_CHANNELS
from engine.generator.starter import StarterConfig, StarterInputs
from engine.progress import Progress
from trainer.distributed import is_first
from trainer.loop import LoopConfig
from trainer.preference.material import TuningPair
from trainer.preference.start import StartConfig, StarterStart, open_starter
from trainer.preference.tune import TuneConfig, tune_on_pairs
from trainer.run_directory import RunDirectory

TOKENS = 96  # of a take, as trainer/configs/starter_tune.toml crops them
_ASKED, _FOUND = "asked.json", "found.json"
_SEED = 1


@dataclass(frozen=True)
class TimedTuning:
    """What is timed.

    Attributes:
        model: Folder of a starter generator.
        batch: Pairs a step, over all processes.
        steps: Steps that are timed.
        warmup: Steps before them, at least 1.
        threads: CPU threads of a process.
    """

    model: str
    batch: int
    steps: int
    warmup: int
    threads: int

    def write(self, folder: Path) -> None:
        """Ask for it in a folder."""
        (folder / _ASKED).write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(frozen=True)
class TimedSteps:
    """What was found.

    Attributes:
        seconds: Wall time of each timed step.
        losses: Terms that were minimised, of every step, those of the warm-up too.
    """

    seconds: list[float]
    losses: list[dict[str, float]]

    @classmethod
    def read(cls, folder: Path) -> "TimedSteps":
        """What the first process left in a folder."""
        return cls(**json.loads((folder / _FOUND).read_text(encoding="utf-8")))


def open_model(folder: Path) -> StarterStart:
    """The generator that is tuned.

    Raises:
        CheckpointError: When its files are absent or damaged.
    """
    return open_starter(StartConfig(str(folder / "generator.safetensors"), str(folder / "codec.safetensors")))


def run_timed(asked: TimedTuning, folder: Path) -> None:
    """Tune, and leave in the folder how long each step took."""
    start = open_model(Path(asked.model))
    config = start.generator.config
    stamps: list[float] = []

    def note(_: Progress) -> None:  # the loop tells after each step
        stamps.append(time.perf_counter())

    steps = asked.warmup + asked.steps
    settings = TuneConfig(
        batch=asked.batch,
        threads=asked.threads,
        optimizer=replace(TuneConfig().optimizer, steps=steps),
        loop=LoopConfig(seed=_SEED, log_every=1, save_every=steps, tensorboard=False),
    )
    run = RunDirectory(folder / "run")
    pairs = pairs_of_chance(config, asked.batch)
    tune_on_pairs(start.generator, pairs, settings, run, base_sha256=start.generator_sha256, listener=note)
    if is_first():
        seconds = [after - before for before, after in zip(stamps, stamps[1:], strict=False)]
        found = TimedSteps(seconds[asked.warmup - 1 :], _minimised(run))
        (folder / _FOUND).write_text(json.dumps(asdict(found)), encoding="utf-8")


def pairs_of_chance(config: StarterConfig, count: int) -> list[TuningPair]:
    """Pairs of noise, every second one with a hit track; the same ones in every process."""
    chance = torch.Generator().manual_seed(_SEED)
    yes = torch.ones(1, dtype=torch.bool)
    return [
        TuningPair(
            torch.randn(TOKENS, config.latent_channels, generator=chance),
            torch.randn(TOKENS, config.latent_channels, generator=chance),
            StarterInputs(
                grid=0.3 * torch.randn(1, TOKENS, config.grid_channels, 8, 8, generator=chance),
                control=torch.rand(1, TOKENS, CONTROL_CHANNELS, generator=chance),
                classes=torch.tensor([number % len(config.classes)]),
                level=torch.zeros(1),
                keep_video=yes,
                keep_control=yes & (number % 2 == 1),
                keep_class=yes,
            ),
            ease=0.0,
        )
        for number in range(count)
    ]


def _minimised(run: RunDirectory) -> list[dict[str, float]]:
    """The minimised terms of each progress line, means over the global batch."""
    lines = [json.loads(line) for line in run.progress_file.read_text(encoding="utf-8").splitlines()]
    return [
        {k: v for k, v in line.items() if k not in ("step", "time") and not k.startswith("_")}
        for line in lines
    ]


def main(folder: Path) -> None:
    """Do what is asked for in a folder."""
    run_timed(TimedTuning(**json.loads((folder / _ASKED).read_text(encoding="utf-8"))), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
