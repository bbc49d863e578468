"""How fast scenes are made, part by part, against the time they last."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from engine.features.mel import log_mel
from engine.features.motion_grid import motion_grid
from trainer.scenes.bank import load_bank
from trainer.scenes.plan import draw_scene
from trainer.scenes.pool import cast_of
from trainer.scenes.render import render
from trainer.scenes.sound import perform


@dataclass(frozen=True)
class BenchRow:
    """One part of the work.

    Attributes:
        part: What is made.
        ms_per_scene: Wall time.
        scenes_per_s: Its inverse.
        share_of_real_time: Wall time over the length of the scenes; below 1 is faster than real time.
    """

    part: str
    ms_per_scene: float
    scenes_per_s: float
    share_of_real_time: float


def bench_scenes(
    *, count: int, batch: int, duration_s: float, device: torch.device, seed: int = 1
) -> list[BenchRow]:
    """Make ``count`` scenes in batches and time each part; the last row is all of it.

    Raises:
        InputError: When the sound bank is not there.
    """
    bank = load_bank("train")
    cast = cast_of(bank)
    clock = _Clock(device)
    for first in range(seed, seed + count, batch):
        numbers = range(first, min(first + batch, seed + count))
        with clock.timing("plan"):
            plans = [draw_scene(number, cast, duration_s=duration_s) for number in numbers]
        with clock.timing("sound"):
            sounds = [perform(plan, bank) for plan in plans]
        with clock.timing("picture"):
            pictures = render(plans, device=device)
        with clock.timing("motion grid"):
            motion_grid(pictures)
        with clock.timing("log-mel"):
            for sound in sounds:
                log_mel(torch.from_numpy(np.vstack([sound.stems, sound.mix[None]])).to(device))
    rows = [_row(part, spent, count, duration_s) for part, spent in clock.spent_s.items()]
    return [*rows, _row("all", sum(clock.spent_s.values()), count, duration_s)]


class _Clock:
    """Wall time by part; waits for a GPU before it looks."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.spent_s: dict[str, float] = {}

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.spent_s[part] = self.spent_s.get(part, 0.0) + time.perf_counter() - started


def _row(part: str, spent_s: float, count: int, duration_s: float) -> BenchRow:
    return BenchRow(
        part,
        round(1000 * spent_s / count, 1),
        round(count / max(spent_s, 1e-9), 1),
        round(spent_s / count / duration_s, 4),
    )
