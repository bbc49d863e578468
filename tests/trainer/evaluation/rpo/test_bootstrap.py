"""Intervals over scenes: the value is that of all, scenes stay together, both models see the same draws."""

import pytest
import torch

from engine.errors import InputError
from trainer.evaluation.rpo.bootstrap import Contrast, contrast


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def compared(
    base: list[float], tuned: list[float], scenes: list[str] | None = None, resamples: int = 400
) -> Contrast:
    return contrast(
        base,
        tuned,
        scenes or [str(number) for number in range(len(base))],
        mean,  # type: ignore[arg-type] # a list is a sequence
        resamples=resamples,
        chance=torch.Generator().manual_seed(1),
    )


def spread(count: int) -> list[float]:
    return torch.randn(count, generator=torch.Generator().manual_seed(3)).tolist()


def test_values_are_those_of_all_scenes() -> None:
    found = compared([1.0, 2.0, 6.0], [2.0, 2.0, 2.0])
    assert (found.base.value, found.tuned.value, found.difference.value) == (3.0, 2.0, -1.0)
    assert found.base.low < 3.0 < found.base.high
    assert (found.tuned.low, found.tuned.high) == (2.0, 2.0)


def test_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = spread(200)
    found = compared(values, values, resamples=2000).base
    error = float(torch.tensor(values).std()) / 200**0.5
    assert (found.high - found.low) / error == pytest.approx(2 * 1.96, rel=0.08)


def test_a_difference_that_is_the_same_everywhere_is_certain() -> None:
    values = spread(30)
    found = compared(values, [value + 0.25 for value in values]).difference
    assert found.low == pytest.approx(0.25)
    assert found.high == pytest.approx(0.25)


def test_takes_of_a_scene_stay_together() -> None:
    values = [0.0] * 10 + [1.0] * 10
    apart = compared(values, values).base
    together = compared(values, values, ["a"] * 10 + ["b"] * 10).base
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


def test_bias_of_the_draws_is_taken_out() -> None:
    """The largest of a draw is below the largest of all: the interval is moved up by as much."""
    values = [float(number) for number in range(20)]
    found = contrast(
        values, values, [str(v) for v in values], max, resamples=300, chance=torch.Generator().manual_seed(1)
    ).base
    assert found.value == 19.0
    assert found.high > 19.0


def test_what_is_never_below_0_has_no_interval_below_it() -> None:
    values = [-1.0, 1.0] * 8  # the distance of their mean from 0 is 0, that of a draw is more
    found = contrast(
        values,
        values,
        [str(number) for number in range(16)],
        lambda drawn: abs(mean(list(drawn))),
        resamples=300,
        chance=torch.Generator().manual_seed(1),
    ).base
    assert (found.value, found.low) == (0.0, 0.0)


def test_same_chance_gives_the_same_interval() -> None:
    values = spread(10)
    assert compared(values, values) == compared(values, values)


@pytest.mark.parametrize(("scenes", "resamples"), [(["a", "a"], 10), (["a", "b"], 0)])
def test_too_little_for_an_interval_is_told(scenes: list[str], resamples: int) -> None:
    with pytest.raises(InputError, match="at least"):
        compared([1.0, 2.0], [1.0, 2.0], scenes, resamples)
