import pytest
import torch

from engine.nn.lora import LoraConfig, add_lora, lora_parameters
from tests.engine.small_networks import small_generator
from tests.trainer.preference.test_tune import pairs
from trainer.preference.agreement import Agreement, agreement_on, wilson_interval


def test_wilson_interval_of_eight_in_ten() -> None:
    # (0.8 + 0.19207 +- 1.95996 * sqrt(0.016 + 0.0096036)) / 1.38415
    low, high = wilson_interval(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)


def test_interval_of_nothing_is_everything_and_of_all_ends_at_one() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(20, 20)[1] == 1.0
    assert wilson_interval(0, 20)[0] == 0.0


def test_agreements_add_up() -> None:
    both = Agreement(8, 5.0) + Agreement(2, 1.5)
    assert (both.pairs, both.agreed, both.share) == (10, 6.5, 0.65)


def test_adapters_that_add_nothing_agree_by_half() -> None:
    network = small_generator()
    add_lora(network, LoraConfig(2, 4.0), chance=torch.Generator().manual_seed(1))
    found = agreement_on(network, pairs(4), draws=4)
    assert (found.new.pairs, found.new.agreed) == (4, 2.0)
    assert found.old.agreed in {0.0, 1.0, 2.0, 3.0, 4.0}


def test_same_seed_gives_the_same_answer_and_both_sides_are_mirrored() -> None:
    network = small_generator()
    add_lora(network, LoraConfig(2, 4.0), chance=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for weight in lora_parameters(network):
            weight.add_(0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)))
    asked = pairs(6)
    found = agreement_on(network, asked, draws=4, seed=3)
    assert agreement_on(network, asked, draws=4, seed=3) == found
    turned = [type(pair)(pair.rejected, pair.chosen, pair.given) for pair in asked]
    mirrored = agreement_on(network, turned, draws=4, seed=3)
    assert mirrored.new.agreed == 6 - found.new.agreed
    assert mirrored.old.agreed == 6 - found.old.agreed
