"""Kinds of motion with a person in them: an arm that reaches into the picture and strikes.

Beside the contact a body moves for reasons of its own (it sways, the arm drifts), as real
players do, so that movement alone does not tell the moment.
"""

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.looks import shade
from trainer.scenes.primitives import SCENE_WIDTH, Look, Shape, primitive
from trainer.scenes.rhythm import Beats, distance_to_contact, ringing, wander
from trainer.scenes.stage import Drawing, Stage

FloatArray = NDArray[np.float32]

_SKIN = ((0.87, 0.67, 0.55), (0.72, 0.52, 0.40), (0.45, 0.31, 0.23), (0.95, 0.78, 0.69))


def limb(
    stage: Stage,
    look: Look,
    start: tuple[FloatArray, FloatArray],
    end: tuple[FloatArray, FloatArray],
    *,
    thick: float,
) -> FloatArray:
    """A straight limb between two moving points."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    return primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=0.5 * (start[0] + end[0]),
        y=0.5 * (start[1] + end[1]),
        half_width=0.5 * np.hypot(along_x, along_y) + 0.3 * thick,
        half_height=thick,
        angle=np.arctan2(along_y, along_x),
    )


def arm(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """An arm from the picture's edge that strikes a thing, with a stick or the bare hand."""
    rng, size = stage.rng, stage.size + 0.15
    lift = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.12, 0.45), leave_s=rng.uniform(0.15, 0.6),
        bend=rng.uniform(0.6, 1.2),
    )  # fmt: skip
    side = float(rng.choice([-1.0, 1.0]))
    sway = wander(rng, stage.times, rng.uniform(0.0, 0.06))
    reach = rng.uniform(0.15, 0.7) * size
    lean = rng.uniform(-0.8, 0.8)
    tip_x = stage.x + reach * lift * np.sin(lean) + 0.3 * sway * (lift > 0.05)
    tip_y = stage.y - reach * lift * np.cos(lean)
    stick = rng.uniform(0.0, 0.6) * size
    tilt = rng.uniform(0.1, 1.0) + lift * rng.uniform(-0.6, 0.6)
    hand = (tip_x - side * stick * np.cos(tilt), tip_y - stick * np.sin(tilt))
    shoulder_x = np.full(stage.steps, 0.5 * SCENE_WIDTH - side * rng.uniform(0.55, 0.95)) + sway
    shoulder_y = np.full(stage.steps, rng.uniform(-0.1, 0.5)) + 0.5 * sway
    bend = rng.uniform(0.0, 0.2)
    elbow = (0.5 * (shoulder_x + hand[0]), 0.5 * (shoulder_y + hand[1]) + bend * (1 + 0.5 * lift))
    skin = Look(_SKIN[int(rng.integers(len(_SKIN)))], 0.0, 0.0)
    sleeve = Look(tuple(rng.uniform(0.05, 0.95, 3)), float(rng.uniform(0, 60)), float(rng.uniform(0, 0.3)))
    thick = rng.uniform(0.04, 0.1) * (0.6 + size)
    shake = ringing(stage.times, beats, rate_hz=rng.uniform(5, 11), decay_s=0.12) * rng.uniform(0, 0.02)
    target = primitive(
        stage.steps, Shape.BOX if rng.random() < 0.5 else Shape.ELLIPSE, look, x=stage.x,
        y=stage.y + 0.3 * size + shake, half_width=size * rng.uniform(0.4, 1.2), half_height=0.3 * size,
    )  # fmt: skip
    body = primitive(
        stage.steps, Shape.ELLIPSE, shade(sleeve, 0.8), x=shoulder_x, y=shoulder_y + 0.45,
        half_width=rng.uniform(0.15, 0.35), half_height=0.5,
    )  # fmt: skip
    return [
        target,
        body,
        limb(stage, sleeve, (shoulder_x, shoulder_y), elbow, thick=thick),
        limb(stage, skin, elbow, hand, thick=0.8 * thick),
        limb(stage, Look((0.7, 0.6, 0.45), 0, 0), hand, (tip_x, tip_y), thick=0.015 + 0.02 * rng.random()),
    ]
