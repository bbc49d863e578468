"""Kinds of motion that break out on the beat: flashes, splashes, pieces that fly, voices."""

import numpy as np

from trainer.scenes.looks import shade
from trainer.scenes.primitives import SCENE_WIDTH, Look, Shape, primitive
from trainer.scenes.rhythm import Beats, pulse, time_since_last, time_to_next, wander
from trainer.scenes.stage import Drawing, Stage


def burst(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A body that kicks back with a flash: shot, blast."""
    rng, size = stage.rng, stage.size
    flash = pulse(stage.times, beats, decay_s=rng.uniform(0.03, 0.15))
    kick = pulse(stage.times, beats, decay_s=rng.uniform(0.08, 0.2))
    side = rng.choice([-1.0, 1.0])
    recoil = kick * rng.uniform(0.05, 0.3) * size
    body = primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=stage.x - side * recoil,
        y=stage.y - 0.3 * recoil,
        half_width=0.6 * size,
        half_height=0.14 * size,
        angle=-side * kick * rng.uniform(0, 0.4),
    )
    grip = primitive(
        stage.steps,
        Shape.BOX,
        shade(look, 0.7),
        x=stage.x - side * (0.35 * size + recoil),
        y=stage.y + 0.25 * size,
        half_width=0.1 * size,
        half_height=0.25 * size,
    )
    fire = primitive(
        stage.steps,
        Shape.ELLIPSE,
        Look((1.0, rng.uniform(0.7, 1.0), rng.uniform(0.3, 0.9)), 0, 0),
        x=stage.x + side * 0.8 * size,
        y=stage.y,
        half_width=size * (0.1 + 0.4 * flash),
        half_height=size * (0.08 + 0.3 * flash),
        alpha=np.clip(flash * 1.5, 0, 1),
    )
    return [body, grip, fire]


def splash(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A drop or stone that falls into a surface and throws rings and spray."""
    rng, size = stage.rng, stage.size
    ahead, _ = time_to_next(stage.times, beats)
    behind, force = time_since_last(stage.times, beats)
    fall = np.clip(ahead, 0, 0.7)
    drop = primitive(
        stage.steps,
        Shape.ELLIPSE,
        shade(look, rng.uniform(0.4, 1.6)),
        x=stage.x,
        y=stage.y - 2.2 * size * fall**2 / 0.5 - 0.02,
        half_width=0.12 * size,
        half_height=0.16 * size,
        alpha=(ahead < 0.7).astype(np.float32),
    )
    surface = primitive(
        stage.steps, Shape.BOX, look, x=SCENE_WIDTH / 2, y=stage.y + 0.3, half_width=1.0, half_height=0.3
    )
    spread = np.clip(behind, 0, 1.5)
    ring = primitive(
        stage.steps,
        Shape.RING,
        shade(look, 1.6),
        x=stage.x,
        y=stage.y + 0.03,
        half_width=size * (0.1 + spread),
        half_height=size * (0.04 + 0.3 * spread),
        alpha=force * np.exp(-spread / 0.4) * (behind >= 0),
    )
    drawing = [surface, ring, drop]
    for _ in range(3):
        vx, vy = rng.uniform(-0.8, 0.8), rng.uniform(0.8, 1.8)
        drawing.append(
            primitive(
                stage.steps,
                Shape.ELLIPSE,
                shade(look, 1.4),
                x=stage.x + vx * size * spread,
                y=stage.y - size * (vy * spread - 2.4 * spread**2),
                half_width=0.06 * size,
                half_height=0.06 * size,
                alpha=((behind >= 0) & (behind < 0.6)) * force,
            )
        )
    return drawing


def shatter(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A thing that flies to pieces on the beat and stands whole again later."""
    rng, size = stage.rng, stage.size
    behind, _ = time_since_last(stage.times, beats)
    broken = (behind >= 0) & (behind < 0.7)
    since = np.where(broken, behind, 0.0)
    whole = primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=stage.x,
        y=stage.y,
        half_width=0.4 * size,
        half_height=0.6 * size,
        alpha=(~broken).astype(np.float32),
    )
    drawing = [whole]
    for _ in range(6):
        vx, vy, spin = rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 0.6), rng.uniform(-9, 9)
        drawing.append(
            primitive(
                stage.steps,
                Shape.BOX,
                shade(look, rng.uniform(0.7, 1.4)),
                x=stage.x + rng.uniform(-0.3, 0.3) * size + vx * since * size,
                y=stage.y + rng.uniform(-0.4, 0.4) * size + size * (vy * since + 2.5 * since**2),
                half_width=rng.uniform(0.06, 0.2) * size,
                half_height=rng.uniform(0.06, 0.2) * size,
                angle=spin * since,
                alpha=broken * np.exp(-since),
            )
        )
    return drawing


def voice(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A creature that jerks and opens its mouth on the beat."""
    rng, size = stage.rng, stage.size
    open_mouth = pulse(stage.times, beats, decay_s=rng.uniform(0.12, 0.3))
    nod = open_mouth * rng.uniform(0.05, 0.3) * size
    x = stage.x + wander(rng, stage.times, 0.03)
    y = stage.y + wander(rng, stage.times, 0.02)
    body = primitive(
        stage.steps,
        Shape.ELLIPSE,
        shade(look, 0.85),
        x=x,
        y=y + 0.7 * size,
        half_width=0.55 * size,
        half_height=0.5 * size * (1 + 0.1 * open_mouth),
    )
    head = primitive(
        stage.steps,
        Shape.ELLIPSE,
        look,
        x=x + 0.4 * nod,
        y=y - nod,
        half_width=0.38 * size,
        half_height=0.36 * size,
    )
    mouth = primitive(
        stage.steps,
        Shape.ELLIPSE,
        Look((0.15, 0.05, 0.05), 0, 0),
        x=x + 0.4 * nod + 0.12 * size,
        y=y - nod + 0.14 * size,
        half_width=0.14 * size,
        half_height=size * (0.02 + 0.16 * open_mouth),
    )
    return [body, head, mouth]
