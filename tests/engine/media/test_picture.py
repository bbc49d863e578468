import numpy as np
import pytest
from av.video.frame import VideoFrame

from engine.media.picture import colour_words, to_rgb, to_small_rgb
from tests.coded_film import BT_2020, HLG, PQ

UNSPECIFIED, BT_709, BT_601 = 2, 1, 5

# Pure red in limited range. BT.601: Y = 16 + 219 * 0.299 = 81.5, Cb = 128 - 224 * 0.299 / 1.772 = 90.2,
# Cr = 128 + 112 = 240. BT.709: Y = 16 + 219 * 0.2126 = 62.6, Cb = 128 - 224 * 0.2126 / 1.8556 = 102.3.
RED_601 = (81, 90, 240)
RED_709 = (63, 102, 240)


def yuv_frame(colour: tuple[int, int, int], *, width: int, height: int, matrix: int) -> VideoFrame:
    luma = np.full((height, width), colour[0], dtype=np.uint8)
    chroma = [np.full((height // 4, width), value, dtype=np.uint8) for value in colour[1:]]
    frame = VideoFrame.from_ndarray(np.concatenate([luma, *chroma]), format="yuv420p")
    frame.colorspace = matrix
    return frame


@pytest.mark.parametrize(
    ("colour", "height", "matrix"),
    [
        (RED_601, 480, UNSPECIFIED),
        (RED_709, 720, UNSPECIFIED),
        (RED_709, 480, BT_709),
        (RED_601, 720, BT_601),
    ],
)
def test_colours_follow_the_stated_matrix_or_the_custom_for_the_height(
    colour: tuple[int, int, int], height: int, matrix: int
) -> None:
    frame = yuv_frame(colour, width=640, height=height, matrix=matrix)
    for picture in (to_rgb(frame, rotation=0), to_small_rgb(frame, width=96, height=72, rotation=0)):
        assert np.abs(picture.astype(int) - [255, 0, 0]).max() <= 3


def quarters() -> VideoFrame:
    """Upper left red, upper right green, lower left blue, lower right white."""
    rgb = np.zeros((64, 96, 3), dtype=np.uint8)
    rgb[:32, :48] = 255, 0, 0
    rgb[:32, 48:] = 0, 255, 0
    rgb[32:, :48] = 0, 0, 255
    rgb[32:, 48:] = 255
    return VideoFrame.from_ndarray(rgb, format="rgb24")


@pytest.mark.parametrize(
    ("rotation", "upper_left"),
    [(0, [255, 0, 0]), (90, [0, 255, 0]), (180, [255, 255, 255]), (270, [0, 0, 255])],
)
def test_rotation_is_counter_clockwise(rotation: int, upper_left: list[int]) -> None:
    picture = to_rgb(quarters(), rotation=rotation)
    small = to_small_rgb(quarters(), width=24, height=16, rotation=rotation)
    assert picture.shape == ((96, 64, 3) if rotation % 180 else (64, 96, 3))
    assert small.shape == (16, 24, 3)
    assert picture[4, 4].tolist() == upper_left
    assert small[2, 2].tolist() == upper_left


def test_small_picture_is_the_mean_of_areas() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    small = to_small_rgb(VideoFrame.from_ndarray(stripes, format="rgb24"), width=8, height=8, rotation=0)
    assert np.abs(small.astype(int) - 100).max() <= 3


def grey_frame(luma: int, *, transfer: int) -> VideoFrame:
    """A grey picture of 10 bits in BT.2020."""
    planes = np.full((64 * 3 // 2, 64), 512, dtype=np.uint16)
    planes[:64] = luma
    frame = VideoFrame.from_ndarray(planes, format="yuv420p10le")
    frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = (
        transfer,
        BT_2020,
        BT_2020,
        1,
    )
    return frame


# Code values of light in PQ, 64 + 876 * E: 0 nits E 0, 36 nits E 0.4090, 203 nits E 0.5807, 1000 nits
# E 0.7518, 10,000 nits E 1. Shown, with x = nits / 150 and the white at 1000 nits:
# 255 * (x * (1 + x * 0.0225) / (1 + x)) ** (1 / 2.4), 36 nits: 255 * 0.1946 ** 0.4167 = 129.
@pytest.mark.parametrize(("luma", "shown"), [(64, 0), (422, 129), (573, 205), (723, 255), (940, 255)])
def test_light_of_hdr_is_brought_to_a_plain_screen(luma: int, shown: int) -> None:
    frame = grey_frame(luma, transfer=PQ)
    for picture in (to_rgb(frame, rotation=0), to_small_rgb(frame, width=16, height=16, rotation=0)):
        assert np.abs(picture.astype(int) - shown).max() <= 4


@pytest.mark.parametrize("transfer", [HLG, UNSPECIFIED])
def test_curves_made_for_plain_screens_are_left_alone(transfer: int) -> None:
    picture = to_rgb(grey_frame(502, transfer=transfer), rotation=0)
    assert np.abs(picture.astype(int) - 128).max() <= 2  # half of 64 to 940


def test_colour_space_is_named() -> None:
    plain = yuv_frame(RED_709, width=1280, height=720, matrix=UNSPECIFIED)
    assert colour_words(plain) == ("BT.709 (assumed)", False)
    assert colour_words(yuv_frame(RED_601, width=64, height=64, matrix=BT_601)) == ("BT.601", False)
    assert colour_words(grey_frame(500, transfer=UNSPECIFIED)) == ("BT.2020", True)
    assert colour_words(grey_frame(500, transfer=PQ)) == ("HDR PQ", True)
    assert colour_words(grey_frame(500, transfer=HLG)) == ("HDR HLG", True)
    assert colour_words(quarters()) == ("RGB", False)


def test_wide_pixels_are_widened() -> None:
    assert to_rgb(quarters(), rotation=90, shown=(64, 128)).shape == (128, 64, 3)
