"""The place of the sample clip: an evening garden with a house, a deck, a pond and a gravel path."""

import numpy as np
from numpy.typing import NDArray

from trainer.scenes.canvas import Canvas, Colour, Gradient, Point, ellipse, limb, polygon, ring, slab

FloatArray = NDArray[np.float32]

WIDTH, HEIGHT = 640, 360
DOORWAY = (50.0, 92.0, 116.0, 238.0)  # left, top, right, bottom
DECK_BACK_Y = 238.0
POND: tuple[float, float, float, float] = (535.0, 283.0, 98.0, 25.0)  # middle and half sizes
SPOUT_TIP: Point = (538.0, 171.0)
GANTRY_X, BEAM_Y, GANTRY_FOOT_Y = 336.0, 108.0, 246.0
PATH_Y = 308.0

WARM: Colour = (1.0, 0.78, 0.42)
_WOOD: Colour = (0.36, 0.23, 0.16)
_SEED = 7


def draw_garden() -> FloatArray:
    """All that never moves, (HEIGHT, WIDTH, 3) within 0 to 1."""
    canvas = Canvas(_sky())
    rng = np.random.default_rng(_SEED)
    _draw_distance(canvas, rng)
    _draw_lawn(canvas, rng)
    _draw_house(canvas)
    _draw_deck(canvas)
    _draw_pond(canvas, rng)
    _draw_gantry(canvas)
    _draw_path(canvas, rng)
    return np.clip(canvas.pixels, 0, 1)


def _sky() -> FloatArray:
    """Dusk from above to the horizon."""
    heights = [0, 70, 140, 190, 215, HEIGHT]
    tones = np.array(
        [(0.13, 0.16, 0.32), (0.30, 0.27, 0.46), (0.66, 0.44, 0.52), (0.93, 0.64, 0.50), (0.98, 0.79, 0.58),
         (0.98, 0.79, 0.58)]
    )  # fmt: skip
    rows = np.arange(HEIGHT) + 0.5
    column = np.stack([np.interp(rows, heights, tones[:, tone]) for tone in range(3)], axis=1)
    return np.repeat(column[:, None].astype(np.float32), WIDTH, axis=1)


def _draw_distance(canvas: Canvas, rng: np.random.Generator) -> None:
    for _ in range(26):
        x, y = rng.uniform(170, WIDTH), rng.uniform(4, 95)
        size = rng.uniform(0.5, 1.1)
        canvas.paint(ellipse(x, y, size, size), (1, 0.96, 0.88), alpha=rng.uniform(0.25, 0.8))
    canvas.paint(ellipse(468, 58, 60, 60), (1.0, 0.85, 0.75), alpha=0.28, soft=90)
    canvas.paint(ellipse(468, 58, 21, 21), (1.0, 0.95, 0.86))
    canvas.paint(ellipse(462, 53, 4.5, 4), (0.90, 0.83, 0.76), alpha=0.5, soft=3)
    canvas.paint(ellipse(475, 64, 6, 5), (0.90, 0.83, 0.76), alpha=0.45, soft=3)
    canvas.paint(ellipse(250, 262, 260, 92), (0.52, 0.40, 0.52))
    canvas.paint(ellipse(590, 262, 280, 84), (0.44, 0.36, 0.49))
    canvas.paint(ellipse(420, 268, 190, 74), (0.36, 0.32, 0.44))
    for x, size in ((492, 24), (528, 33), (569, 27), (604, 38), (640, 30), (208, 22), (236, 17)):
        canvas.paint(limb((x, 218), (x, 205 - size), first=2.6, last=1.6), (0.20, 0.18, 0.24))
        dark: Colour = (0.21 + 0.0012 * size, 0.25, 0.30)
        canvas.paint(ellipse(x, 192 - size * 0.7, size * 0.62, size), dark, soft=3)


def _draw_lawn(canvas: Canvas, rng: np.random.Generator) -> None:
    green = Gradient((0, 205), (0, 320), (0.34, 0.40, 0.31), (0.19, 0.29, 0.21))
    canvas.paint(polygon([(-5, 209), (WIDTH + 5, 205), (WIDTH + 5, 365), (-5, 365)]), green)
    for _ in range(420):
        x, depth = rng.uniform(0, WIDTH), rng.uniform(0, 1) ** 0.7
        y = 212 + depth * 96
        blade = limb((x, y), (x + rng.normal(0, 2), y - 2 - 5 * depth), first=0.7, last=0.3)
        tone = rng.uniform(0.7, 1.35)
        canvas.paint(blade, (0.24 * tone, 0.34 * tone, 0.22 * tone), alpha=0.6)


def _draw_house(canvas: Canvas) -> None:
    wall = Gradient((0, 60), (170, 240), (0.60, 0.47, 0.44), (0.42, 0.33, 0.36))
    canvas.paint(polygon([(-5, 56), (172, 56), (172, 240), (-5, 240)]), wall)
    for y in range(72, 240, 14):
        canvas.paint(slab(83, y, 90, 0.6), (0.30, 0.22, 0.25), alpha=0.35)
    canvas.paint(slab(169, 148, 4, 92), (0.34, 0.26, 0.29))
    canvas.paint(slab(83, 66, 90, 8), (0.14, 0.11, 0.16), alpha=0.5, soft=14)
    roof = Gradient((0, 10), (0, 62), (0.24, 0.17, 0.22), (0.33, 0.23, 0.26))
    canvas.paint(polygon([(-5, 8), (150, 8), (196, 60), (-5, 60)]), roof)
    canvas.paint(slab(95, 61, 102, 3, rounded=2), (0.18, 0.13, 0.17))
    left, top, right, bottom = DOORWAY
    canvas.paint(slab((left + right) / 2, (top + bottom) / 2, 40, 80, rounded=2), (0.24, 0.16, 0.14))
    glow = Gradient((0, top), (0, bottom), (1.0, 0.86, 0.55), (0.93, 0.58, 0.26))
    canvas.paint(polygon([(left, top), (right, top), (right, bottom), (left, bottom)]), glow)
    canvas.paint(slab((left + right) / 2, bottom - 8, 33, 8), (0.55, 0.30, 0.15), alpha=0.6, soft=10)
    canvas.paint(slab(76, 134, 11, 15), (0.80, 0.52, 0.30), alpha=0.7)
    canvas.paint(slab(76, 134, 8, 12), (0.62, 0.66, 0.60), alpha=0.7)
    _draw_window(canvas)


def _draw_window(canvas: Canvas) -> None:
    canvas.paint(slab(143, 133, 18, 28), (1.0, 0.75, 0.4), alpha=0.25, soft=18)
    canvas.paint(slab(145, 133, 17, 24, rounded=1), (0.24, 0.16, 0.14))
    canvas.paint(slab(145, 133, 14, 21), Gradient((0, 112), (0, 154), (1.0, 0.87, 0.58), (0.96, 0.68, 0.36)))
    canvas.paint(slab(145, 133, 1.2, 21), (0.24, 0.16, 0.14))
    canvas.paint(slab(145, 131, 14, 1.2), (0.24, 0.16, 0.14))
    canvas.paint(slab(145, 159, 20, 3, rounded=1), (0.30, 0.21, 0.19))


def _draw_deck(canvas: Canvas) -> None:
    """Planks that run towards the eye, narrower at the back."""
    back, front, floor = DECK_BACK_Y, 298.0, 310.0
    edges = np.linspace(0, 1, 12)
    tones = (1.0, 0.92, 1.06, 0.96, 1.03, 0.90, 1.0, 1.07, 0.94, 1.02, 0.97)
    for left, right, tone in zip(edges[:-1], edges[1:], tones, strict=True):
        corners = [(-20 + 276 * left, back), (-20 + 276 * right, back),
                   (-60 + 356 * right, front), (-60 + 356 * left, front)]  # fmt: skip
        far = (0.50 * tone, 0.34 * tone, 0.24 * tone)
        near = (0.66 * tone, 0.46 * tone, 0.31 * tone)
        canvas.paint(polygon(corners), Gradient((0, back), (0, front), far, near))
        canvas.paint(
            limb((-20 + 276 * right, back), (-60 + 356 * right, front), first=0.7, last=1.1),
            (0.24, 0.15, 0.12),
        )
    canvas.paint(polygon([(-5, front), (296, front), (296, floor), (-5, floor)]), (0.32, 0.21, 0.16))
    canvas.paint(slab(146, front + 1, 151, 1.2), (0.78, 0.57, 0.40), alpha=0.7)


def _draw_pond(canvas: Canvas, rng: np.random.Generator) -> None:
    x, y, wide, high = POND
    canvas.paint(ellipse(x, y + 3, wide + 12, high + 8), (0.10, 0.15, 0.12), alpha=0.7, soft=8)
    for angle in np.linspace(0, 2 * np.pi, 34, endpoint=False):
        size, tone = rng.uniform(6, 10), rng.uniform(0.8, 1.2)
        stone = ellipse(x + (wide + 3) * np.cos(angle), y + (high + 3) * np.sin(angle), size, 0.62 * size)
        canvas.paint(stone, (0.42 * tone, 0.41 * tone, 0.45 * tone))
    water = Gradient((0, y - high), (0, y + high), (0.80, 0.60, 0.55), (0.20, 0.27, 0.42))
    canvas.paint(ellipse(x, y, wide - 3, high - 2), water)
    canvas.paint(ring(x, y, wide - 3, high - 2, thick=3), (0.10, 0.14, 0.22), alpha=0.5, soft=3)
    canvas.paint(ellipse(x - 34, y + 6, 18, 2.2), (0.95, 0.83, 0.74), alpha=0.35, soft=3)
    for side, turn in ((70, 0.3), (56, -0.4), (80, 0.0)):
        canvas.paint(ellipse(x - side, y + 8 + 6 * turn, 11, 4, angle=0.1), (0.25, 0.42, 0.28))
        canvas.paint(ellipse(x - side - 1, y + 7 + 6 * turn, 8, 2.2), (0.33, 0.52, 0.34), alpha=0.7)
    _draw_spout(canvas)


def _draw_spout(canvas: Canvas) -> None:
    """A bamboo pipe on a post, over the pond."""
    tip_x, tip_y = SPOUT_TIP
    cane = Gradient((0, 150), (0, 172), (0.62, 0.66, 0.38), (0.33, 0.38, 0.22))
    canvas.paint(
        limb((618, 268), (618, 138), first=6, last=6),
        Gradient((612, 0), (625, 0), (0.50, 0.54, 0.31), (0.25, 0.29, 0.18)),
    )
    canvas.paint(limb((630, 146), (tip_x + 3, tip_y - 9), first=6.5, last=5.5), cane)
    canvas.paint(ellipse(tip_x, tip_y - 8, 2.6, 5.2, angle=-0.15), (0.13, 0.15, 0.10))
    for x in (572, 603):
        y = 146 + (630 - x) / 92 * 16
        canvas.paint(limb((x, y - 5), (x + 1.4, y + 5), first=0.9, last=0.9), (0.25, 0.28, 0.16))
    canvas.paint(slab(618, 152, 8, 2.4), (0.30, 0.21, 0.14))


def _draw_gantry(canvas: Canvas) -> None:
    """Two posts and a beam, for the bell plate and its mallet."""
    x = GANTRY_X
    canvas.paint(ellipse(x + 4, GANTRY_FOOT_Y + 2, 76, 8), (0.08, 0.12, 0.10), alpha=0.5, soft=10)
    for side in (-58.0, 62.0):
        post = Gradient((x + side - 5, 0), (x + side + 5, 0), (0.47, 0.30, 0.21), (0.25, 0.15, 0.12))
        canvas.paint(slab(x + side, 178, 5, 70, rounded=1), post)
        canvas.paint(slab(x + side, GANTRY_FOOT_Y, 10, 4, rounded=2), _WOOD)
    beam = Gradient((0, BEAM_Y - 6), (0, BEAM_Y + 6), (0.55, 0.36, 0.25), (0.28, 0.17, 0.13))
    canvas.paint(slab(x + 2, BEAM_Y, 74, 6, rounded=2), beam)


def _draw_path(canvas: Canvas, rng: np.random.Generator) -> None:
    ground = Gradient((0, PATH_Y), (0, HEIGHT), (0.46, 0.42, 0.43), (0.60, 0.55, 0.53))
    canvas.paint(
        polygon([(-5, PATH_Y + 2), (WIDTH + 5, PATH_Y + 6), (WIDTH + 5, 365), (-5, 365)]), ground, soft=4
    )
    depths = np.sort(rng.uniform(0, 1, 1500))
    for depth in depths:
        x, y = rng.uniform(0, WIDTH), PATH_Y + 6 + depth * 50
        size, tone = (1.0 + 2.2 * depth) * rng.uniform(0.7, 1.3), rng.uniform(0.68, 1.28)
        canvas.paint(ellipse(x, y + 0.5 * size, 1.05 * size, 0.62 * size), (0.25, 0.22, 0.25), alpha=0.55)
        warm = rng.uniform(0.96, 1.06)
        stone: Colour = (0.56 * tone * warm, 0.52 * tone, 0.51 * tone / warm)
        canvas.paint(ellipse(x, y, size, 0.6 * size, angle=rng.uniform(-0.4, 0.4)), stone)
