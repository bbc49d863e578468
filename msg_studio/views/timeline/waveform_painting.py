"""Waveforms: least and greatest value of each device pixel column, edges smoothed."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from engine.records import FloatArray
from msg_studio.views.timeline.peak_pyramid import PeakPyramid

SHAPE = 0.5  # quiet sounds stay visible: the drawn height is the level to this power
LEAST_LINE = 1.0  # device pixels


def draw_waveform(
    painter: QPainter,
    where: QRectF,
    pyramid: PeakPyramid,
    *,
    first: float,
    samples_per_pixel: float,
    colour: QColor,
    ratio: float,
) -> None:
    """Draw a stretch of a sound.

    Args:
        painter: On the canvas, in logical pixels.
        where: Rectangle to fill; full scale is its height.
        pyramid: The sound.
        first: Sample of the sound at the rectangle's left edge.
        samples_per_pixel: Per logical pixel.
        colour: Of the waveform.
        ratio: Device pixels in a logical one.
    """
    columns, height = int(where.width() * ratio), int(where.height() * ratio)
    if columns < 1 or height < 3:
        return
    low, high = pyramid.columns(first, samples_per_pixel / ratio, columns)
    painter.drawImage(where.topLeft(), wave_image(low, high, height=height, colour=colour, ratio=ratio))


def wave_image(
    low: FloatArray, high: FloatArray, *, height: int, colour: QColor, ratio: float = 1.0
) -> QImage:
    """A picture of a waveform on nothing.

    Args:
        low: (columns,) least values, -1 to 1.
        high: (columns,) greatest values.
        height: Device pixels.
        colour: Of the waveform.
        ratio: Device pixels in a logical one.
    """
    middle = height / 2
    top, bottom = middle - _shaped(high) * middle, middle - _shaped(low) * middle
    thin = np.maximum(0, LEAST_LINE - (bottom - top)) / 2
    top, bottom = top - thin, bottom + thin
    rows = np.arange(height)[:, None]
    covered = np.clip(np.minimum(bottom, rows + 1) - np.maximum(top, rows), 0, 1)  # (height, columns)
    pixels = np.empty((height, len(low), 4), dtype=np.uint8)
    for channel, value in enumerate((colour.blue(), colour.green(), colour.red(), 255)):
        pixels[..., channel] = np.round(covered * value * colour.alphaF())
    image = QImage(
        pixels.data, len(low), height, 4 * len(low), QImage.Format.Format_ARGB32_Premultiplied
    ).copy()  # the copy owns its memory
    image.setDevicePixelRatio(ratio)
    return image


def _shaped(values: FloatArray) -> FloatArray:
    clipped = np.clip(values, -1, 1)
    return (np.sign(clipped) * np.abs(clipped) ** SHAPE).astype(np.float32)
