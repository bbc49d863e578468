import pytest
import torch
from torch import nn

from engine.cavp.norm_statistics import settle_norms


def test_statistics_are_the_mean_over_the_batches_seen() -> None:
    norm = nn.BatchNorm1d(1, momentum=0.2)
    norm(torch.full((4, 1), 100.0))  # what came before is forgotten
    batches = [torch.tensor([[0.0], [2.0]]), torch.tensor([[4.0], [10.0]])]
    settle_norms(norm, lambda: [norm(batch) for batch in batches])
    # Means 1 and 7, unbiased variances 2 and 18.
    assert norm.running_mean.item() == pytest.approx(4.0)
    assert norm.running_var.item() == pytest.approx(10.0)
    assert norm.momentum == 0.2
    assert not norm.training


def test_weights_and_gradients_stay_as_they_are() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = [value.clone() for value in network.parameters()]
    seen = []
    settle_norms(network, lambda: seen.append(network(torch.rand(4, 2)).requires_grad))
    assert seen == [False]
    assert all(torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True))


def test_a_network_without_batch_norm_sees_nothing() -> None:
    network = nn.Linear(2, 2).train()
    settle_norms(network, lambda: pytest.fail("no statistics to count"))
    assert not network.training
