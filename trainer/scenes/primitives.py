"""The alphabet of the pictures: soft-edged primitives with one row of numbers per frame.

Letters: P primitives, T frames at 25 Hz, K = PRIMITIVE_FIELDS. x runs from 0 to 4/3
(left to right), y from 0 to 1 (top to bottom).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Numbers = NDArray[np.floating[Any]] | NDArray[np.bool_] | float
SCENE_WIDTH = 4 / 3


class Shape(IntEnum):
    """What a primitive is."""

    ELLIPSE = 0
    BOX = 1
    RING = 2


class Field(IntEnum):
    """Columns of a primitive row."""

    SHAPE = 0
    X = 1
    Y = 2
    HALF_WIDTH = 3
    HALF_HEIGHT = 4
    ANGLE = 5
    RED = 6
    GREEN = 7
    BLUE = 8
    ALPHA = 9
    STRIPES = 10
    STRIPE_DEPTH = 11


PRIMITIVE_FIELDS = len(Field)


@dataclass(frozen=True)
class Look:
    """Colour and surface of a thing."""

    rgb: tuple[float, float, float]
    stripes: float
    stripe_depth: float


def primitive(
    steps: int,
    shape: Shape,
    look: Look,
    *,
    x: Numbers,
    y: Numbers,
    half_width: Numbers,
    half_height: Numbers,
    angle: Numbers = 0.0,
    alpha: Numbers = 1.0,
) -> FloatArray:
    """One primitive over time, (T, K); every number may be constant or (T,)."""
    rows = np.zeros((steps, PRIMITIVE_FIELDS), dtype=np.float32)
    values = {
        Field.SHAPE: float(shape),
        Field.X: x,
        Field.Y: y,
        Field.HALF_WIDTH: half_width,
        Field.HALF_HEIGHT: half_height,
        Field.ANGLE: angle,
        Field.RED: look.rgb[0],
        Field.GREEN: look.rgb[1],
        Field.BLUE: look.rgb[2],
        Field.ALPHA: alpha,
        Field.STRIPES: look.stripes,
        Field.STRIPE_DEPTH: look.stripe_depth,
    }
    for field, value in values.items():
        rows[:, field] = value
    return rows
