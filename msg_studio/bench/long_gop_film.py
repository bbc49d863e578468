"""Makes the film that scrubbing is measured with: full HD, few keyframes, B-frames, everything moving."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1920, 1080
FPS = 25
GROUP = 250
_BLOCK = 8
_ENCODER = {"preset": "veryfast", "crf": "21", "g": str(GROUP), "bf": "3", "sc_threshold": "0"}


def make_long_gop_film(path: Path, *, pictures: int) -> None:
    """Write an H.264 film with a keyframe every 250 pictures.

    Args:
        path: An .mp4.
        pictures: Its length.
    """
    # Imported here because the window's own modules must not reach FFmpeg's bindings when they load.
    import av

    chance = np.random.default_rng(1)
    ground = _texture(chance, WIDTH * 2, HEIGHT * 2, block=_BLOCK)
    grain = chance.integers(0, 12, (4, HEIGHT, WIDTH, 1), dtype=np.uint8)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=FPS, options=_ENCODER)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        for number in range(pictures):
            pixels = _picture(ground, number) + grain[number % len(grain)]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _texture(chance: np.random.Generator, width: int, height: int, *, block: int) -> NDArray[np.uint8]:
    cells = chance.integers(20, 200, (height // block, width // block, 3), dtype=np.uint8)
    return cells.repeat(block, axis=0).repeat(block, axis=1)


def _picture(ground: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3): a pan over the ground, with a light square that crosses it."""
    left, top = 5 * number % WIDTH, 3 * number % HEIGHT
    pixels = ground[top : top + HEIGHT, left : left + WIDTH].copy()
    column = 17 * number % (WIDTH - 200)
    pixels[400:600, column : column + 200] = 230
    return pixels
