"""A small pool in which pictures move and sounds begin exactly at the hits of the stems."""

import torch

from engine.timing import MEL_FRAMES_PER_TOKEN
from tests.trainer.small_pool import pool_of
from trainer.scenes.pool import ScenePool

STEPS = 160
QUIET, LOUD = -8.0, -1.0


def lively_pool(scenes: int, *, stems_each: int = 2) -> ScenePool:
    """Scenes with stems of the three classes in turn, four to six hits each at times of their own."""
    stems = [(scene, (scene + n) % 3, True) for scene in range(scenes) for n in range(stems_each)]
    chance = torch.Generator().manual_seed(9)
    hits = {}
    for row in range(len(stems)):
        frames = torch.randperm(4 * STEPS - 80, generator=chance)[: 4 + row % 3] + 40
        hits[row] = {int(frame): 1.0 for frame in frames}
    pool = pool_of(stems, scenes=scenes, steps=STEPS, hits=hits)
    pool.grid = 0.02 * torch.rand(pool.grid.shape, generator=chance)
    pool.stem_mel = torch.stack([_sound(hits[row], label) for row, (_, label, _) in enumerate(stems)])
    pool.mix_mel = torch.stack([pool.stem_mel[rows].amax(0) for rows in pool.stem_rows])
    for row, (scene, _, _) in enumerate(stems):
        for frame in hits[row]:
            pool.grid[scene, frame // MEL_FRAMES_PER_TOKEN, 0] = 0.8
    return pool


def _sound(hits: dict[int, float], label: int) -> torch.Tensor:
    """Each class rings in a third of the bands and dies away within a fifth of a second."""
    mel = torch.full((4 * STEPS, 128), QUIET)
    decay = torch.linspace(LOUD, QUIET, 20)[:, None]
    for frame in hits:
        band = slice(42 * label, 42 * label + 42)
        room = min(20, len(mel) - frame)
        mel[frame : frame + room, band] = torch.maximum(mel[frame : frame + room, band], decay[:room])
    return mel
