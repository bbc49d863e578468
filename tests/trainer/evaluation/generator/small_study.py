"""A pool with strikes and a run, and trials of it."""

import math

import torch

from tests.trainer.small_pool import pool_of, set_active
from trainer.evaluation.generator.takes import Wish
from trainer.evaluation.generator.trials import Trial
from trainer.scenes.pool import ScenePool

FLOOR = math.log(1e-4)
STEPS = 100


def strikes_pool(steps: int = STEPS) -> ScenePool:
    """Three stems with strikes at 0.4 and 2.0 s, a continuous one, one of an unknown class."""
    stems = [(0, 0, True), (0, 2, True), (1, 0, True), (1, 1, False), (1, -1, True)]
    hits = {row: {40: 1.0, 200: 0.8} for row in (0, 2, 3, 4)}
    made = pool_of(stems, scenes=2, steps=steps, hits=hits)
    set_active(made, 1, 0, steps)
    made.grid = 0.1 * torch.randn(made.grid.shape, generator=torch.Generator().manual_seed(1))
    made.stem_mel = torch.full(made.stem_mel.shape, FLOOR)
    fall = torch.linspace(0, -4, 30)[:, None]
    for row in (0, 2, 3, 4):
        for frame in (40, 200):
            made.stem_mel[row, frame : frame + 30] = fall - row
    made.stem_mel[1] = -2.0
    return made


def trial_of(
    hits: dict[int, float],
    *,
    name: str = "IMPT_metal",
    tokens: int = 96,
    running: tuple[int, int] | None = None,
) -> Trial:
    """A trial with hits by mel frame, or a run from one token to another."""
    control = torch.zeros(tokens, 5)
    for frame, strength in hits.items():
        control[frame // 4, frame % 4] = strength
    if running:
        control[running[0] : running[1], 4] = 1.0
    return Trial(Wish(torch.zeros(tokens, 37, 8, 8), control, name), 7, None)
