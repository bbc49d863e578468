import numpy as np
import pytest
from av.video.frame import VideoFrame

from engine.media.picture import to_rgb, to_small_rgb

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
