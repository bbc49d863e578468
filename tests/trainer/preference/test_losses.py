"""Flow-DPO by hand-computed values and gradients; the traps of its reduction."""

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from engine.errors import InputError
from engine.generator.flow import draw_noise
from trainer.preference.losses import PairErrors, errors_of_pairs, flow_dpo_loss


def errors(chosen: list[float], rejected: list[float], of_reference: tuple[float, float]) -> PairErrors:
    count = len(chosen)
    return PairErrors(
        torch.tensor(chosen, requires_grad=True),
        torch.tensor(rejected, requires_grad=True),
        torch.full((count,), of_reference[0]),
        torch.full((count,), of_reference[1]),
    )


def loss(given: PairErrors, beta: float) -> float:
    return float(flow_dpo_loss(given, beta=beta).detach())


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_network_equal_to_its_reference_gives_log_2() -> None:
    same = torch.tensor([0.3, 0.7])
    assert loss(PairErrors(same, same + 1, same, same + 1), 2000.0) == pytest.approx(math.log(2))


def test_loss_by_hand() -> None:
    # D = (0.40 - 0.50) - (0.60 - 0.55) = -0.15, k = 20 / 2 = 10: -log sigmoid(1.5).
    # D = (0.55 - 0.50) - (0.50 - 0.55) =  0.10:                 -log sigmoid(-1).
    found = loss(errors([0.40, 0.55], [0.60, 0.50], (0.50, 0.55)), 20.0)
    assert found == pytest.approx((-math.log(sigmoid(1.5)) - math.log(sigmoid(-1.0))) / 2)


def test_gradients_by_hand() -> None:
    # d loss / d L_w = k sigmoid(k D) / B, and the same with the other sign for L_l.
    given = errors([0.40, 0.55], [0.60, 0.50], (0.50, 0.55))
    flow_dpo_loss(given, beta=20.0).backward()
    wanted = [10 * sigmoid(-1.5) / 2, 10 * sigmoid(1.0) / 2]
    assert_close(given.chosen.grad, torch.tensor(wanted))
    assert_close(given.rejected.grad, -torch.tensor(wanted))


def test_loss_falls_when_the_chosen_error_shrinks_and_when_the_rejected_grows() -> None:
    start = loss(errors([0.5], [0.5], (0.5, 0.5)), 100.0)
    assert loss(errors([0.4], [0.5], (0.5, 0.5)), 100.0) < start
    assert loss(errors([0.5], [0.6], (0.5, 0.5)), 100.0) < start
    assert loss(errors([0.6], [0.5], (0.5, 0.5)), 100.0) > start


def test_accuracy_counts_a_tie_half() -> None:
    given = errors([0.4, 0.6, 0.5, 0.4], [0.5, 0.5, 0.5, 0.9], (0.5, 0.5))
    assert float(given.accuracy) == pytest.approx((1 + 0 + 0.5 + 1) / 4)


def test_extreme_gaps_stay_finite() -> None:
    given = errors([1e4], [0.0], (0.0, 0.0))
    flow_dpo_loss(given, beta=2000.0).backward()
    assert loss(given, 2000.0) == pytest.approx(1e7)
    assert float(given.chosen.grad) == pytest.approx(1000.0)


@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan")])
def test_beta_must_be_above_zero(beta: float) -> None:
    with pytest.raises(InputError, match="beta"):
        flow_dpo_loss(errors([0.4], [0.5], (0.5, 0.5)), beta=beta)


def still(x: Tensor, t: Tensor) -> Tensor:
    return torch.zeros_like(x)


def test_errors_of_pairs_by_hand() -> None:
    # A field of zero errs by the mean square of data - noise.
    noise = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    chosen, rejected = torch.zeros(1, 2, 2), torch.tensor([[[1.0, 2.0], [2.0, 0.0]]])
    better, worse = errors_of_pairs(still, chosen, rejected, noise=noise, t=torch.tensor([0.3]))
    assert_close(better, torch.tensor([1 / 4]))
    assert_close(worse, torch.tensor([(0 + 4 + 4 + 0) / 4]))


def test_both_sides_see_the_same_noise_and_time() -> None:
    seen: list[tuple[Tensor, Tensor]] = []

    def watch(x: Tensor, t: Tensor) -> Tensor:
        seen.append((x, t))
        return torch.zeros_like(x)

    noise = draw_noise([1, 2], 3, 2)
    data = torch.ones(2, 3, 2)
    better, worse = errors_of_pairs(watch, data, data, noise=noise, t=torch.tensor([0.0, 0.5]))
    (x, t) = seen[0]
    assert_close(t, torch.tensor([0.0, 0.5, 0.0, 0.5]))
    assert torch.equal(x[:2], x[2:])
    assert torch.equal(x[0], noise[0])
    assert torch.equal(better, worse)


def test_error_is_a_mean_so_that_length_does_not_change_beta() -> None:
    """With a sum, a take twice as long would pull twice as hard at the same beta."""
    noise, chosen, rejected = draw_noise([1], 4, 3), draw_noise([2], 4, 3), draw_noise([3], 4, 3)
    t = torch.tensor([0.4])

    def of_length(times: int) -> float:
        longer = [value.repeat(1, times, 1) for value in (chosen, rejected, noise)]
        better, worse = errors_of_pairs(still, longer[0], longer[1], noise=longer[2], t=t)
        return loss(PairErrors(better, worse, 0.5 * better, 0.9 * worse), 3.0)

    assert of_length(1) == pytest.approx(of_length(2))
    assert of_length(1) != pytest.approx(math.log(2))


def test_pairs_of_two_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="wanted all alike"):
        errors_of_pairs(
            still, torch.zeros(1, 4, 2), torch.zeros(1, 5, 2), noise=torch.zeros(1, 4, 2), t=torch.zeros(1)
        )
