from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.media.video_reader import VideoReader
from engine.records import FloatArray
from tests.coded_film import even_pts, make_film
from trainer.evaluation.baseline import (
    correlation,
    flux_curve,
    motion_curve,
    motion_of_film,
    rise_curve,
    strongest_peaks,
)


def test_jump_in_the_picture_is_the_highest_point_at_its_own_time() -> None:
    chance = np.random.default_rng(1)
    still = chance.integers(0, 200, (1, 72, 96, 3))
    frames = np.repeat(still, 75, axis=0).astype(np.uint8)
    frames[40:] = (still + 50).astype(np.uint8)
    frames[70:] = still.astype(np.uint8)
    times = (np.arange(75) / 25).astype(np.float32)
    curve = motion_curve(frames, times, 3.0)
    assert curve.shape == (300,)
    assert strongest_peaks(curve, 2) == pytest.approx([1.6, 2.8], abs=0.011)
    assert float(curve.std()) == pytest.approx(1.0, abs=1e-3)


def test_picture_at_rest_has_a_flat_curve() -> None:
    frames = np.full((10, 72, 96, 3), 90, dtype=np.uint8)
    assert not motion_curve(frames, (np.arange(10) / 25).astype(np.float32), 0.4).any()


def test_single_picture_has_a_flat_curve() -> None:
    frames = np.zeros((1, 72, 96, 3), dtype=np.uint8)
    assert not motion_curve(frames, np.zeros(1, dtype=np.float32), 0.1).any()


def test_peaks_are_separated_and_in_time_order() -> None:
    curve = np.zeros(100, dtype=np.float32)
    curve[[20, 25, 33, 80]] = [5.0, 4.0, 3.0, 6.0]
    assert strongest_peaks(curve, 3) == [0.2, 0.33, 0.8]


def test_no_more_peaks_than_have_room() -> None:
    assert len(strongest_peaks(np.zeros(30, dtype=np.float32), 9)) <= 3
    assert strongest_peaks(np.ones(30, dtype=np.float32), 0) == []


@pytest.mark.parametrize("late", [-30, 0, 17])
def test_correlation_is_highest_at_the_lag_of_the_onsets(late: int) -> None:
    motion = (np.random.default_rng(4).random(600) > 0.97).astype(np.float32)
    curve = correlation(motion, np.roll(motion, late), reach=100)
    assert curve.shape == (201,)
    assert int(np.argmax(curve)) - 100 == late
    assert float(curve.max()) > 0.7


def test_motion_of_a_film_lies_where_its_pictures_change(tmp_path: Path) -> None:
    film = make_film(tmp_path / "a.mp4", pts=even_pts(15, Fraction(15)))
    with VideoReader(film) as reader:
        motion = motion_of_film(reader, 120)
    assert motion.shape == (120,)
    assert float(motion.min()) > 0  # every picture differs from the one before; between them it is even
    assert motion[110] == motion[119]  # after the last picture its change is held


@pytest.mark.parametrize("strength", [flux_curve, rise_curve])
def test_onset_strength_is_highest_where_the_sound_begins(
    strength: Callable[[torch.Tensor], FloatArray],
) -> None:
    mel = torch.full((200, 16), -9.0)
    mel[120:150] = -1.0
    assert int(np.argmax(strength(mel))) in range(120, 126)
