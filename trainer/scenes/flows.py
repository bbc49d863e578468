"""Kinds of motion that sound for as long as they move: streams, flames, engines, strokes."""

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.looks import look_of, shade
from trainer.scenes.primitives import Look, Shape, primitive
from trainer.scenes.stage import Drawing, Stage

FloatArray = NDArray[np.float32]


def stream(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """Particles that run down without end: water, rain."""
    rng, size = stage.rng, stage.size
    drawing = [
        primitive(
            stage.steps,
            Shape.BOX,
            shade(look, 0.8),
            x=stage.x,
            y=stage.y,
            half_width=0.5 * size,
            half_height=size,
            alpha=0.5,
        )
    ]
    speed = rng.uniform(0.8, 2.5)
    for _ in range(9):
        run = (rng.random() + speed * np.cumsum(activity) / 25 / (2 * size)) % 1.0
        drawing.append(
            primitive(
                stage.steps,
                Shape.ELLIPSE,
                shade(look, rng.uniform(1.2, 1.7)),
                x=stage.x + rng.uniform(-0.45, 0.45) * size,
                y=stage.y - size + 2 * size * run,
                half_width=0.03 + 0.03 * rng.random(),
                half_height=0.05 + 0.06 * rng.random(),
                alpha=0.3 + 0.6 * activity,
            )
        )
    return drawing


def flicker(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """Flames that jump about."""
    rng, size = stage.rng, stage.size
    drawing = []
    for layer in range(4):
        jump = rng.normal(0, 1, stage.steps).astype(np.float32) * activity
        colour = Look((1.0, 0.35 + 0.15 * layer, 0.08 * layer), 0, 0)
        height = size * (0.75 - 0.15 * layer) * (1 + 0.25 * jump) * (0.15 + 0.85 * activity)
        drawing.append(
            primitive(
                stage.steps,
                Shape.ELLIPSE,
                colour,
                x=stage.x + 0.06 * size * rng.normal(0, 1, stage.steps),
                y=stage.y - 0.6 * np.abs(height),
                half_width=size * (0.4 - 0.08 * layer),
                half_height=np.abs(height) + 0.01,
                alpha=0.75,
            )
        )
    logs = shade(look, 0.4)
    drawing.append(
        primitive(
            stage.steps, Shape.BOX, logs, x=stage.x, y=stage.y + 0.05, half_width=0.5 * size, half_height=0.06
        )
    )
    return drawing


def shake(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """A machine that trembles while it runs."""
    rng, size = stage.rng, stage.size
    rate = rng.uniform(5, 11)
    tremble = np.sin(2 * np.pi * rate * stage.times + rng.uniform(0, 6)) * activity * rng.uniform(0.008, 0.03)
    body = primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=stage.x + 0.5 * tremble,
        y=stage.y + tremble,
        half_width=0.8 * size,
        half_height=0.5 * size,
    )
    part = primitive(
        stage.steps,
        Shape.ELLIPSE,
        shade(look, 0.5),
        x=stage.x + 0.3 * size + tremble,
        y=stage.y - 0.1 * size - tremble,
        half_width=0.25 * size,
        half_height=0.25 * size,
    )
    return [body, part]


def spin(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """Blades that turn."""
    rng, size = stage.rng, stage.size
    turn = rng.uniform(3, 11) * np.cumsum(activity) / 25 * 2 * np.pi * 0.37
    blades = [
        primitive(
            stage.steps,
            Shape.BOX,
            look,
            x=stage.x,
            y=stage.y,
            half_width=size,
            half_height=0.07 * size,
            angle=turn + shift,
        )
        for shift in (0.0, np.pi / 2)
    ]
    hub = primitive(
        stage.steps,
        Shape.ELLIPSE,
        shade(look, 0.6),
        x=stage.x,
        y=stage.y,
        half_width=0.15 * size,
        half_height=0.15 * size,
    )
    return [*blades, hub]


def scrub(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """A thing drawn to and fro over another."""
    rng, size = stage.rng, stage.size
    path = rng.uniform(1.0, 3.5) * np.cumsum(activity) / 25
    place = np.abs((path + rng.random()) % 2.0 - 1.0) - 0.5
    turn = rng.uniform(-0.6, 0.6)
    base = primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=stage.x,
        y=stage.y + 0.2 * size,
        half_width=size,
        half_height=0.15 * size,
        angle=turn,
    )
    tool = primitive(
        stage.steps,
        Shape.BOX,
        shade(look, rng.uniform(0.4, 1.6)),
        x=stage.x + place * size * np.cos(turn),
        y=stage.y + place * size * np.sin(turn),
        half_width=0.3 * size,
        half_height=0.12 * size,
        angle=turn,
    )
    return [base, tool]


def flap(stage: Stage, activity: FloatArray, look: Look) -> Drawing:
    """Wings, leaves or cloth that beat."""
    rng, size = stage.rng, stage.size
    rate = rng.uniform(2.0, 5.5)
    swing = np.sin(2 * np.pi * rate * stage.times) * activity
    return [
        primitive(
            stage.steps,
            Shape.ELLIPSE,
            look,
            x=stage.x + side * 0.45 * size,
            y=stage.y - 0.2 * size * swing,
            half_width=0.5 * size,
            half_height=0.14 * size,
            angle=side * 0.7 * swing,
        )
        for side in (-1.0, 1.0)
    ]


FLOW_KINDS = {
    "stream": stream,
    "flicker": flicker,
    "shake": shake,
    "spin": spin,
    "scrub": scrub,
    "flap": flap,
}


def draw_activity(rng: np.random.Generator, times: FloatArray) -> FloatArray:
    """When a flow runs, (T,) between 0 and 1: throughout, or in stretches with soft edges."""
    if rng.random() < 0.4:
        return np.ones_like(times)
    activity = np.zeros_like(times)
    start = rng.uniform(0.0, 1.5)
    while start < times[-1]:
        end = start + rng.uniform(0.5, 2.5)
        activity[(times >= start) & (times < end)] = 1.0
        start = end + rng.uniform(0.3, 1.5)
    if activity.max() == 0.0:
        activity[:] = 1.0
    return activity


def draw_flow_kind(name: str, stage: Stage, activity: FloatArray, class_name: str) -> Drawing:
    """Draw a continuous actor of the named kind for a sound class."""
    return FLOW_KINDS[name](stage, activity, look_of(class_name, stage.rng))
