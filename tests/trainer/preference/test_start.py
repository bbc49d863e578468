"""M_k is loaded frozen, with its adapter, or refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.adapter_file import save_adapter_weights
from engine.checkpoint import file_sha256, save_checkpoint
from engine.errors import CheckpointError, InputError
from engine.generator.mmdit import MMDiT
from engine.nn.lora import LoraConfig, add_lora, lora_layers
from tests.engine.generator.small_mmdit import filled_network, small_config
from tests.engine.small_networks import small_generator
from tests.trainer.preference.small_round import SmallRound
from trainer.preference.start import StartConfig, open_start, open_starter


def adapter_file(path: Path, base_sha256: str) -> Path:
    network = small_generator()
    add_lora(network, LoraConfig(rank=2))
    save_adapter_weights(path, network, base_sha256=base_sha256)
    return path


def test_starter_comes_frozen_with_its_codec_and_hash(prepared: SmallRound) -> None:
    start = open_starter(prepared.start)
    assert start.generator_sha256 == file_sha256(Path(prepared.start.generator))
    assert start.adapter_sha256 == ""
    assert not any(value.requires_grad for value in start.generator.parameters())
    assert start.codec.config.latent_channels == start.generator.config.latent_channels
    assert not start.generator.training


@pytest.mark.parametrize("by_folder", [True, False])
def test_adapter_is_put_on_by_file_or_folder(prepared: SmallRound, tmp_path: Path, by_folder: bool) -> None:
    sha256 = file_sha256(Path(prepared.start.generator))
    path = adapter_file(tmp_path / "adapter.safetensors", sha256)
    config = replace(prepared.start, adapter=str(tmp_path if by_folder else path))
    start = open_start(config)
    assert list(lora_layers(start.network))
    assert start.adapter_sha256 == file_sha256(path)


def test_adapter_of_other_weights_is_refused(prepared: SmallRound, tmp_path: Path) -> None:
    path = adapter_file(tmp_path / "adapter.safetensors", "c" * 64)
    with pytest.raises(CheckpointError, match=r"was made for weights cccccccccccc"):
        open_start(replace(prepared.start, adapter=str(path)))


def test_mm_dit_is_opened_by_its_family_and_makes_no_candidates_here(tmp_path: Path) -> None:
    path = tmp_path / "mmdit.safetensors"
    network = filled_network(small_config())
    save_checkpoint(path, network, family="mmdit", config=network.config.to_dict())
    config = StartConfig(generator=str(path), codec="", family="mmdit")
    opened = open_start(config).network
    assert isinstance(opened, MMDiT)
    for name, value in opened.state_dict().items():
        assert torch.equal(value, network.state_dict()[name])
    with pytest.raises(InputError, match="pairs whose features are stored"):
        open_starter(config)


def test_unknown_family_and_absent_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="family = 'vae'"):
        StartConfig(family="vae")
    with pytest.raises(CheckpointError, match="are not there"):
        open_start(StartConfig(generator=str(tmp_path / "none.safetensors")))
