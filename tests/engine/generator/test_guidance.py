import math

import pytest

from engine.errors import InputError
from engine.generator.guidance import MOST_GUIDANCE, GuidanceWeights


def test_shares_of_the_sides_are_one_together() -> None:
    assert math.isclose(sum(GuidanceWeights(4.0, 2.0, 1.5).shares()), 1.0)


def test_equal_weights_ask_only_both_ends() -> None:
    assert GuidanceWeights.of(3.0).shares() == (-2.0, 0.0, 0.0, 3.0)


def test_a_weight_below_one_for_all_switches_guidance_off() -> None:
    assert GuidanceWeights.of(0.5).shares() == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -0.1, MOST_GUIDANCE + 1])
def test_a_weight_that_is_no_weight_is_refused(weight: float) -> None:
    with pytest.raises(InputError, match="sound"):
        GuidanceWeights(sound=weight)
    with pytest.raises(InputError, match="give 0 to 20"):
        GuidanceWeights.of(weight)


def test_guidance_is_louder_by_its_mean_weight_above_one() -> None:
    assert math.isclose(GuidanceWeights.of(2.5).beyond_plain, 1.5)
    assert math.isclose(GuidanceWeights(4.0, 1.0, 1.0).beyond_plain, 1.0)
    assert GuidanceWeights.of(1.0).beyond_plain == 0.0
    assert GuidanceWeights(0.0, 0.0, 1.0).beyond_plain == 0.0
