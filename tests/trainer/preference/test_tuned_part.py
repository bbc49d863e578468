"""Adapters or all weights: what is trained, what it is compared with, and that it comes back."""

from pathlib import Path

import pytest
import torch
from torch import nn

from engine.errors import InputError
from engine.nn.lora import LoraConfig, lora_layers, lora_parameters
from tests.engine.generator.small_mmdit import filled_network, small_config
from tests.engine.small_networks import small_generator
from trainer.preference.given import Network
from trainer.preference.tuned_part import TunedPart, tuned_part


def part_of(network: Network, *, method: str = "lora", reference: str = "base") -> TunedPart:
    return tuned_part(
        network, method=method, lora=LoraConfig(rank=2), reference=reference, base_sha256="b" * 64, seed=1
    )


def shaken(module: nn.Module) -> None:
    with torch.no_grad():
        for value in module.parameters():
            value.add_(0.1)


def weights(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_adapters_are_all_that_learns() -> None:
    network = small_generator()
    part = part_of(network)
    trained = {id(value) for value in network.parameters() if value.requires_grad}
    assert trained == {id(value) for value in lora_parameters(network)}
    assert trained == {id(value) for value in part.trained().parameters()}


def test_reference_of_adapters_is_the_network_without_them() -> None:
    network = small_generator()
    part = part_of(network)
    with part.reference() as reference:
        assert reference is network
        assert not any(layer.on for _, layer in lora_layers(network))
    assert all(layer.on for _, layer in lora_layers(network))


def test_reference_may_be_the_start_with_its_adapters() -> None:
    network = small_generator()
    part_of(network)
    shaken(nn.ModuleList(layer.lora_B for _, layer in lora_layers(network)))
    before = weights(network)
    part = part_of(network, reference="start")
    shaken(part.trained())
    with part.reference() as reference:
        assert reference is not network
        assert all(torch.equal(value, before[name]) for name, value in reference.state_dict().items())
        assert not any(value.requires_grad for value in reference.parameters())


def test_adapters_that_are_there_are_gone_on_with() -> None:
    network = small_generator()
    part_of(network)
    before = list(lora_parameters(network))
    part_of(network)
    assert all(one is other for one, other in zip(before, lora_parameters(network), strict=True))


def test_all_weights_learn_against_a_frozen_copy() -> None:
    network = small_generator()
    before = weights(network)
    part = part_of(network, method="full")
    assert all(value.requires_grad for value in network.parameters())
    shaken(part.trained())
    with part.reference() as reference:
        assert all(torch.equal(value, before[name]) for name, value in reference.state_dict().items())


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("family", ["starter", "mmdit"])
def test_saved_parts_come_back_exactly(tmp_path: Path, method: str, family: str) -> None:
    network: Network = small_generator() if family == "starter" else filled_network(small_config())
    part = part_of(network, method=method)
    shaken(part.trained())
    wanted = weights(network)
    part.save(tmp_path / part.file)
    shaken(part.trained())
    part.load(tmp_path / part.file)
    assert all(torch.equal(value, wanted[name]) for name, value in network.state_dict().items())


def test_adapters_are_never_merged() -> None:
    network = small_generator()
    part_of(network)
    with pytest.raises(InputError, match="never merged"):
        part_of(network, method="full")
