"""A film to measure with: 1080p pictures in movement and sound, made on the spot."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ

WIDTH, HEIGHT, FPS = 1920, 1080, 25
_SAMPLES_PER_PICTURE = PROJECT_RATE_HZ // FPS
_SIDE = 240
_STEP = 24


def write_bench_film(path: Path, *, seconds: int) -> Path:
    """Write an H.264 film with AAC sound: a square wanders over a picture of noise, each second a click."""
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "50"})
        sound = film.add_stream("aac", rate=PROJECT_RATE_HZ)
        assert isinstance(picture, VideoStream)
        assert isinstance(sound, AudioStream)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound.layout = "stereo"
        ground = np.random.default_rng(1).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
        ground = ground.repeat(8, axis=0).repeat(8, axis=1)
        for number in range(seconds * FPS):
            for packet in (*_picture(picture, ground, number), *_sound(sound, number)):
                film.mux(packet)
        for packet in (*picture.encode(None), *sound.encode(None)):
            film.mux(packet)
    return path


def bench_sound(seconds: float, *, seed: int) -> FloatArray:
    """Noise with a click each half second, (1, N) at 48 kHz."""
    chance = np.random.default_rng(seed)
    sound: FloatArray = chance.normal(0, 0.01, (1, round(seconds * PROJECT_RATE_HZ))).astype(np.float32)
    sound[:, :: PROJECT_RATE_HZ // 2] = 0.8
    return sound


def _picture(stream: VideoStream, ground: NDArray[np.uint8], number: int) -> Iterator[Packet]:  # type: ignore[type-arg]  # the stream's kind does not matter
    shown = ground.copy()
    left, top = number * _STEP % (WIDTH - _SIDE), number * _STEP % (HEIGHT - _SIDE)
    shown[top : top + _SIDE, left : left + _SIDE] = 255
    frame = VideoFrame.from_ndarray(shown, format="rgb24")
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    yield from stream.encode(frame)


def _sound(stream: AudioStream, number: int) -> Iterator[Packet]:  # type: ignore[type-arg]
    samples = bench_sound(1 / FPS, seed=number).repeat(2, axis=0)
    samples[:, 0] = 0.8 * (number % FPS == 0)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = PROJECT_RATE_HZ, number * _SAMPLES_PER_PICTURE
    frame.time_base = Fraction(1, PROJECT_RATE_HZ)
    yield from stream.encode(frame)
