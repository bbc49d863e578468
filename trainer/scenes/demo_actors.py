"""Who plays in the sample clip: ball, mallet and bell plate, walker, drops, door; all times in seconds.

Bodies speed up towards their contacts and stop there abruptly, as in trainer.scenes.kinds.
"""

import math

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.canvas import Canvas, Colour, Gradient, Point, ellipse, limb, polygon, ring, slab
from trainer.scenes.garden import BEAM_Y, DECK_BACK_Y, DOORWAY, GANTRY_X, POND, SPOUT_TIP, WARM
from trainer.scenes.rhythm import (
    Beats,
    pulse,
    ringing,
    time_since_last,
    time_to_next,
)

FloatArray = NDArray[np.float32]

GRAVITY = 1620.0  # pixels per second squared
_NEVER_S = 100.0  # further ahead lies no contact

BALL = Beats(
    np.array([0.93, 1.65, 2.21, 2.64, 2.95], np.float32), np.array([1.0, 0.8, 0.6, 0.4, 0.25], np.float32)
)
BELL = Beats(np.array([3.42, 4.14, 4.98], np.float32), np.array([0.8, 0.9, 1.0], np.float32))
_BEAT_S, _STEP_COUNT = 0.49, 8
STEPS = Beats(
    (4.55 + _BEAT_S * np.arange(_STEP_COUNT)).astype(np.float32), np.full(_STEP_COUNT, 0.7, np.float32)
)
DROPS = Beats(np.array([3.11, 6.13, 8.62, 9.97], np.float32), np.array([0.8, 0.8, 0.9, 0.9], np.float32))
DOOR = Beats(np.array([9.27], np.float32), np.array([1.0], np.float32))

_BALL_FLOOR_Y, _BALL_RADIUS, _BALL_FALL_S = 274.0, 14.0, 0.66
_STRIDE, _FIRST_STEP_X, _SOLE_Y = 60.0, 32.0, 336.0
_LEG = 40.0  # thigh and shin alike


def _at(curve: FloatArray) -> float:
    return float(curve[0])


def _now(time: float) -> FloatArray:
    return np.array([time], np.float32)


def ball_height(time: float) -> float:
    """Pixels between the ball and the deck: free fall between contacts."""
    first = float(BALL.times_s[0])
    if time < first:
        return 0.5 * GRAVITY * (_BALL_FALL_S**2 - max(0.0, time - first + _BALL_FALL_S) ** 2)
    ahead, behind = _at(time_to_next(_now(time), BALL)[0]), _at(time_since_last(_now(time), BALL)[0])
    return 0.5 * GRAVITY * ahead * behind if ahead < _NEVER_S else 0.0


def draw_ball(canvas: Canvas, time: float) -> None:
    """A red ball with a light band that bounces over the deck and rolls out."""
    height = ball_height(time)
    rolled = 96 * (1 - math.exp(-max(0.0, time - 0.2) / 1.7))
    x = 176 + rolled
    squash = 1 - 0.3 * _at(pulse(_now(time), BALL, decay_s=0.05)) * (height < 20)
    wide, high = _BALL_RADIUS / squash, _BALL_RADIUS * squash
    y = _BALL_FLOOR_Y - high - height
    spread = 1 + height / 160
    canvas.paint(
        ellipse(x + 3, _BALL_FLOOR_Y, 15 * spread, 4.2 * spread),
        (0.10, 0.06, 0.06),
        alpha=0.55 / spread**2,
        soft=5,
    )
    body = ellipse(x, y, wide, high)
    canvas.paint(body, Gradient((x - 8, y - 10), (x + 9, y + 13), (0.97, 0.34, 0.26), (0.52, 0.10, 0.14)))
    turn = rolled / _BALL_RADIUS
    band = limb(
        (x - 30 * math.cos(turn), y - 30 * math.sin(turn)),
        (x + 30 * math.cos(turn), y + 30 * math.sin(turn)),
        first=3.4,
        last=3.4,
    )
    canvas.paint(band.within(body), (0.99, 0.90, 0.72), alpha=0.92)
    canvas.paint(ellipse(x + 5, y + 6, 11, 9), (0.25, 0.03, 0.08), alpha=0.28, soft=9)
    canvas.paint(ellipse(x - 5, y - 6, 3.4, 2.6), (1, 1, 1), alpha=0.75, soft=3)


def draw_bell(canvas: Canvas, time: float) -> None:
    """A bronze plate on cords, and a mallet that swings against its side from the same beam."""
    swing = 0.06 * _at(ringing(_now(time), BELL, rate_hz=2.1, decay_s=0.7))
    shine = _at(pulse(_now(time), BELL, decay_s=0.35))
    top = BEAM_Y + 5
    hang: Point = (GANTRY_X - 18, top)
    middle: Point = (hang[0] - 62 * math.sin(swing), top + 62 * math.cos(swing))
    for side in (-13, 13):
        canvas.paint(
            limb((hang[0] + side, top), (middle[0] + side, middle[1] - 28), first=1, last=1),
            (0.72, 0.62, 0.48),
        )
    since = _at(time_since_last(_now(time), BELL)[0])
    for number in range(3):
        reach = 34 + 70 * since + 12 * number
        if 0 <= since < 0.6:
            glow = ring(middle[0], middle[1], reach * 0.85, reach, thick=2.5)
            canvas.paint(glow, (1.0, 0.92, 0.66), alpha=0.30 * (1 - since / 0.6) / (number + 1), soft=3)
    tone = 0.16 * shine
    bronze = Gradient(
        (middle[0] - 22, middle[1] - 30), (middle[0] + 24, middle[1] + 34),
        (min(1, 0.98 + tone), 0.82 + tone, 0.47 + tone), (0.52 + tone, 0.34 + tone, 0.15 + tone),
    )  # fmt: skip
    canvas.paint(slab(*middle, 23, 33, angle=swing, rounded=4), bronze)
    canvas.paint(slab(*middle, 17.5, 27, angle=swing, rounded=3), (0.40, 0.25, 0.11), alpha=0.28)
    canvas.paint(slab(*middle, 16, 25.5, angle=swing, rounded=3), bronze)
    _draw_mallet(canvas, time, plate_edge=GANTRY_X - 18 + 23, level=top + 62)


def _mallet_lift(time: float) -> float:
    """How far the mallet is from the plate: at rest, drawn back, striking, staying a moment, back again."""
    ahead, force = (_at(curve) for curve in time_to_next(_now(time), BELL))
    since, _ = time_since_last(_now(time), BELL)
    down = force * math.pow(min(1.0, ahead / 0.24), 0.75)
    if time < float(BELL.times_s[0]):
        drawn = min(1.0, max(0.0, (time - 2.35) / 0.7))
        return min(down, 0.45 + 0.4 * drawn * drawn * (3 - 2 * drawn))
    back = math.pow(min(1.0, max(0.0, _at(since) - 0.07) / 0.4), 0.7)
    return min(down, 0.95 * back) if ahead < _NEVER_S else 0.45 * back


def _draw_mallet(canvas: Canvas, time: float, *, plate_edge: float, level: float) -> None:
    lift = _mallet_lift(time)
    head_half = 13.0
    pivot: Point = (plate_edge + head_half + 4, BEAM_Y + 5)
    length = level - pivot[1]
    angle = 0.066 + 0.85 * lift
    head: Point = (
        pivot[0] - 4 + length * math.sin(angle) - length * 0.066,
        pivot[1] + length * math.cos(angle),
    )
    canvas.paint(limb(pivot, head, first=1.8, last=2.2), (0.60, 0.45, 0.30))
    wood = Gradient((head[0], head[1] - 9), (head[0], head[1] + 9), (0.72, 0.44, 0.28), (0.34, 0.18, 0.12))
    canvas.paint(slab(*head, head_half, 9, angle=-angle + 0.066, rounded=4), wood)
    canvas.paint(
        limb((pivot[0] - 3, pivot[1]), (pivot[0] + 3, pivot[1]), first=2.4, last=2.4), (0.2, 0.13, 0.11)
    )


def foot_at(time: float, foot: int) -> Point:
    """How far along the path a foot is and how high its sole, standing or on its way to its next contact."""
    own = range(foot, _STEP_COUNT, 2)
    first = float(STEPS.times_s[0])
    landed = math.floor((time - first) / _BEAT_S + 1e-6)
    stands = max((k for k in (landed, landed - 1) if (k - foot) % 2 == 0), default=foot)
    last = own[-1]
    if stands >= last:
        return _step_x(last), 0.0
    share = (time - first - (stands + 1) * _BEAT_S) / _BEAT_S  # the other foot lands, then this one goes
    share = min(1.0, max(0.0, (share - 0.08) / 0.92))
    moved = share**0.9 if share < 1 else 1.0
    lift = 34 * share**0.6 * (1 - share) ** 0.75 * 1.55
    return _step_x(stands) + moved * (_step_x(stands + 2) - _step_x(stands)), lift


def _step_x(number: int) -> float:
    """Where step ``number`` comes down; the last one closes up beside the one before."""
    return _FIRST_STEP_X + _STRIDE * (number if number < _STEP_COUNT - 1 else number - 1.25)


def draw_walker(canvas: Canvas, time: float) -> None:
    """Someone in a long coat who comes along the gravel and stops at the pond."""
    feet = [foot_at(time, foot) for foot in (0, 1)]
    x = 0.5 * (feet[0][0] + feet[1][0]) + 3
    if x < -70:
        return
    apart = abs(feet[0][0] - feet[1][0]) / (2 * _STRIDE)
    hip: Point = (x, _SOLE_Y - 83 + 7 * apart)
    canvas.paint(ellipse(x + 6, _SOLE_Y + 2, 38, 6), (0.12, 0.10, 0.13), alpha=0.45, soft=7)
    for foot, place in enumerate(feet):
        _draw_pebbles(canvas, time, foot)
        _draw_leg(canvas, hip, place, far=foot == 1)
    _draw_coat(canvas, hip, swing=(feet[0][0] - feet[1][0]) / _STRIDE)


def _draw_leg(canvas: Canvas, hip: Point, foot: Point, *, far: bool) -> None:
    tone = 0.72 if far else 1.0
    ankle: Point = (foot[0] - 5, _SOLE_Y - 9 - foot[1])
    along = np.array(ankle) - np.array(hip)
    reach = min(float(np.hypot(*along)), 2 * _LEG - 0.5)
    bend = math.sqrt(_LEG**2 - (reach / 2) ** 2)
    unit = along / max(float(np.hypot(*along)), 1e-6)
    knee_x, knee_y = np.array(hip) + unit * reach / 2 + np.array([unit[1], -unit[0]]) * bend
    trousers: Colour = (0.22 * tone, 0.20 * tone, 0.28 * tone)
    canvas.paint(limb(hip, (knee_x, knee_y), first=9, last=7.5), trousers)
    canvas.paint(limb((knee_x, knee_y), ankle, first=7.5, last=5.5), trousers)
    tilt = 0.028 * foot[1]
    leather = Gradient(
        (0, ankle[1] - 6),
        (0, ankle[1] + 9),
        (0.62 * tone, 0.36 * tone, 0.20 * tone),
        (0.34 * tone, 0.19 * tone, 0.11 * tone),
    )
    toe: Point = (ankle[0] + 15 * math.cos(tilt), ankle[1] + 4.5 + 15 * math.sin(tilt))
    canvas.paint(limb((ankle[0], ankle[1] - 6), (ankle[0] - 1, ankle[1] + 3), first=6.5, last=6.5), leather)
    canvas.paint(limb((ankle[0] - 1, ankle[1] + 3.5), toe, first=6, last=4.8), leather)
    canvas.paint(
        limb((ankle[0] - 5, ankle[1] + 9), (toe[0] + 3, toe[1] + 4.5), first=1.6, last=1.6),
        (0.13, 0.09, 0.08),
    )


def _draw_coat(canvas: Canvas, hip: Point, *, swing: float) -> None:
    x, y = hip
    cloth = Gradient((x - 22, 0), (x + 22, 0), (0.13, 0.30, 0.35), (0.20, 0.44, 0.47))
    hand: Point = (x + 3 - 13 * swing, y + 3)
    shoulder: Point = (x - 1, y - 50)
    elbow: Point = (x - 5 - 7 * swing, y - 24)
    sway = 2.5 * swing
    canvas.paint(
        polygon(
            [(x - 10, y - 56), (x + 9, y - 56), (x + 19 + sway, y + 24), (x - 18 + sway, y + 26)], rounded=4
        ),
        cloth,
    )
    canvas.paint(limb((x + 11, y - 48), (x + 15, y + 20), first=0.8, last=0.8), (0.09, 0.22, 0.26), alpha=0.8)
    canvas.paint(limb(elbow, hand, first=5.2, last=4.4), (0.11, 0.26, 0.31))
    canvas.paint(limb(shoulder, elbow, first=6.6, last=5.4), (0.12, 0.28, 0.33))
    canvas.paint(ellipse(hand[0], hand[1] + 4, 4.2, 4.6), (0.86, 0.64, 0.52))
    canvas.paint(ellipse(x + 3, y - 74, 12, 13), (0.88, 0.67, 0.55))
    canvas.paint(ellipse(x + 14.5, y - 72, 2.6, 2.4), (0.88, 0.67, 0.55))
    canvas.paint(ellipse(x + 8.5, y - 75, 1.3, 1.6), (0.16, 0.11, 0.12))
    canvas.paint(ellipse(x - 4, y - 73, 7, 9), (0.28, 0.18, 0.15))
    canvas.paint(limb((x - 8, y - 83), (x + 11, y - 83), first=7.5, last=6), (0.55, 0.16, 0.20))
    canvas.paint(ellipse(x + 1, y - 92, 4, 4), (0.70, 0.26, 0.27))
    canvas.paint(limb((x - 8, y - 60), (x + 10, y - 59), first=5.2, last=4.8), (0.93, 0.70, 0.26))
    canvas.paint(limb((x - 7, y - 58), (x - 15 - sway, y - 36), first=4.4, last=4), (0.88, 0.63, 0.22))


def _draw_pebbles(canvas: Canvas, time: float, foot: int) -> None:
    """Small stones and dust thrown up where the foot has just come down."""
    for number in range(foot, _STEP_COUNT, 2):
        since = time - float(STEPS.times_s[number])
        if not 0 <= since < 0.36:
            continue
        x, chance = _step_x(number), np.random.default_rng(number)
        fade = 1 - since / 0.36
        dust = ellipse(x + 4, _SOLE_Y - 1 - 12 * since, 17 + 42 * since, 3 + 16 * since)
        canvas.paint(dust, (0.80, 0.74, 0.70), alpha=0.5 * fade, soft=6)
        for _ in range(9):
            along, up, size = chance.uniform(-70, 90), chance.uniform(60, 165), chance.uniform(1.1, 2.3)
            rise = up * since - 0.5 * 900 * since**2
            if rise > -3:
                canvas.paint(
                    ellipse(x + 5 + along * since, _SOLE_Y - rise, size, 0.8 * size), (0.76, 0.70, 0.66)
                )


def draw_drops(canvas: Canvas, time: float) -> None:
    """Drops that gather at the spout and fall into the pond."""
    x, tip_y = SPOUT_TIP
    surface = POND[1]
    ahead = _at(time_to_next(_now(time), DROPS)[0])
    fall_s = math.sqrt(2 * (surface - tip_y) / GRAVITY)
    falling = fall_s - ahead
    size = min(1.0, max(0.15, 1 - (ahead - fall_s) / 1.1)) if falling < 0 else 1.0
    y = (
        tip_y + 4 * size
        if falling < 0
        else tip_y + 4 + 0.5 * GRAVITY * falling**2 * (1 - 4 / (surface - tip_y))
    )
    if ahead < _NEVER_S:
        stretch = 1.25 + 0.5 * max(0.0, falling) / fall_s
        water = Gradient((x - 4, y - 8), (x + 4, y + 6), (0.97, 0.98, 1.0), (0.42, 0.62, 0.84))
        canvas.paint(ellipse(x, y - 4 * size, 5.2 * size, 5.2 * size * stretch), water)
    for fallen, force in zip(DROPS.times_s, DROPS.strengths, strict=True):
        since = time - float(fallen)
        if 0 <= since < 1.9:
            _draw_rings(canvas, since, float(force))
        if 0 <= since < 0.5:
            _draw_splash(canvas, since, float(force), number=int(100 * fallen))


def _draw_rings(canvas: Canvas, since: float, force: float) -> None:
    x, y, wide, high = POND
    water = ellipse(x, y, wide - 4, high - 3)
    for number in range(3):
        age = since - 0.16 * number
        if age < 0:
            continue
        reach = 9 + 62 * age**0.8
        fade = force * math.exp(-age / 0.6) / (1 + 0.35 * number)
        light = ring(x + 3, y, reach, 0.27 * reach, thick=2.6)
        shade = ring(x + 3, y + 2.2, reach - 3, 0.27 * (reach - 3), thick=2.2)
        canvas.paint(shade.within(water), (0.12, 0.18, 0.33), alpha=min(1.0, 0.7 * fade), soft=2)
        canvas.paint(light.within(water), (1.0, 0.95, 0.90), alpha=min(1.0, 1.1 * fade), soft=2)


def _draw_splash(canvas: Canvas, since: float, force: float, *, number: int) -> None:
    x, y = POND[0] + 3, POND[1]
    chance = np.random.default_rng(number)
    foam: Colour = (0.93, 0.97, 1.0)
    column = 30 * force * max(0.0, math.sin(math.pi * min(1.0, since / 0.34)))
    if column > 1:
        canvas.paint(limb((x, y + 1), (x, y - column), first=4.2, last=1.8), foam, alpha=0.85)
    for _ in range(10):
        along, up, size = chance.uniform(-95, 95), chance.uniform(100, 210) * force, chance.uniform(1.2, 2.4)
        rise = up * since - 0.5 * 900 * since**2
        if rise > 0:
            canvas.paint(ellipse(x + along * since, y - rise, size, size), foam, alpha=0.9)


def door_gap(time: float) -> float:
    """How far the door is open, 0 shut to 1: the wind plays with it, then throws it shut."""
    if time >= float(DOOR.times_s[0]):
        return 0.0
    ahead = float(DOOR.times_s[0]) - time
    drawn = min(1.0, max(0.0, (time - 7.4) / 1.3))
    resting = 0.62 + 0.02 * math.sin(1.1 * time) + 0.30 * drawn * drawn * (3 - 2 * drawn)
    return min(resting, 0.95 * math.pow(min(1.0, ahead / 0.42), 0.62))


def draw_door(canvas: Canvas, time: float) -> None:
    """The open doorway's light on the deck, and the door on its hinges."""
    left, top, right, bottom = DOORWAY
    gap = door_gap(time)
    turn = gap * 1.3
    shake = 1.6 * _at(ringing(_now(time), DOOR, rate_hz=9, decay_s=0.1))
    edge_x = left + (right - left) * math.cos(turn) + shake
    nearer = 15 * math.sin(turn)
    spill = polygon(
        [
            (edge_x, DECK_BACK_Y),
            (right, DECK_BACK_Y),
            (right + 62, 297),
            (edge_x + 18 + 22 * math.cos(turn), 297),
        ]
    )
    lit = min(1.0, 2.2 * (right - edge_x) / (right - left))
    canvas.paint(
        spill, Gradient((0, DECK_BACK_Y), (0, 300), WARM, (0.86, 0.62, 0.38)), alpha=0.55 * lit, soft=7
    )
    panel = polygon([(left, top), (edge_x, top - nearer * 0.4), (edge_x, bottom + nearer), (left, bottom)])
    dark = 1 - 0.35 * math.sin(turn)
    front = Gradient(
        (left, 0),
        (edge_x + 1, 0),
        (0.26 * dark, 0.44 * dark, 0.47 * dark),
        (0.20 * dark, 0.35 * dark, 0.39 * dark),
    )
    canvas.paint(panel, front)
    for low, high in ((0.07, 0.40), (0.50, 0.93)):
        _draw_inset(canvas, edge_x, nearer, (low, high))
    knob_x = left + 0.88 * (edge_x - left)
    canvas.paint(ellipse(knob_x, 170 + 0.3 * nearer, 2.8, 3.2), (0.96, 0.80, 0.42))
    if gap > 0.02:
        rim = limb((edge_x, top - nearer * 0.4 + 1), (edge_x, bottom + nearer - 1), first=1.3, last=1.3)
        canvas.paint(rim, (1.0, 0.82, 0.52), alpha=0.8)
    dust = _at(time_since_last(_now(time), DOOR)[0])
    if 0 <= dust < 0.6:
        puff = ellipse(right - 16, bottom + 4 - 6 * dust, 34 + 40 * dust, 5 + 14 * dust)
        canvas.paint(puff, (0.85, 0.74, 0.66), alpha=0.40 * (1 - dust / 0.6), soft=9)


def _draw_inset(canvas: Canvas, edge_x: float, nearer: float, span: tuple[float, float]) -> None:
    """One of the two sunk fields of the door."""
    left, top, _, bottom = DOORWAY
    corners = []
    for across, down in ((0.16, span[0]), (0.80, span[0]), (0.80, span[1]), (0.16, span[1])):
        above, below = top - 0.4 * nearer * across, bottom + nearer * across
        corners.append((left + across * (edge_x - left), above + down * (below - above)))
    if edge_x - left > 12:
        canvas.paint(polygon(corners), (0.12, 0.23, 0.27), alpha=0.55)
