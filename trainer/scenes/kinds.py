"""Kinds of motion: each draws an actor whose visible contacts fall on the given beats.

Every kind names the sound classes it can belong to; the class decides the look (colour and
surface), so that what is seen tells what is heard.
"""

import numpy as np

from trainer.scenes.bodies import arm
from trainer.scenes.looks import look_of, shade
from trainer.scenes.outbursts import burst, shatter, splash, voice
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
from trainer.scenes.stage import Drawing, DrawKind, Stage


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
        stage.steps,
        Shape.ELLIPSE,
        look,
        x=x,
        y=stage.y - radius * squash - height * size * 2 * force,
        half_width=radius / squash,
        half_height=radius * squash,
    )
    ledge = primitive(
        stage.steps,
        Shape.BOX,
        shade(look, 0.6),
        x=stage.x,
        y=stage.y + 0.02,
        half_width=size * 1.2,
        half_height=0.02,
    )
    return [ledge, ball]


def strike(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A stick, held at one end, that beats a resting thing."""
    rng, size = stage.rng, stage.size
    lift = distance_to_contact(
        stage.times,
        beats,
        approach_s=rng.uniform(0.1, 0.3),
        leave_s=rng.uniform(0.12, 0.4),
        bend=rng.uniform(0.6, 1.1),
    )
    side = rng.choice([-1.0, 1.0])
    rest = rng.uniform(0.0, 0.5)
    tilt = side * (rest + lift * rng.uniform(0.5, 1.3))
    length = size * rng.uniform(0.8, 1.5)
    hand_x = stage.x - side * length + wander(rng, stage.times, 0.015)
    hand_y = stage.y - 0.3 * size - 0.25 * size * lift
    tip_angle = np.where(side > 0, -np.abs(tilt), np.abs(tilt))
    middle_x = hand_x + side * 0.5 * length * np.cos(tip_angle)
    middle_y = hand_y + side * 0.5 * length * np.sin(tip_angle)
    shake = ringing(stage.times, beats, rate_hz=rng.uniform(6, 11), decay_s=0.12) * rng.uniform(0, 0.03)
    shape = Shape.BOX if rng.random() < 0.6 else Shape.ELLIPSE
    thick = 0.03 + 0.05 * size * rng.random()
    tall = size * rng.uniform(0.2, 0.6)
    top = stage.y - 0.3 * size - length * np.sin(rest) + thick  # under the stick's tip as it rests
    target = primitive(
        stage.steps,
        shape,
        look,
        x=stage.x,
        y=top + tall + shake,
        half_width=size * rng.uniform(0.5, 1.1),
        half_height=tall,
        angle=shake * 2,
    )
    handle = shade(Look((0.75, 0.62, 0.45), 0.0, 0.0), rng.uniform(0.4, 1.2))
    stick = primitive(
        stage.steps,
        Shape.BOX,
        handle,
        x=middle_x,
        y=middle_y,
        half_width=0.5 * length,
        half_height=thick,
        angle=tip_angle,
    )
    hand = primitive(
        stage.steps,
        Shape.ELLIPSE,
        Look((0.8, 0.6, 0.5), 0, 0),
        x=hand_x,
        y=hand_y,
        half_width=0.12 * size,
        half_height=0.1 * size,
    )
    return [target, stick, hand]


def steps(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """Two feet that come down in turn on a floor of the class's look."""
    rng, size = stage.rng, stage.size
    drawing = [
        primitive(
            stage.steps,
            Shape.BOX,
            look,
            x=SCENE_WIDTH / 2,
            y=stage.y + 0.25,
            half_width=1.0,
            half_height=0.25,
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
                stage.steps,
                Shape.BOX,
                shoe,
                x=x,
                y=y,
                half_width=0.22 * size,
                half_height=0.07 * size,
                angle=lift * 0.5,
            )
        )
        drawing.append(
            primitive(
                stage.steps,
                Shape.BOX,
                shade(shoe, 0.7),
                x=x - 0.08 * size,
                y=y - 0.45 * size,
                half_width=0.08 * size,
                half_height=0.4 * size,
                angle=lift * 0.2,
            )
        )
    return drawing


def slam(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A panel on hinges that shuts on the beat and opens slowly."""
    rng, size = stage.rng, stage.size
    gap = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.2, 0.6), leave_s=rng.uniform(0.4, 1.0), bend=0.8
    )
    width = size * rng.uniform(0.5, 0.9)
    shown = width * np.cos(np.clip(gap, 0, 1) * 1.3)
    frame = primitive(
        stage.steps,
        Shape.BOX,
        shade(look, 0.35),
        x=stage.x,
        y=stage.y,
        half_width=width * 1.08,
        half_height=size * 0.95,
    )
    panel = primitive(
        stage.steps,
        Shape.BOX,
        look,
        x=stage.x - width + shown,
        y=stage.y,
        half_width=shown,
        half_height=size * 0.9,
    )
    return [frame, panel]


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
                stage.steps,
                shape,
                shade(look, rng.uniform(0.7, 1.3)),
                x=stage.x + side * reach * np.cos(turn),
                y=stage.y + side * reach * np.sin(turn),
                half_width=radius,
                half_height=radius,
                angle=turn + side * gap * rng.uniform(0, 0.6),
            )
        )
    return pair


def press(stage: Stage, beats: Beats, look: Look) -> Drawing:
    """A finger that presses a key; the key lights up."""
    rng, size = stage.rng, stage.size
    lift = distance_to_contact(
        stage.times, beats, approach_s=rng.uniform(0.08, 0.2), leave_s=rng.uniform(0.1, 0.3), bend=0.9
    )
    down = pulse(stage.times, beats, decay_s=0.1)
    key = primitive(
        stage.steps,
        Shape.BOX,
        shade(look, 1.0),
        x=stage.x,
        y=stage.y + 0.08 * size * down,
        half_width=0.35 * size,
        half_height=0.14 * size,
    )
    lamp = primitive(
        stage.steps,
        Shape.ELLIPSE,
        Look((0.9, 0.9, 0.3), 0, 0),
        x=stage.x + 0.6 * size,
        y=stage.y,
        half_width=0.08 * size,
        half_height=0.08 * size,
        alpha=np.clip(down * rng.choice([0.0, 1.2]), 0, 1),
    )
    finger = primitive(
        stage.steps,
        Shape.BOX,
        Look((0.85, 0.65, 0.55), 0, 0),
        x=stage.x + 0.05 * size,
        y=stage.y - 0.75 * size - lift * 0.4 * size,
        half_width=0.1 * size,
        half_height=0.6 * size,
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
    "arm": arm,
}


def draw_event_kind(name: str, stage: Stage, beats: Beats, class_name: str) -> Drawing:
    """Draw an actor of the named kind for a sound class."""
    return EVENT_KINDS[name](stage, beats, look_of(class_name, stage.rng))
