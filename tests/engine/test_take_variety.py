import numpy as np
import pytest

from engine.take_variety import mean_distance


def noise(seed: int, *, level: float = 0.1) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(24_000) * level).astype(np.float32)


def test_equal_takes_do_not_differ() -> None:
    assert mean_distance([noise(1), noise(1)]) == 0.0


def test_a_tenfold_level_is_a_distance_of_its_logarithm() -> None:
    assert mean_distance([noise(1), noise(1, level=1.0)]) == pytest.approx(np.log(10), rel=0.02)


def test_unlike_takes_differ_more_than_a_slight_change_of_level() -> None:
    unlike, alike = mean_distance([noise(1), noise(2)]), mean_distance([noise(1), noise(1, level=0.101)])
    assert unlike is not None
    assert alike is not None
    assert unlike > 5 * alike


def test_silence_does_not_differ_from_silence() -> None:
    assert mean_distance([np.zeros(4800, np.float32)] * 3) == 0.0


@pytest.mark.parametrize("takes", [0, 1])
def test_one_take_has_nothing_to_differ_from(takes: int) -> None:
    assert mean_distance([noise(1)] * takes) is None


def test_takes_shorter_than_a_hop_can_be_compared() -> None:
    assert mean_distance([np.ones(10, np.float32), np.zeros(10, np.float32)]) is not None
