"""Low-rank adapters: identity at the start, hand-computed values, off is the base bit for bit."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from engine.errors import CheckpointError, InputError
from engine.nn.lora import (
    LoraConfig,
    LoraLinear,
    add_lora,
    load_lora_state,
    lora_layers,
    lora_parameters,
    lora_state,
    lora_switched_off,
    remove_lora,
    switch_lora,
    targets_of_state,
)
from tests.engine.small_networks import small_generator


def chance(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Pair(nn.Module):
    """Two linear layers, one of them inside a block of the MM-DiT's name."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.head = nn.Linear(3, 2)
        self.fused_blocks = nn.ModuleList([nn.Linear(2, 2, bias=False)])

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fused_blocks[0](self.head(x))
        return y


def adapted() -> Pair:
    network = Pair()
    add_lora(network, LoraConfig(rank=1, alpha=2.0), chance=chance())
    with torch.no_grad():
        for weight in lora_parameters(network):
            weight.copy_(torch.randn(weight.shape, generator=chance(6)))
    return network


X = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])


def test_value_of_an_adapted_layer_by_hand() -> None:
    network = nn.Sequential(nn.Linear(2, 2, bias=False))
    network[0].weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    add_lora(network, LoraConfig(rank=1, alpha=3.0, targets=("0",)), chance=chance())
    layer = network[0]
    assert isinstance(layer, LoraLinear)
    layer.lora_A.weight.data = torch.tensor([[1.0, 2.0]])
    layer.lora_B.weight.data = torch.tensor([[10.0], [-1.0]])
    # A x = 1 * 1 + 2 * 4 = 9; alpha / rank = 3; B A x * 3 = (270, -27).
    assert_close(network(torch.tensor([[1.0, 4.0]])), torch.tensor([[271.0, -23.0]]))


def test_scale_is_alpha_over_rank() -> None:
    network = Pair()
    add_lora(network, LoraConfig(rank=4, alpha=6.0), chance=chance())
    assert [layer.scale for _, layer in lora_layers(network)] == [1.5]


def test_fresh_adapters_change_nothing() -> None:
    network = Pair()
    before = network(X)
    assert add_lora(network, LoraConfig(), chance=chance()) == 1
    assert torch.equal(network(X), before)


def test_b_learns_first_since_it_starts_at_zero() -> None:
    network = Pair().requires_grad_(False)
    add_lora(network, LoraConfig(rank=2), chance=chance())
    network(X).square().sum().backward()
    a, b = lora_parameters(network)
    assert not bool(a.grad.any())
    assert bool(b.grad.any())
    assert network.head.weight.grad is None


def test_switched_off_is_the_base_bit_for_bit() -> None:
    before = Pair()(X)
    network = adapted()
    assert not torch.equal(network(X), before)
    with lora_switched_off(network):
        assert torch.equal(network(X), before)
    assert not torch.equal(network(X), before)


def test_switch_off_stays_off_through_a_block_that_switches_off() -> None:
    network = adapted()
    switch_lora(network, False)
    with lora_switched_off(network):
        pass
    assert not any(layer.on for _, layer in lora_layers(network))
    switch_lora(network, True)
    assert all(layer.on for _, layer in lora_layers(network))


def test_adapters_are_on_again_when_the_block_fails() -> None:
    network = adapted()
    with pytest.raises(ZeroDivisionError), lora_switched_off(network):
        raise ZeroDivisionError
    assert all(layer.on for _, layer in lora_layers(network))


def test_removed_adapters_leave_the_plain_network() -> None:
    network = adapted()
    remove_lora(network)
    assert torch.equal(network(X), Pair()(X))
    assert list(network.state_dict()) == list(Pair().state_dict())
    assert type(network.fused_blocks[0]) is nn.Linear


def test_weights_of_the_base_keep_their_names_under_adapters() -> None:
    assert set(Pair().state_dict()) < set(adapted().state_dict())


def test_state_has_the_names_of_peft() -> None:
    state = lora_state(adapted())
    assert list(state) == [
        "base_model.model.fused_blocks.0.lora_A.weight",
        "base_model.model.fused_blocks.0.lora_B.weight",
    ]
    assert [tuple(value.shape) for value in state.values()] == [(1, 2), (2, 1)]
    assert targets_of_state(state) == ("fused_blocks.0",)


def test_state_brings_the_adapter_back() -> None:
    one, other = adapted(), Pair()
    add_lora(other, LoraConfig(rank=1, alpha=2.0), chance=chance(9))
    load_lora_state(other, lora_state(one))
    assert torch.equal(other(X), one(X))


def test_state_of_other_layers_or_shapes_is_refused_and_changes_nothing() -> None:
    network = adapted()
    before = {name: value.clone() for name, value in lora_state(network).items()}
    state = lora_state(network)
    with pytest.raises(CheckpointError, match=r"fused_blocks\.0\.lora_B\.weight is only in the network"):
        load_lora_state(network, dict([next(iter(state.items()))]))
    wide = {name: torch.zeros(3, 3) for name in state}
    with pytest.raises(CheckpointError, match=r"is \(3, 3\), wanted \(1, 2\)"):
        load_lora_state(network, wide)
    assert all(torch.equal(lora_state(network)[name], value) for name, value in before.items())


def test_default_layers_are_the_linear_ones_of_the_blocks() -> None:
    network = small_generator()
    add_lora(network, LoraConfig(), chance=chance())
    names = [name for name, _ in lora_layers(network)]
    assert "mmdit.joint_blocks.0.latent_block.attn.qkv" in names
    assert "mmdit.fused_blocks.0.adaLN_modulation.1" in names
    assert all(".joint_blocks." in name or ".fused_blocks." in name for name in names)


def test_targets_are_endings_cut_at_dots() -> None:
    wanted = LoraConfig(targets=("attn.qkv",)).wants
    assert wanted("mmdit.joint_blocks.0.clip_block.attn.qkv")
    assert wanted("attn.qkv")
    assert not wanted("block.other_attn.qkv")
    assert not wanted("block.attn.qkv.more")


def test_same_chance_gives_the_same_adapter() -> None:
    first, second = Pair(), Pair()
    add_lora(first, LoraConfig(), chance=chance())
    add_lora(second, LoraConfig(), chance=chance())
    for one, other in zip(lora_parameters(first), lora_parameters(second), strict=True):
        assert torch.equal(one, other)


def test_layers_without_a_match_are_named() -> None:
    with pytest.raises(InputError, match=r"adapters on qkv: this network has head"):
        add_lora(Pair(), LoraConfig(targets=("qkv",)))


def test_adapters_are_not_put_on_twice() -> None:
    with pytest.raises(InputError, match="has adapters already"):
        add_lora(adapted(), LoraConfig())


@pytest.mark.parametrize(("rank", "alpha"), [(0, 1.0), (4, 0.0), (4, float("nan"))])
def test_sizes_that_mean_nothing_are_refused(rank: int, alpha: float) -> None:
    with pytest.raises(InputError, match="LoRA"):
        LoraConfig(rank=rank, alpha=alpha)
