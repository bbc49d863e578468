import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.checkpoint import FORMAT_VERSION, file_sha256, load_checkpoint, load_into, save_checkpoint
from engine.errors import CheckpointError, StudioError
from tests.failing_disk import files_limited_to

CONFIG = {"inputs": 3, "words": ["gravel", "metal"]}


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "parts" / "weights.safetensors"
    save_checkpoint(path, network(), family="codec", config=CONFIG)
    return path


def with_header(path: Path, header: object) -> Path:
    save_file({"weight": torch.zeros(2)}, path, metadata={"multisoundgen": json.dumps(header)})
    return path


def test_checkpoint_brings_back_weights_config_and_hash(stored: Path) -> None:
    checkpoint = load_checkpoint(stored, family="codec")
    assert checkpoint.config == CONFIG
    assert checkpoint.sha256 == file_sha256(stored)
    for name, value in network().state_dict().items():
        assert torch.equal(checkpoint.state[name], value)
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]


def test_half_precision_halves_the_file_and_loads_as_float32(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, network(), family="codec", config={}, half=True)
    assert load_file(path)["0.weight"].dtype == torch.float16
    state = load_checkpoint(path, family="codec").state
    assert state["0.weight"].dtype == torch.float32
    assert state["1.num_batches_tracked"].dtype == torch.int64
    torch.testing.assert_close(state["0.weight"], network().state_dict()["0.weight"], rtol=1e-3, atol=1e-3)


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_absent_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.safetensors are not there: .*msg-engine models"):
        load_checkpoint(tmp_path / "gone.safetensors", family="codec")


@pytest.mark.parametrize("kept", [0, 5, 60, -1])
def test_cut_file_is_damaged(stored: Path, kept: int) -> None:
    stored.write_bytes(stored.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="damaged or not ours"):
        load_checkpoint(stored, family="codec")


def test_foreign_file_without_our_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="damaged or not ours"):
        load_checkpoint(path, family="codec")


@pytest.mark.parametrize(
    "header",
    [[], "text", {}, {"version": None, "family": "codec", "config": {}}, {"version": 1, "family": "codec"}],
)
def test_header_without_its_fields_is_damage_and_no_crash(tmp_path: Path, header: object) -> None:
    with pytest.raises(CheckpointError, match="damaged or not ours"):
        load_checkpoint(with_header(tmp_path / "odd.safetensors", header), family="codec")


def test_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    header = {"version": FORMAT_VERSION + 1, "family": "codec", "config": {}}
    with pytest.raises(CheckpointError, match=f"format {FORMAT_VERSION + 1}, this program knows .* update"):
        load_checkpoint(with_header(tmp_path / "new.safetensors", header), family="codec")


def test_other_family_is_named(stored: Path) -> None:
    with pytest.raises(CheckpointError, match="family 'codec', wanted 'sf_cavp'"):
        load_checkpoint(stored, family="sf_cavp")


@pytest.mark.parametrize("other", [nn.Linear(3, 2), nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2))])
def test_weights_that_do_not_fit_are_refused(stored: Path, other: nn.Module) -> None:
    with pytest.raises(CheckpointError, match="do not fit their own config"):
        load_into(other, load_checkpoint(stored, family="codec"))


def test_full_disk_leaves_the_old_file_and_nothing_else(stored: Path) -> None:
    before = stored.read_bytes()
    with files_limited_to(4096), pytest.raises(StudioError, match="weights"):
        save_checkpoint(stored, nn.Linear(100, 100), family="codec", config={})
    assert stored.read_bytes() == before
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]
