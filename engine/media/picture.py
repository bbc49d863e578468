"""One decoded picture to RGB as a viewer sees it: right matrix, HDR made viewable, rotation applied."""

from functools import cache
from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Colours = NDArray[np.uint8]

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED, and the same number for transfer and primaries
_BT_2020 = (9, 10)  # AVCOL_SPC_BT2020_NCL and _CL; 9 is also AVCOL_PRI_BT2020
_BT_709 = 1
_MATRICES: dict[int, Literal["ITU709", "ITU601", "BT2020"]] = {
    _BT_709: "ITU709",
    5: "ITU601",  # AVCOL_SPC_BT470BG
    6: "ITU601",  # AVCOL_SPC_SMPTE170M
    _BT_2020[0]: "BT2020",
}
_PQ, _HLG = 16, 18  # AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67
_HD_LINES = 720  # by custom, films of this height or more are BT.709 when they do not say

# Nits that the tone curve sets to SDR white before it rolls off (mid grey of an HDR grade, 36 nits,
# then stays mid grey), and nits shown as full white.
_WHITE_NITS, _PEAK_NITS = 150.0, 1000.0
_SDR_GAMMA = 2.4


def colour_words(frame: VideoFrame) -> tuple[str, bool]:
    """The colour space of a picture in words, and whether we show it only approximately.

    HDR is shown on a plain screen: PQ through a tone curve, HLG as it is (it is made to be
    viewable so), both in the wide primaries of BT.2020.
    """
    if frame.color_trc in (_PQ, _HLG):
        return ("HDR PQ" if frame.color_trc == _PQ else "HDR HLG"), True
    if frame.color_primaries == _BT_2020[0] or frame.colorspace in _BT_2020:
        return "BT.2020", True
    if _is_rgb(frame):
        return "RGB", False
    if frame.colorspace == _UNSPECIFIED:
        return f"{'BT.709' if frame.height >= _HD_LINES else 'BT.601'} (assumed)", False
    return ("BT.709" if frame.colorspace == _BT_709 else "BT.601"), False


def to_rgb(frame: VideoFrame, *, rotation: int, shown: tuple[int, int] | None = None) -> Colours:
    """The picture at its own size.

    Args:
        frame: Decoded picture.
        rotation: Counter-clockwise degrees to turn it by, a multiple of 90.
        shown: Width and height as shown, where they are not the stored ones (anamorphic film).

    Returns:
        (H, W, 3) uint8, H and W as shown.
    """
    width, height = _stored(*shown, rotation=rotation) if shown is not None else (None, None)
    pixels = frame.to_ndarray(
        format="rgb24", width=width, height=height, src_colorspace=assumed_matrix(frame)
    )
    return _turned(_viewable(np.asarray(pixels, dtype=np.uint8), frame), rotation)


def to_small_rgb(frame: VideoFrame, *, width: int, height: int, rotation: int) -> Colours:
    """The picture squashed to a size by averaging areas, (height, width, 3) uint8."""
    stored_width, stored_height = _stored(width, height, rotation=rotation)
    pixels = frame.to_ndarray(
        format="rgb24",
        width=stored_width,
        height=stored_height,
        interpolation="AREA",
        src_colorspace=assumed_matrix(frame),
    )
    return _turned(_viewable(np.asarray(pixels, dtype=np.uint8), frame), rotation)


def needs_tone_curve(frame: VideoFrame) -> bool:
    """Whether the picture's numbers are light levels that a plain screen would show as grey haze."""
    return frame.color_trc == _PQ


def assumed_matrix(frame: VideoFrame) -> Literal["ITU709", "ITU601"] | None:
    """The colour matrix to assume, None where the picture states its own."""
    if frame.colorspace != _UNSPECIFIED or _is_rgb(frame):
        return None
    return "ITU709" if frame.height >= _HD_LINES else "ITU601"


def matrix_to_keep(frame: VideoFrame) -> Literal["ITU709", "ITU601", "BT2020"]:
    """The colour matrix a copy of the picture is best stored in: its own, BT.709 for RGB and rare ones."""
    return assumed_matrix(frame) or _MATRICES.get(frame.colorspace, "ITU709")


def _is_rgb(frame: VideoFrame) -> bool:
    return frame.format.name.startswith(("rgb", "gbr", "bgr", "pal"))


def _stored(width: int, height: int, *, rotation: int) -> tuple[int, int]:
    return (height, width) if rotation % 180 else (width, height)


def _viewable(pixels: Colours, frame: VideoFrame) -> Colours:
    return np.take(_tone_curve(), pixels) if needs_tone_curve(frame) else pixels


@cache
def _tone_curve() -> NDArray[np.uint8]:
    """(256,) from a PQ code value (SMPTE ST 2084) to one of a plain screen: Reinhard's curve with a white."""
    code = np.linspace(0, 1, 256) ** (1 / 78.84375)
    light = np.maximum(code - 0.8359375, 0) / (18.8515625 - 18.6875 * code)
    nits = 10_000 * light ** (1 / 0.1593017578125)
    level, peak = np.minimum(nits, _PEAK_NITS) / _WHITE_NITS, _PEAK_NITS / _WHITE_NITS
    shown = level * (1 + level / peak**2) / (1 + level)
    return np.round(255 * shown ** (1 / _SDR_GAMMA)).astype(np.uint8)


def _turned(pixels: Colours, rotation: int) -> Colours:
    return np.ascontiguousarray(np.rot90(pixels, rotation // 90))
