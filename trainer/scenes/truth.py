"""What happens in every scene of a pool, gathered from the control tracks of its stems.

Letters: B scenes, S steps of a scene, K classes, A stems.
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
        onsets: (B, S) strength of visible contacts, those of silent copies among them.
        silent_onsets: (B, S) the contacts of silent copies alone.
        active: (B, S) visible continuous action.
        frame_class: (B, S) class acting in the frame, -1 for none.
        seen: (B, K) sounding classes on screen.
        heard: (B, K) classes in the mix.
        audio_onsets: (B, S) strength of audible contacts, seen or not.
        audio_active: (B, S) continuous sound.
        audio_frame_class: (B, S) class sounding in the frame, -1 for none.
    """

    onsets: Tensor
    silent_onsets: Tensor
    active: Tensor
    frame_class: Tensor
    seen: Tensor
    heard: Tensor
    audio_onsets: Tensor
    audio_active: Tensor
    audio_frame_class: Tensor


def stem_truth(pool: ScenePool, row: int) -> tuple[Tensor, Tensor, Tensor]:
    """Contacts, activity and class of each frame of one stem, (S,) each."""
    control = pool.stem_control[row].float()
    impulses = control[:, :MEL_FRAMES_PER_TOKEN].amax(-1)
    runs = control[:, ACTIVITY_CHANNEL]
    return impulses, runs, _class_in_frames(int(pool.stem_class[row]), impulses, runs)


def _class_in_frames(label: int, impulses: Tensor, runs: Tensor) -> Tensor:
    near = functional.max_pool1d(impulses[None, None], 5, 1, 2)[0, 0] > 0
    classes = torch.full((len(impulses),), -1, dtype=torch.long)
    classes[near | (runs > 0.5)] = label
    return classes


def scene_truth(pool: ScenePool) -> SceneTruth:
    """Truth of every scene."""
    scenes, steps = pool.scenes, pool.steps
    shape = (scenes, steps)
    truth = SceneTruth(
        onsets=pool.silent_onsets.float().clone(),
        silent_onsets=pool.silent_onsets.float(),
        active=torch.zeros(shape),
        frame_class=torch.full(shape, -1, dtype=torch.long),
        seen=torch.zeros(scenes, len(pool.classes)),
        heard=torch.zeros(scenes, len(pool.classes)),
        audio_onsets=torch.zeros(shape),
        audio_active=torch.zeros(shape),
        audio_frame_class=torch.full(shape, -1, dtype=torch.long),
    )
    for row, scene in enumerate(pool.stem_scene.tolist()):
        _add_stem(truth, pool, row, scene)
    return truth


def _add_stem(truth: SceneTruth, pool: ScenePool, row: int, scene: int) -> None:
    impulses, runs, classes = stem_truth(pool, row)
    label = int(pool.stem_class[row])
    _raise(truth.audio_onsets[scene], truth.audio_active[scene], impulses, runs)
    _name(truth.audio_frame_class[scene], classes, impulses)
    if label >= 0:
        truth.heard[scene, label] = 1.0
    if bool(pool.stem_seen[row]):
        _raise(truth.onsets[scene], truth.active[scene], impulses, runs)
        _name(truth.frame_class[scene], classes, impulses)
        if label >= 0:
            truth.seen[scene, label] = 1.0


def _raise(onsets: Tensor, active: Tensor, impulses: Tensor, runs: Tensor) -> None:
    onsets.copy_(torch.maximum(onsets, impulses))
    active.copy_(torch.maximum(active, runs))


def _name(names: Tensor, classes: Tensor, impulses: Tensor) -> None:
    """Contacts win over what goes on and on; elsewhere the first to come stays."""
    near = functional.max_pool1d(impulses[None, None], 5, 1, 2)[0, 0] > 0
    take = (classes >= 0) & (near | (names < 0))
    names[take] = classes[take]
