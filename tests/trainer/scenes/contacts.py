"""A stage with two contacts that fall exactly on frames, for looking at what is drawn there."""

import numpy as np

from trainer.scenes.primitives import Look
from trainer.scenes.rhythm import Beats, frame_times
from trainer.scenes.stage import Stage

HITS = (20, 45)
STEPS = 70
WHITE = Look((1.0, 1.0, 1.0), 0.0, 0.0)


def stage(seed: int = 1, *, size: float = 0.3) -> Stage:
    return Stage(frame_times(STEPS), 0.6, 0.5, size, np.random.default_rng(seed))


def beats() -> Beats:
    return Beats(frame_times(STEPS)[list(HITS)], np.array([0.8, 1.0], dtype=np.float32))


def lowest_frames(curve: np.ndarray, *, around: int = 8) -> list[int]:
    """For each hit the frame within ``around`` at which a curve is lowest."""
    return [hit - around + int(np.argmin(curve[hit - around : hit + around + 1])) for hit in HITS]
