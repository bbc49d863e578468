"""One decoded picture to RGB as a viewer sees it: colours by the right matrix, rotation applied."""

from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Colours = NDArray[np.uint8]

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_HD_LINES = 720  # by custom, films of this height or more are BT.709 when they do not say


def to_rgb(frame: VideoFrame, *, rotation: int) -> Colours:
    """The picture at its own size.

    Args:
        frame: Decoded picture.
        rotation: Counter-clockwise degrees to turn it by, a multiple of 90.

    Returns:
        (H, W, 3) uint8, H and W as shown.
    """
    pixels = frame.to_ndarray(format="rgb24", src_colorspace=_matrix(frame))
    return _turned(np.asarray(pixels, dtype=np.uint8), rotation)


def to_small_rgb(frame: VideoFrame, *, width: int, height: int, rotation: int) -> Colours:
    """The picture squashed to a size by averaging areas, (height, width, 3) uint8."""
    stored_width, stored_height = (height, width) if rotation % 180 else (width, height)
    pixels = frame.to_ndarray(
        format="rgb24",
        width=stored_width,
        height=stored_height,
        interpolation="AREA",
        src_colorspace=_matrix(frame),
    )
    return _turned(np.asarray(pixels, dtype=np.uint8), rotation)


def _matrix(frame: VideoFrame) -> Literal["ITU709", "ITU601"] | None:
    """The colour matrix to assume, None where the picture states its own."""
    if frame.colorspace != _UNSPECIFIED or frame.format.name.startswith(("rgb", "gbr", "bgr", "pal")):
        return None
    return "ITU709" if frame.height >= _HD_LINES else "ITU601"


def _turned(pixels: Colours, rotation: int) -> Colours:
    return np.ascontiguousarray(np.rot90(pixels, rotation // 90))
