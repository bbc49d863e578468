"""Draws the sample clip: one evening in a garden, with five kinds of contacts, and its exact truth."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.atomic_file import written_atomically
from engine.timing import seconds_to_samples
from trainer.scenes.canvas import Canvas
from trainer.scenes.demo_actors import (
    BALL,
    BELL,
    DOOR,
    DROPS,
    STEPS,
    draw_ball,
    draw_bell,
    draw_door,
    draw_drops,
    draw_walker,
)
from trainer.scenes.garden import HEIGHT, WIDTH, draw_garden
from trainer.scenes.rhythm import Beats

FRAME_RATE_HZ = 25
DURATION_S = 11.0
TRUTH_NAME = "demo_truth.json"

_QUALITY = "16"  # x264's constant rate factor


@dataclass(frozen=True)
class DemoEvent:
    """One source of sound and its contacts.

    Attributes:
        class_name: Our sound class.
        what: What is seen, in words.
        contacts_s: Times of the contacts, for people.
        contacts_samples: The same at 48 kHz; these count.
        strengths: 0 to 1, one per contact.
    """

    class_name: str
    what: str
    contacts_s: tuple[float, ...]
    contacts_samples: tuple[int, ...]
    strengths: tuple[float, ...]


@dataclass(frozen=True)
class DemoTruth:
    """What really happens in the sample clip.

    Attributes:
        duration_s: Length, for people.
        duration_samples: Length at 48 kHz.
        frame_rate_hz: Pictures per second.
        events: In the order of their first contact.
    """

    duration_s: float
    duration_samples: int
    frame_rate_hz: int
    events: tuple[DemoEvent, ...]


def demo_truth() -> DemoTruth:
    """The contacts of the sample clip, from the same numbers that it is drawn from."""
    return DemoTruth(
        duration_s=DURATION_S,
        duration_samples=seconds_to_samples(DURATION_S),
        frame_rate_hz=FRAME_RATE_HZ,
        events=(
            _event("IMPT_wood", "a ball bounces on a wooden deck", BALL),
            _event("WATR_drop", "drops fall into a pond", DROPS),
            _event("IMPT_bell", "a mallet strikes a bell plate", BELL),
            _event("FEET_gravel", "someone walks over gravel", STEPS),
            _event("DOOR_close", "the wind slams a door", DOOR),
        ),
    )


def demo_frame(number: int, garden: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One picture of the clip, (HEIGHT, WIDTH, 3).

    Args:
        number: Number of the picture, from 0.
        garden: The still part, from ``draw_garden``.
    """
    canvas = Canvas(garden.copy())
    time = number / FRAME_RATE_HZ
    for draw in (draw_door, draw_bell, draw_drops, draw_ball, draw_walker):
        draw(canvas, time)
    return np.rint(np.clip(canvas.pixels, 0, 1) * 255).astype(np.uint8)


def demo_frames() -> Iterator[NDArray[np.uint8]]:
    """All pictures of the clip, in order."""
    garden = draw_garden()
    return (demo_frame(number, garden) for number in range(round(DURATION_S * FRAME_RATE_HZ)))


def render_demo(path: Path) -> DemoTruth:
    """Write the sample clip, silent H.264, and its truth as JSON beside it.

    Args:
        path: The .mp4 to write; its folder must exist.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    truth = demo_truth()
    with written_atomically(path) as temporary:
        _encode(temporary, demo_frames())
    with written_atomically(path.with_name(TRUTH_NAME)) as temporary:
        words = json.dumps({"schema": 1, **asdict(truth)}, indent=2)
        temporary.write_text(words + "\n", encoding="utf-8")
    return truth


def _encode(path: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    with av.open(os.fspath(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        picture = film.add_stream("libx264", rate=FRAME_RATE_HZ)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.options = {"crf": _QUALITY, "preset": "slow", "tune": "animation"}
        for pixels in frames:
            film.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(picture.encode(None))


def _event(class_name: str, what: str, beats: Beats) -> DemoEvent:
    times = tuple(round(float(time), 4) for time in beats.times_s)
    strengths = tuple(round(float(strength), 3) for strength in beats.strengths)
    return DemoEvent(class_name, what, times, tuple(seconds_to_samples(time) for time in times), strengths)
