"""A small painter: shapes as signed distances, laid over a picture with smooth edges.

Places and sizes are in pixels, x to the right, y downwards; angles in radians, clockwise on
the screen. Colours are (red, green, blue) from 0 to 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Colour = tuple[float, float, float]
Point = tuple[float, float]
Distance = Callable[[FloatArray, FloatArray], FloatArray]

_FARTHEST = 1e4


@dataclass(frozen=True)
class Shape:
    """A figure of the plane.

    Attributes:
        distance: Signed distance in pixels of points (x, y), negative inside.
        box: Left, top, right, bottom of a frame around it.
    """

    distance: Distance
    box: tuple[float, float, float, float]

    def within(self, other: "Shape") -> "Shape":
        """The part of this shape that lies in another."""
        box = (*np.maximum(self.box[:2], other.box[:2]), *np.minimum(self.box[2:], other.box[2:]))
        return Shape(lambda x, y: np.maximum(self.distance(x, y), other.distance(x, y)), _numbers(box))

    def without(self, other: "Shape") -> "Shape":
        """The part of this shape that lies outside another."""
        return Shape(lambda x, y: np.maximum(self.distance(x, y), -other.distance(x, y)), self.box)


@dataclass(frozen=True)
class Gradient:
    """A colour that changes along a straight line, and stays the same beyond its ends."""

    start: Point
    end: Point
    first: Colour
    last: Colour

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Colours (H, W, 3) of a grid of points."""
        along_x, along_y = self.end[0] - self.start[0], self.end[1] - self.start[1]
        length = along_x**2 + along_y**2
        share = ((x - self.start[0]) * along_x + (y - self.start[1]) * along_y) / length
        share = np.clip(share, 0, 1)[..., None]
        first, last = np.array(self.first, np.float32), np.array(self.last, np.float32)
        blend: FloatArray = (first + share * (last - first)).astype(np.float32)
        return blend


class Canvas:
    """A picture that shapes are laid onto.

    Args:
        pixels: (H, W, 3) within 0 to 1; painted on in place.
    """

    def __init__(self, pixels: FloatArray) -> None:
        self.pixels = pixels

    def paint(
        self, shape: Shape, colour: Colour | Gradient, *, alpha: float = 1.0, soft: float = 1.0
    ) -> None:
        """Lay a shape over the picture; ``soft`` is the width of its edge in pixels."""
        height, width, _ = self.pixels.shape
        left, top, right, bottom = shape.box
        columns = slice(max(0, int(left - soft) - 1), min(width, int(right + soft) + 2))
        rows = slice(max(0, int(top - soft) - 1), min(height, int(bottom + soft) + 2))
        if alpha <= 0 or columns.start >= columns.stop or rows.start >= rows.stop:
            return
        y, x = np.mgrid[rows, columns].astype(np.float32) + 0.5
        cover = np.clip(0.5 - shape.distance(x, y) / soft, 0, 1)
        cover = (cover * cover * (3 - 2 * cover) if soft > 2 else cover)[..., None] * np.float32(alpha)
        inks = colour.at(x, y) if isinstance(colour, Gradient) else np.array(colour, np.float32)
        part = self.pixels[rows, columns]
        part += cover * (inks - part)


def ellipse(x: float, y: float, half_width: float, half_height: float, *, angle: float = 0.0) -> Shape:
    """An ellipse; its distance is exact on the edge and close to it elsewhere."""
    cos, sin = np.cos(angle), np.sin(angle)

    def distance(px: FloatArray, py: FloatArray) -> FloatArray:
        along = ((px - x) * cos + (py - y) * sin) / half_width
        across = ((py - y) * cos - (px - x) * sin) / half_height
        reach = np.hypot(along, across)
        slope = np.hypot(along / half_width, across / half_height)
        found = reach * (reach - 1) / np.maximum(slope, 1e-6)
        return np.where(reach < 1e-3, -min(half_width, half_height), found).astype(np.float32)

    wide = float(np.hypot(half_width * cos, half_height * sin))
    high = float(np.hypot(half_width * sin, half_height * cos))
    return Shape(distance, (x - wide, y - high, x + wide, y + high))


def ring(x: float, y: float, half_width: float, half_height: float, *, thick: float) -> Shape:
    """The line of an ellipse."""
    whole = ellipse(x, y, half_width, half_height)
    left, top, right, bottom = whole.box

    def distance(px: FloatArray, py: FloatArray) -> FloatArray:
        found: FloatArray = np.abs(whole.distance(px, py)) - np.float32(0.5 * thick)
        return found

    return Shape(distance, (left - thick, top - thick, right + thick, bottom + thick))


def limb(start: Point, end: Point, *, first: float, last: float) -> Shape:
    """A rod with round ends whose radius goes from ``first`` to ``last``."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = max(along_x**2 + along_y**2, 1e-6)

    def distance(px: FloatArray, py: FloatArray) -> FloatArray:
        left, down = px - start[0], py - start[1]
        share = np.clip((left * along_x + down * along_y) / length, 0, 1)
        away = np.hypot(left - share * along_x, down - share * along_y)
        found: FloatArray = (away - (first + share * (last - first))).astype(np.float32)
        return found

    reach = max(first, last)
    low, high = np.minimum(start, end) - reach, np.maximum(start, end) + reach
    return Shape(distance, _numbers((*low, *high)))


def polygon(points: Sequence[Point], *, rounded: float = 0.0) -> Shape:
    """A convex polygon, its corners in either direction of turn; ``rounded`` widens it by a radius."""
    corners = np.array(points, dtype=np.float32)
    edges = np.roll(corners, -1, axis=0) - corners
    turn = np.sign(
        np.sum(corners[:, 0] * np.roll(corners[:, 1], -1) - np.roll(corners[:, 0], -1) * corners[:, 1])
    )
    normals = turn * np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)

    def distance(px: FloatArray, py: FloatArray) -> FloatArray:
        found = np.full(px.shape, -_FARTHEST, dtype=np.float32)
        for (corner_x, corner_y), (normal_x, normal_y) in zip(corners, normals, strict=True):
            np.maximum(found, (px - corner_x) * normal_x + (py - corner_y) * normal_y, out=found)
        return found - rounded

    return Shape(distance, _numbers((*corners.min(0) - rounded, *corners.max(0) + rounded)))


def slab(
    x: float, y: float, half_width: float, half_height: float, *, angle: float = 0.0, rounded: float = 0.0
) -> Shape:
    """A rectangle with rounded corners."""
    cos, sin = np.cos(angle), np.sin(angle)
    inner_w, inner_h = half_width - rounded, half_height - rounded

    def distance(px: FloatArray, py: FloatArray) -> FloatArray:
        along = np.abs((px - x) * cos + (py - y) * sin) - inner_w
        across = np.abs((py - y) * cos - (px - x) * sin) - inner_h
        outside = np.hypot(np.maximum(along, 0), np.maximum(across, 0))
        found: FloatArray = outside + np.minimum(np.maximum(along, across), 0) - rounded
        return found

    wide = abs(half_width * cos) + abs(half_height * sin)
    high = abs(half_width * sin) + abs(half_height * cos)
    return Shape(distance, (x - wide, y - high, x + wide, y + high))


def _numbers(box: tuple[float, ...]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(value) for value in box)
    return left, top, right, bottom
