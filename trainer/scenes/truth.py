"""What happens in every scene of a pool, gathered from the control tracks of its stems.

Letters: B scenes, S steps of a scene, K classes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.generator.control import ACTIVITY_CHANNEL
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.scenes.pool import ScenePool


@dataclass(frozen=True)
class SceneTruth:
    """What happens in every scene of a pool.

    Attributes:
        onsets: (B, S) strength of visible contacts.
        active: (B, S) visible continuous action.
        frame_class: (B, S) class acting in the frame, -1 for none.
        seen: (B, K) classes on screen.
        heard: (B, K) classes in the mix.
    """

    onsets: Tensor
    active: Tensor
    frame_class: Tensor
    seen: Tensor
    heard: Tensor


def scene_truth(pool: ScenePool) -> SceneTruth:
    """Truth of every scene, from the control tracks of its stems."""
    scenes, steps, classes = pool.scenes, pool.steps, len(pool.classes)
    onsets = torch.zeros(scenes, steps)
    active = torch.zeros(scenes, steps)
    frame_class = torch.full((scenes, steps), -1, dtype=torch.long)
    seen = torch.zeros(scenes, classes)
    heard = torch.zeros(scenes, classes)
    impulses = pool.stem_control[..., :MEL_FRAMES_PER_TOKEN].float().amax(-1)  # (A, S)
    runs = pool.stem_control[..., ACTIVITY_CHANNEL].float()
    for row, scene in enumerate(pool.stem_scene.tolist()):
        label = int(pool.stem_class[row])
        if label >= 0:
            heard[scene, label] = 1.0
        if not bool(pool.stem_seen[row]):
            continue
        onsets[scene] = torch.maximum(onsets[scene], impulses[row])
        active[scene] = torch.maximum(active[scene], runs[row])
        if label >= 0:
            seen[scene, label] = 1.0
            near = functional.max_pool1d(impulses[row][None, None], 5, 1, 2)[0, 0] > 0
            frame_class[scene, near] = label
            frame_class[scene, (runs[row] > 0.5) & (frame_class[scene] < 0)] = label
    return SceneTruth(onsets, active, frame_class, seen, heard)
