import math

import numpy as np
import pytest

from engine.loudness import loudness_lufs
from msg_studio.compare.level_match import MOST_DB, match_levels

RATE = 48_000


def noise(seconds: float, level_db: float, *, seed: int = 1) -> np.ndarray:
    sound = np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE))
    return (sound * 10 ** (level_db / 20)).astype(np.float32)


def tone(seconds: float, level_db: float) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * times)).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.4, 2.0, 4.0])
@pytest.mark.parametrize(("x_db", "y_db"), [(-20, -20), (-20, -29), (-31, -20)])
def test_both_sides_are_equally_loud_within_a_tenth_of_a_db(seconds: float, x_db: float, y_db: float) -> None:
    x, y = noise(seconds, x_db), tone(seconds, y_db)
    match = match_levels(x, y)
    assert max(match.x_db, match.y_db) == 0  # the softer one stays as it is
    assert match.trouble == ""
    after = [
        loudness_lufs((sound * 10 ** (gain_db / 20)).astype(np.float32))
        for sound, gain_db in ((x, match.x_db), (y, match.y_db))
    ]
    assert after[0] == pytest.approx(after[1], abs=0.1)


def test_the_louder_one_is_lowered_by_the_difference() -> None:
    match = match_levels(tone(1, -10), tone(1, -16))
    assert (match.x_db, match.y_db) == (pytest.approx(-6.0, abs=1e-3), 0.0)


def test_more_than_twelve_db_cannot_be_matched() -> None:
    match = match_levels(tone(1, -30), tone(1, -10))
    assert (match.x_db, match.y_db) == (0.0, -MOST_DB)
    assert "Cannot match levels: the takes are 20.0 LU apart" in match.trouble


@pytest.mark.parametrize(("x_db", "y_db"), [(-math.inf, -20.0), (-20.0, -math.inf), (-math.inf, -math.inf)])
def test_silence_is_told_and_left_alone(x_db: float, y_db: float) -> None:
    match = match_levels(tone(1, x_db), tone(1, y_db))
    assert (match.x_db, match.y_db) == (0.0, 0.0)
    assert "silent" in match.trouble
