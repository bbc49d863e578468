"""Kinds of motion: each draws an actor whose visible contacts fall on the given beats.

Every kind names the sound classes it can belong to; the class decides the look (colour and
surface), so that what is seen tells what is heard.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.looks import look_of, shade
from trainer.scenes.primitives import SCENE_WIDTH, Look, Shape, primitive
from trainer.scenes.rhythm import (
    Beats,
    distance_to_contact,
    pulse,
    ringing,
    time_since_last,
    time_to_next,
    wander,
)

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """Where and when an actor plays: frame times (T,), place, size, chance."""

    times: FloatArray
    x: float
    y: float
    size: float
    rng: np.random.Generator

    @property
    def steps(self) -> int:
        """Frames."""
        return len(self.times)


Drawing = list[FloatArray]
DrawKind = Callable[[Stage, Beats, Look], Drawing]


def bounce(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A ball that lands on every beat, on a ledge."""
    rng, size = stage.rng, stage.size
    ahead, _ = time_to_next(stage.times, beats)
    behind, force = time_since_last(stage.times, beats)
    period = np.minimum(ahead + behind, 1.2)
    phase = np.clip(np.minimum(ahead, behind) / np.maximum(period, 0.1), 0, 0.5)
    height = 4 * phase * (1 - phase) * np.minimum(period, 0.9) * rng.uniform(0.5, 0.8)
    radius = 0.35 * size
    squash = 1 - 0.25 * pulse(stage.times, beats, decay_s=0.05)
    x = stage.x + wander(rng, stage.times, 0.08)
    ball = primitive(
        stage.steps, Shape.ELLIPSE, look, x=x, y=stage.y - radius - height * size * 2 * force,
        half_width=radius / squash, half_height=radius * squash,
    )
    ledge = primitive(
        stage.steps, Shape.BOX, shade(look, 0.6), x=stage.x, y=stage.y + 0.02,
        half_width=size * 1.2, half_height=0.02,
    )
    return [ledge, ball]


def strike(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A stick, held at one end, that beats a resting thing."""
    rng, size = stage.rng, stage.size
    lift = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.1, 0.3), leave_s=rng.uniform(0.12, 0.4),
        bend=rng.uniform(0.6, 1.1),
    )
    side = rng.choice([-1.0, 1.0])
    tilt = side * (rng.uniform(0.0, 0.5) + lift * rng.uniform(0.5, 1.3))
    length = size * rng.uniform(0.8, 1.5)
    hand_x = stage.x - side * length + wander(rng, stage.times, 0.015)
    hand_y = stage.y - 0.3 * size - 0.25 * size * lift
    tip_angle = np.where(side > 0, -np.abs(tilt), np.abs(tilt))
    middle_x = hand_x + side * 0.5 * length * np.cos(tip_angle)
    middle_y = hand_y + side * 0.5 * length * np.sin(tip_angle)
    shake = ringing(stage.times, beats, rate_hz=rng.uniform(6, 11), decay_s=0.12) * rng.uniform(0, 0.03)
    shape = Shape.BOX if rng.random() < 0.6 else Shape.ELLIPSE
    target = primitive(
        stage.steps, shape, look, x=stage.x, y=stage.y + 0.35 * size + shake,
        half_width=size * rng.uniform(0.5, 1.1), half_height=size * rng.uniform(0.2, 0.6), angle=shake * 2,
    )
    handle = shade(Look((0.75, 0.62, 0.45), 0.0, 0.0), rng.uniform(0.4, 1.2))
    stick = primitive(
        stage.steps, Shape.BOX, handle, x=middle_x, y=middle_y, half_width=0.5 * length,
        half_height=0.03 + 0.05 * size * rng.random(), angle=tip_angle,
    )
    hand = primitive(
        stage.steps, Shape.ELLIPSE, Look((0.8, 0.6, 0.5), 0, 0), x=hand_x, y=hand_y,
        half_width=0.12 * size, half_height=0.1 * size,
    )
    return [target, stick, hand]


def steps(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """Two feet that come down in turn on a floor of the class's look."""
    rng, size = stage.rng, stage.size
    drawing = [
        primitive(
            stage.steps, Shape.BOX, look, x=SCENE_WIDTH / 2, y=stage.y + 0.25, half_width=1.0, half_height=0.25
        )
    ]
    walk = wander(rng, stage.times, rng.uniform(0.0, 0.25))
    shoe = Look(tuple(rng.uniform(0.05, 0.9, 3)), 0.0, 0.0)
    for foot in range(2):
        own = Beats(beats.times_s[foot::2], beats.strengths[foot::2])
        if len(own.times_s) == 0:
            own = beats
        lift = distance_to_contact(
            stage.times, own, approach_s=rng.uniform(0.14, 0.26), leave_s=rng.uniform(0.15, 0.35), bend=0.8
        )
        x = stage.x + (foot - 0.5) * 0.6 * size + walk
        y = stage.y - 0.06 - lift * 0.45 * size
        drawing.append(
            primitive(
                stage.steps, Shape.BOX, shoe, x=x, y=y, half_width=0.22 * size, half_height=0.07 * size,
                angle=lift * 0.5,
            )
        )
        drawing.append(
            primitive(
                stage.steps, Shape.BOX, shade(shoe, 0.7), x=x - 0.08 * size, y=y - 0.45 * size,
                half_width=0.08 * size, half_height=0.4 * size, angle=lift * 0.2,
            )
        )
    return drawing


def burst(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A body that kicks back with a flash: shot, blast."""
    rng, size = stage.rng, stage.size
    flash = pulse(stage.times, beats, decay_s=rng.uniform(0.03, 0.15))
    kick = pulse(stage.times, beats, decay_s=rng.uniform(0.08, 0.2))
    side = rng.choice([-1.0, 1.0])
    recoil = kick * rng.uniform(0.05, 0.3) * size
    body = primitive(
        stage.steps, Shape.BOX, look, x=stage.x - side * recoil, y=stage.y - 0.3 * recoil,
        half_width=0.6 * size, half_height=0.14 * size, angle=-side * kick * rng.uniform(0, 0.4),
    )
    grip = primitive(
        stage.steps, Shape.BOX, shade(look, 0.7), x=stage.x - side * (0.35 * size + recoil),
        y=stage.y + 0.25 * size, half_width=0.1 * size, half_height=0.25 * size,
    )
    fire = primitive(
        stage.steps, Shape.ELLIPSE, Look((1.0, rng.uniform(0.7, 1.0), rng.uniform(0.3, 0.9)), 0, 0),
        x=stage.x + side * 0.8 * size, y=stage.y, half_width=size * (0.1 + 0.4 * flash),
        half_height=size * (0.08 + 0.3 * flash), alpha=np.clip(flash * 1.5, 0, 1),
    )
    return [body, grip, fire]


def slam(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A panel on hinges that shuts on the beat and opens slowly."""
    rng, size = stage.rng, stage.size
    gap = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.2, 0.6), leave_s=rng.uniform(0.4, 1.0), bend=0.8
    )
    width = size * rng.uniform(0.5, 0.9)
    shown = width * np.cos(np.clip(gap, 0, 1) * 1.3)
    frame = primitive(
        stage.steps, Shape.BOX, shade(look, 0.35), x=stage.x, y=stage.y, half_width=width * 1.08,
        half_height=size * 0.95,
    )
    panel = primitive(
        stage.steps, Shape.BOX, look, x=stage.x - width + shown, y=stage.y, half_width=shown,
        half_height=size * 0.9,
    )
    return [frame, panel]


def splash(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A drop or stone that falls into a surface and throws rings and spray."""
    rng, size = stage.rng, stage.size
    ahead, _ = time_to_next(stage.times, beats)
    behind, force = time_since_last(stage.times, beats)
    fall = np.clip(ahead, 0, 0.7)
    drop = primitive(
        stage.steps, Shape.ELLIPSE, shade(look, rng.uniform(0.4, 1.6)), x=stage.x,
        y=stage.y - 2.2 * size * fall**2 / 0.5 - 0.02, half_width=0.12 * size, half_height=0.16 * size,
        alpha=(ahead < 0.7).astype(np.float32),
    )
    surface = primitive(
        stage.steps, Shape.BOX, look, x=SCENE_WIDTH / 2, y=stage.y + 0.3, half_width=1.0, half_height=0.3
    )
    spread = np.clip(behind, 0, 1.5)
    ring = primitive(
        stage.steps, Shape.RING, shade(look, 1.6), x=stage.x, y=stage.y + 0.03,
        half_width=size * (0.1 + spread), half_height=size * (0.04 + 0.3 * spread),
        alpha=force * np.exp(-spread / 0.4) * (behind >= 0),
    )
    drawing = [surface, ring, drop]
    for _ in range(3):
        vx, vy = rng.uniform(-0.8, 0.8), rng.uniform(0.8, 1.8)
        drawing.append(
            primitive(
                stage.steps, Shape.ELLIPSE, shade(look, 1.4), x=stage.x + vx * size * spread,
                y=stage.y - size * (vy * spread - 2.4 * spread**2), half_width=0.06 * size,
                half_height=0.06 * size, alpha=((behind >= 0) & (behind < 0.6)) * force,
            )
        )
    return drawing


def collide(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """Two bodies that meet on the beat and spring apart."""
    rng, size = stage.rng, stage.size
    gap = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.15, 0.4), leave_s=rng.uniform(0.25, 0.6), bend=0.9
    )
    radius = 0.3 * size
    turn = rng.uniform(-0.6, 0.6)
    shape = Shape.ELLIPSE if rng.random() < 0.5 else Shape.BOX
    pair = []
    for side, share in ((-1.0, rng.uniform(0.0, 1.0)), (1.0, 1.0)):
        reach = radius + gap * size * share
        pair.append(
            primitive(
                stage.steps, shape, shade(look, rng.uniform(0.7, 1.3)), x=stage.x + side * reach * np.cos(turn),
                y=stage.y + side * reach * np.sin(turn), half_width=radius, half_height=radius,
                angle=turn + side * gap * rng.uniform(0, 0.6),
            )
        )
    return pair


def shatter(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A thing that flies to pieces on the beat and stands whole again later."""
    rng, size = stage.rng, stage.size
    behind, _ = time_since_last(stage.times, beats)
    broken = (behind >= 0) & (behind < 0.7)
    since = np.where(broken, behind, 0.0)
    whole = primitive(
        stage.steps, Shape.BOX, look, x=stage.x, y=stage.y, half_width=0.4 * size, half_height=0.6 * size,
        alpha=(~broken).astype(np.float32),
    )
    drawing = [whole]
    for _ in range(6):
        vx, vy, spin = rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 0.6), rng.uniform(-9, 9)
        drawing.append(
            primitive(
                stage.steps, Shape.BOX, shade(look, rng.uniform(0.7, 1.4)),
                x=stage.x + rng.uniform(-0.3, 0.3) * size + vx * since * size,
                y=stage.y + rng.uniform(-0.4, 0.4) * size + size * (vy * since + 2.5 * since**2),
                half_width=rng.uniform(0.06, 0.2) * size, half_height=rng.uniform(0.06, 0.2) * size,
                angle=spin * since, alpha=broken * np.exp(-since),
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
        stage.steps, Shape.ELLIPSE, shade(look, 0.85), x=x, y=y + 0.7 * size, half_width=0.55 * size,
        half_height=0.5 * size * (1 + 0.1 * open_mouth),
    )
    head = primitive(
        stage.steps, Shape.ELLIPSE, look, x=x + 0.4 * nod, y=y - nod, half_width=0.38 * size,
        half_height=0.36 * size,
    )
    mouth = primitive(
        stage.steps, Shape.ELLIPSE, Look((0.15, 0.05, 0.05), 0, 0), x=x + 0.4 * nod + 0.12 * size,
        y=y - nod + 0.14 * size, half_width=0.14 * size, half_height=size * (0.02 + 0.16 * open_mouth),
    )
    return [body, head, mouth]


def press(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A finger that presses a key; the key lights up."""
    rng, size = stage.rng, stage.size
    lift = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.08, 0.2), leave_s=rng.uniform(0.1, 0.3), bend=0.9
    )
    down = pulse(stage.times, beats, decay_s=0.1)
    key = primitive(
        stage.steps, Shape.BOX, shade(look, 1.0), x=stage.x, y=stage.y + 0.08 * size * down,
        half_width=0.35 * size, half_height=0.14 * size,
    )
    lamp = primitive(
        stage.steps, Shape.ELLIPSE, Look((0.9, 0.9, 0.3), 0, 0), x=stage.x + 0.6 * size, y=stage.y,
        half_width=0.08 * size, half_height=0.08 * size, alpha=np.clip(down * rng.choice([0.0, 1.2]), 0, 1),
    )
    finger = primitive(
        stage.steps, Shape.BOX, Look((0.85, 0.65, 0.55), 0, 0), x=stage.x + 0.05 * size,
        y=stage.y - 0.75 * size - lift * 0.4 * size, half_width=0.1 * size, half_height=0.6 * size,
        angle=lift * 0.15,
    )
    return [key, lamp, finger]


EVENT_KINDS: dict[str, DrawKind] = {
    "bounce": bounce,
    "strike": strike,
    "steps": steps,
    "burst": burst,
    "slam": slam,
    "splash": splash,
    "collide": collide,
    "shatter": shatter,
    "voice": voice,
    "press": press,
}


def draw_event_kind(name: str, stage: Stage, beats: Beats, class_name: str) -> Drawing:
    """Draw an actor of the named kind for a sound class."""
    return EVENT_KINDS[name](stage, beats, look_of(class_name, stage.rng))
