import json
from pathlib import Path

import pytest
import torch

from engine.checkpoint import file_sha256, save_checkpoint
from engine.codec.decoder import DECODER_FAMILY, DecoderConfig, NoiseBranchDecoder
from engine.errors import CheckpointError, InputError
from engine.model_store import StarterModel, find_card, list_cards, read_card
from tests.engine.small_networks import small_cavp, small_codec, small_generator, write_small_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_model(tmp_path)


def rewrite_card(folder: Path, **changes: object) -> None:
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")


def test_card_tells_name_licence_parts_and_size(folder: Path) -> None:
    card = read_card(folder)
    assert (card.name, card.family, card.licence, card.sample_rate_hz) == (
        "small",
        "starter",
        "CC BY 4.0",
        44_100,
    )
    assert [part.name for part in card.parts] == ["sf_cavp", "codec", "generator"]
    assert card.bytes_total == sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def test_all_networks_load_with_the_weights_that_were_stored(folder: Path) -> None:
    model = StarterModel(read_card(folder))
    for loaded, made in (
        (model.cavp, small_cavp()),
        (model.codec, small_codec()),
        (model.generator, small_generator()),
    ):
        state = made.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in loaded.state_dict().items())
        assert not loaded.training
        assert not any(value.requires_grad for value in loaded.parameters())
    assert model.cavp is model.cavp
    assert model.generator_sha256 == read_card(folder).part("generator").sha256


def test_decoder_is_loaded_where_the_card_names_one(folder: Path) -> None:
    assert StarterModel(read_card(folder)).decoder is None
    network = NoiseBranchDecoder(DecoderConfig(width=4, depth=1, rounds=1))
    path = folder / "decoder.safetensors"
    save_checkpoint(path, network, family=DECODER_FAMILY, config=network.config.to_json())
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    part = {"name": "decoder", "file": path.name, "family": DECODER_FAMILY, "parameters": 1}
    rewrite_card(folder, parts=[*card["parts"], {**part, "sha256": file_sha256(path)}])
    loaded = StarterModel(read_card(folder)).decoder
    assert loaded is not None
    state = network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in loaded.state_dict().items())


def test_changed_weights_do_not_match_the_hash_of_the_card(folder: Path) -> None:
    path = folder / "codec.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\x01\x02\x03\x04")
    with pytest.raises(CheckpointError, match="SHA-256 .* the card says"):
        _ = StarterModel(read_card(folder)).codec


def test_absent_part_is_named(folder: Path) -> None:
    (folder / "codec.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"codec\.safetensors are not there"):
        _ = StarterModel(read_card(folder)).codec


def test_card_without_a_part_says_which(folder: Path) -> None:
    rewrite_card(folder, parts=[])
    with pytest.raises(CheckpointError, match="has no part 'codec'"):
        _ = StarterModel(read_card(folder)).codec


def test_part_of_another_network_is_refused(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    codec = next(part for part in card["parts"] if part["name"] == "codec")
    rewrite_card(folder, parts=[{**codec, "name": "sf_cavp"}])
    with pytest.raises(CheckpointError, match="config this program does not know"):
        _ = StarterModel(read_card(folder)).cavp


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff\xfe\x00", b'{"schema": 1, "parts": [{}]}']
)
def test_damaged_card_is_no_crash(folder: Path, content: bytes) -> None:
    (folder / "card.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"card\.json is damaged"):
        read_card(folder)


def test_newer_card_asks_for_an_update(folder: Path) -> None:
    rewrite_card(folder, schema=2)
    with pytest.raises(CheckpointError, match="schema 2, this program knows 1: update"):
        read_card(folder)


def test_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No model at"):
        read_card(tmp_path)


def test_other_family_cannot_run_here(folder: Path) -> None:
    rewrite_card(folder, family="mmaudio")
    with pytest.raises(CheckpointError, match="family 'mmaudio'; this engine runs 'starter'"):
        StarterModel(read_card(folder))


def test_models_are_found_by_name_and_the_known_ones_are_listed(folder: Path) -> None:
    models = folder.parent
    write_small_model(models, "another")
    assert [card.name for card in list_cards(models)] == ["another", "small"]
    assert find_card("small", folder=models).folder == folder
    with pytest.raises(InputError, match="No model 'none' in .*; there are: another, small"):
        find_card("none", folder=models)
