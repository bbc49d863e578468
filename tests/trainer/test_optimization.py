import pytest
import torch
from torch import nn

from trainer.optimization import AveragedWeights, OptimizerConfig, learning_rate_factor, make_optimizer

CONFIG = OptimizerConfig(steps=110, warmup_steps=10, final_fraction=0.1)


def linear(value: float) -> nn.Linear:
    network = nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.fill_(value)
        network.bias.fill_(value)
    return network


@pytest.mark.parametrize(
    ("step", "factor"),
    [(0, 0.1), (4, 0.5), (9, 1.0), (10, 1.0), (60, 0.1 + 0.9 * 0.5), (110, 0.1), (500, 0.1)],
)
def test_learning_rate_rises_falls_by_a_cosine_and_stays(step: int, factor: float) -> None:
    assert learning_rate_factor(step, CONFIG) == pytest.approx(factor)


def test_run_without_warmup_starts_at_the_peak() -> None:
    assert learning_rate_factor(0, OptimizerConfig(warmup_steps=0)) == 1.0


def test_only_matrices_decay() -> None:
    network = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))
    network[0].bias.requires_grad_(False)
    matrices, others = make_optimizer(network, CONFIG).param_groups
    assert [tuple(value.shape) for value in matrices["params"]] == [(2, 3)]
    assert [tuple(value.shape) for value in others["params"]] == [(2,), (2,)]
    assert (matrices["weight_decay"], others["weight_decay"]) == (0.01, 0.0)


def test_average_moves_faster_while_the_run_is_young() -> None:
    average = AveragedWeights(linear(0.0), decay=0.998)
    average.update(linear(1.0), step=0)  # decay 1/10
    assert average.values["bias"].item() == pytest.approx(0.9)
    average.update(linear(0.0), step=8)  # decay 9/18
    assert average.values["bias"].item() == pytest.approx(0.45)
    average.update(linear(1.0), step=10**6)
    assert average.values["bias"].item() == pytest.approx(0.45 * 0.998 + 0.002)


def test_swapping_once_exchanges_and_twice_is_identity() -> None:
    network = linear(1.0)
    average = AveragedWeights(linear(3.0), decay=0.9)
    average.swap(network)
    assert network.weight.tolist() == [[3.0, 3.0]]
    assert average.values["weight"].tolist() == [[1.0, 1.0]]
    average.swap(network)
    assert network.weight.tolist() == [[1.0, 1.0]]
    assert average.values["weight"].tolist() == [[3.0, 3.0]]


def test_average_is_its_own_copy_and_can_be_loaded() -> None:
    network = linear(1.0)
    average = AveragedWeights(network, decay=0.9)
    with torch.no_grad():
        network.weight.zero_()
    assert average.values["weight"].tolist() == [[1.0, 1.0]]
    average.load({"weight": torch.full((1, 2), 7.0), "bias": torch.zeros(1)})
    assert average.values["weight"].tolist() == [[7.0, 7.0]]
