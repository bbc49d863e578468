import math

import pytest
import torch

from engine.cavp.confidence import confidence_of, find_peak, offset_ms


def curve_with(**values: float) -> torch.Tensor:
    curve = torch.zeros(1, 11)
    for name, value in values.items():
        curve[0, int(name[1:])] = value
    return curve


def test_peak_is_refined_by_the_parabola_through_its_neighbours() -> None:
    peak = find_peak(curve_with(i6=0.4, i7=0.8, i8=0.6))
    # bend 0.4 - 1.6 + 0.6 = -0.6; shift 0.5 * (0.4 - 0.6) / -0.6 = 1/6; lag 7 + 1/6 - 5
    assert float(peak.lag_steps) == pytest.approx(2 + 1 / 6)
    assert float(peak.height) == pytest.approx(0.8)


def test_margin_counts_only_rivals_four_steps_away() -> None:
    assert float(find_peak(curve_with(i7=0.8, i4=0.7, i3=0.3)).margin) == pytest.approx(0.5)


@pytest.mark.parametrize(("index", "lag"), [(0, -5.0), (10, 5.0)])
def test_peak_at_the_edge_is_not_refined(index: int, lag: float) -> None:
    assert float(find_peak(curve_with(**{f"i{index}": 0.9})).lag_steps) == lag


def test_confidence_is_a_logistic_of_height_and_margin_in_tenths() -> None:
    peak = find_peak(curve_with(i7=0.8, i3=0.3))
    weights = torch.tensor([-1.0, 0.1, 0.2])
    wanted = 1 / (1 + math.exp(-(-1.0 + 0.1 * 8 + 0.2 * 5)))
    assert float(confidence_of(peak, weights)) == pytest.approx(wanted)


def test_positive_steps_are_late_milliseconds() -> None:
    assert offset_ms(2.5) == 100.0
