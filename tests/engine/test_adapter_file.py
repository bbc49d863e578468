"""Adapters saved and put on the network they were made for, and refused on any other."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from engine.adapter_cards import AdapterCard, find_adapter
from engine.adapter_file import put_on, read_adapter, save_adapter, take_off
from engine.errors import CheckpointError, InputError, WriteError
from engine.nn.lora import LoraConfig, add_lora, lora_layers, lora_parameters, lora_state
from tests.engine.small_networks import small_generator
from tests.engine.test_adapter_cards import card_in
from tests.failing_disk import files_limited_to

BASE = "b" * 64


def adapted(seed: int = 1) -> nn.Module:
    network = small_generator()
    add_lora(network, LoraConfig(rank=2, alpha=5.0, targets=("qkv",)))
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in lora_parameters(network):
            weight.copy_(torch.randn(weight.shape, generator=chance))
    return network


@pytest.fixture
def saved(tmp_path: Path) -> AdapterCard:
    card = card_in(tmp_path)
    return save_adapter(card.folder, adapted(), card)


def test_saved_adapter_goes_on_a_fresh_network(saved: AdapterCard, tmp_path: Path) -> None:
    network = small_generator()
    put_on(network, find_adapter(saved.name, tmp_path), base_sha256=BASE)
    wanted = lora_state(adapted())
    found = lora_state(network)
    assert list(found) == list(wanted)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert {layer.scale for _, layer in lora_layers(network)} == {2.5}
    assert not any(weight.requires_grad for weight in lora_parameters(network))


def test_card_says_rank_alpha_and_hash_of_what_was_written(saved: AdapterCard) -> None:
    assert (saved.rank, saved.alpha) == (2, 5.0)
    assert saved.sha256 == read_adapter(saved.weights).sha256 != "a" * 64


def test_taken_off_the_network_is_its_base(saved: AdapterCard) -> None:
    network = small_generator()
    put_on(network, saved, base_sha256=BASE)
    take_off(network)
    wanted = small_generator().state_dict()
    assert list(network.state_dict()) == list(wanted)
    assert all(torch.equal(value, wanted[name]) for name, value in network.state_dict().items())


def test_head_explains_itself(saved: AdapterCard) -> None:
    with safe_open(saved.weights, framework="pt") as stored:
        header = json.loads(stored.metadata()["multisoundgen_adapter"])
    assert header["rank"] == 2
    assert header["alpha"] == 5.0
    assert header["base_sha256"] == BASE
    assert header["layers"][0].endswith("attn.qkv")
    assert "(alpha / rank) B A x" in header["method"]


def test_other_base_is_refused_by_name(saved: AdapterCard) -> None:
    network = small_generator()
    with pytest.raises(CheckpointError, match=r"was made for 'starter' with weights bbbbbbbbbbbb\.\.\."):
        put_on(network, saved, base_sha256="c" * 64)
    assert not list(lora_layers(network))


def test_changed_file_is_refused(saved: AdapterCard) -> None:
    with pytest.raises(CheckpointError, match="the file was changed"):
        put_on(small_generator(), replace(saved, sha256="d" * 64), base_sha256=BASE)


def test_network_of_other_layers_or_sizes_is_refused_and_left_plain(saved: AdapterCard) -> None:
    other = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(CheckpointError, match="wants a layer .*qkv that this network has not"):
        put_on(other, saved, base_sha256=BASE)
    wide = small_generator()
    wide.mmdit.fused_blocks[0].attn.qkv = nn.Linear(32, 96)
    with pytest.raises(CheckpointError, match="does not fit"):
        put_on(wide, saved, base_sha256=BASE)
    assert not list(lora_layers(wide))


def test_adapter_is_not_put_on_twice(saved: AdapterCard) -> None:
    network = small_generator()
    put_on(network, saved, base_sha256=BASE)
    with pytest.raises(InputError, match="has adapters already"):
        put_on(network, saved, base_sha256=BASE)


@pytest.mark.parametrize("kept", [0, 5, -1])
def test_cut_file_is_damaged(saved: AdapterCard, kept: int) -> None:
    saved.weights.write_bytes(saved.weights.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="damaged or not ours"):
        read_adapter(saved.weights)


def test_file_without_our_head_or_of_a_newer_program_is_refused(saved: AdapterCard) -> None:
    state = load_file(saved.weights)
    save_file(state, saved.weights)
    with pytest.raises(CheckpointError, match="damaged or not ours"):
        read_adapter(saved.weights)
    save_file(state, saved.weights, metadata={"multisoundgen_adapter": '{"version": 2}'})
    with pytest.raises(CheckpointError, match="newer program"):
        read_adapter(saved.weights)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = adapted()
    with torch.no_grad():
        lora_parameters(network)[0][0, 0] = float("nan")
    card = card_in(tmp_path)
    written = save_adapter(card.folder, network, card)
    with pytest.raises(CheckpointError, match="not finite"):
        put_on(small_generator(), written, base_sha256=BASE)


def test_network_without_adapters_has_nothing_to_save(tmp_path: Path) -> None:
    card = card_in(tmp_path)
    with pytest.raises(InputError, match="no adapters to save"):
        save_adapter(card.folder, small_generator(), card)


def test_absent_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="are not there"):
        read_adapter(tmp_path / "adapter.safetensors")


def test_full_disk_leaves_the_old_adapter_whole(saved: AdapterCard) -> None:
    before = saved.weights.read_bytes()
    with files_limited_to(500), pytest.raises(WriteError):
        save_adapter(saved.folder, adapted(seed=2), saved)
    assert saved.weights.read_bytes() == before
