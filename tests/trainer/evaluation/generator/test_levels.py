import math

import pytest
import torch

from tests.trainer.evaluation.generator.small_study import FLOOR
from trainer.evaluation.generator.levels import level_statistics, log_mel_distance, mean_distance, near_hits


def test_frames_near_a_hit_far_from_all_and_between_are_told_apart() -> None:
    marks = near_hits([0.405], 200)
    # The hit is at frame 40.5: frames 31 to 50 lie within 100 ms of it.
    assert marks[31:51].tolist() == [1] * 20
    assert marks[29:31].tolist() == [-1, -1]
    assert marks[51:160].tolist() == [-1] * 109
    assert marks[161:].tolist() == [0] * 39
    assert marks[:29].tolist() == [0] * 29


def test_gap_and_contrast_are_mean_powers_in_decibels() -> None:
    mels = torch.full((1, 4, 2), math.log(0.1))
    mels[0, 0] = 0.0
    found = level_statistics(mels, torch.tensor([[1.0, 0.0, 0.0, -1.0]]))
    assert found.gap_db == pytest.approx(-20.0)
    assert found.contrast_db == pytest.approx(20.0)
    assert found.mel_mean == pytest.approx(0.75 * math.log(0.1))


def test_distance_is_the_mean_difference_where_one_of_both_sounds() -> None:
    one, other = torch.full((10, 4), FLOOR), torch.full((10, 4), FLOOR)
    one[2:4] = FLOOR + 6.0
    other[3:5] = FLOOR + 4.0
    # Frames 2, 3 and 4 differ by 6, 2 and 4; the others are silent on both sides.
    assert log_mel_distance(one, other) == pytest.approx(4.0)
    assert log_mel_distance(one, one) == 0.0
    assert log_mel_distance(one[5:], other[5:]) == 0.0


def test_pairs_are_averaged_and_one_alone_has_none() -> None:
    levels = [torch.full((3, 2), level) for level in (0.0, 1.0, 3.0)]
    silent = [torch.cat([mel, torch.full((1, 2), FLOOR)]) for mel in levels]
    assert mean_distance(silent) == pytest.approx((1 + 3 + 2) / 3)
    assert mean_distance(silent[:1]) is None
