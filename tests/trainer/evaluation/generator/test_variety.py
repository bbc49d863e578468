import pytest
import torch

from tests.trainer.classifier.small_classifier import small_bank
from tests.trainer.evaluation.generator.small_study import FLOOR, trial_of
from trainer.evaluation.generator.variety import (
    CUT_FRAMES,
    real_distances,
    strongest_start,
    take_distance,
    variety,
)


def test_real_distance_is_between_recordings_of_one_class() -> None:
    found = real_distances([small_bank(groups=1), small_bank(groups=1, first=5)], ("IMPT_metal", "WIND"))
    assert set(found) == {"IMPT_metal"}
    assert found["IMPT_metal"] > 0.3  # tones of 2 and 4.5 kHz
    assert real_distances([small_bank(groups=1)], ("IMPT_metal",)) == {}


def test_takes_are_compared_from_their_strongest_hit_on() -> None:
    trial = trial_of({20: 0.5, 100: 1.0, 370: 1.0})
    assert strongest_start(trial, 384) == 100  # no room behind frame 370
    takes = torch.full((2, 384, 4), FLOOR)
    takes[0, 20:60] = 0.0  # differs there as well, which does not count
    takes[:, 100 : 100 + CUT_FRAMES // 2] = 0.0
    takes[1, 100 : 100 + CUT_FRAMES // 2] = 1.0
    assert take_distance(takes, trial) == pytest.approx(1.0)
    assert take_distance(takes, trial_of({}, running=(0, 96))) is None


def test_variety_is_the_mean_share_over_trials_of_classes_with_recordings() -> None:
    shares = variety([("a", 1.0), ("a", 3.0), ("b", 9.0)], {"a": 2.0})
    assert shares == pytest.approx(1.0)
    assert variety([("b", 9.0)], {"a": 2.0}) is None
