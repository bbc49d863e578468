"""A scene pool made of numbers, where every field is known."""

import torch

from engine.features.motion_grid import GRID_CHANNELS
from engine.generator.control import ACTIVITY_CHANNEL, CONTROL_CHANNELS
from trainer.scenes.pool import ScenePool

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")


def pool_of(
    stems: list[tuple[int, int, bool]],
    *,
    scenes: int,
    steps: int = 40,
    hits: dict[int, dict[int, float]] | None = None,
) -> ScenePool:
    """A pool from stems.

    Args:
        stems: (scene, class number, seen) of each stem.
        scenes: Number of scenes.
        steps: Frames of a scene.
        hits: By stem, strengths by mel frame.

    Every grid cell holds 100 * scene + step (channel 7), every mel frame 1000 * scene + frame.
    """
    grid = torch.zeros(scenes, steps, GRID_CHANNELS, 8, 8)
    grid[:, :, 7] = (100.0 * torch.arange(scenes)[:, None] + torch.arange(steps))[..., None, None]
    mel = (1000.0 * torch.arange(scenes)[:, None] + torch.arange(4 * steps))[..., None].expand(-1, -1, 128)
    control = torch.zeros(len(stems), steps, CONTROL_CHANNELS)
    for row, marks in (hits or {}).items():
        for frame, strength in marks.items():
            control[row, frame // 4, frame % 4] = strength
    rows: list[list[int]] = [[] for _ in range(scenes)]
    for row, (scene, _, _) in enumerate(stems):
        rows[scene].append(row)
    return ScenePool(
        classes=CLASSES,
        grid=grid,
        mix_mel=mel.clone(),
        stem_mel=torch.stack([mel[scene] + 0.25 for scene, _, _ in stems]),
        stem_scene=torch.tensor([scene for scene, _, _ in stems]),
        stem_class=torch.tensor([label for _, label, _ in stems]),
        stem_seen=torch.tensor([seen for _, _, seen in stems]),
        stem_control=control,
        stem_place=torch.full((len(stems), 2), 0.5),
        silent_onsets=torch.zeros(scenes, steps),
        stem_rows=rows,
    )


def set_active(pool: ScenePool, row: int, start: int, end: int) -> None:
    pool.stem_control[row, start:end, ACTIVITY_CHANNEL] = 1.0
