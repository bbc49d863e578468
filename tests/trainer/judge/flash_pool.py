"""Scenes whose small picture lights up exactly at the hits that are heard, each class in its own colour."""

import torch

from engine.features.motion_grid import STATISTIC_CHANNELS, cells_of_points
from tests.trainer.evaluation.lively_pool import lively_pool
from trainer.judge.network import JudgeConfig, JudgeNetwork
from trainer.scenes.pool import ScenePool

FLASH = 0.6


def flash_pool(scenes: int, *, stems_each: int = 1) -> ScenePool:
    """The lively pool with pictures: a patch of 8x8 points flashes and dies away within four frames."""
    pool = lively_pool(scenes, stems_each=stems_each)
    points = torch.full((scenes, pool.steps, 3, 24, 24), -0.3)
    for row, scene in enumerate(pool.stem_scene.tolist()):
        corner, label = 8 * (row % 3), int(pool.stem_class[row])
        for step in torch.nonzero(pool.stem_control[row, :, :4].amax(-1) > 0)[:, 0].tolist():
            for age, left in enumerate((1.0, 0.6, 0.3, 0.1)):
                if step + age < pool.steps:
                    points[scene, step + age, label, 8:16, corner : corner + 8] = FLASH * left
    pool.grid[:, :, STATISTIC_CHANNELS:] = cells_of_points(points)
    return pool


def small_judge(classes: tuple[str, ...], seed: int = 1) -> JudgeNetwork:
    """A judge of a size that runs in a moment, with random weights."""
    torch.manual_seed(seed)
    config = JudgeConfig(classes, first_width=8, sound_width=4, hidden=16, fast_size=8, slow_size=8)
    return JudgeNetwork(config).eval()
