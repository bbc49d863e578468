"""msg-train evaluate rpo at the front door."""

import json
import sys
from pathlib import Path

import pytest

from engine.adapter_file import save_adapter_weights
from engine.checkpoint import file_sha256
from engine.nn.lora import LoraConfig, add_lora
from tests.engine.small_networks import small_generator
from tests.trainer.preference.small_round import SmallRound
from trainer.cli.app import main


def msg_train(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", "evaluate", "rpo", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def places(prepared: SmallRound, output: Path) -> list[str]:
    return [
        "--model",
        str(prepared.model),
        "--pool",
        str(prepared.pool),
        "-o",
        str(output),
        "--quick",
        "--json",
    ]


def test_an_adapter_is_compared_with_its_base(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network = small_generator()
    add_lora(network, LoraConfig(rank=1))
    sha256 = file_sha256(Path(prepared.start.generator))
    save_adapter_weights(tmp_path / "adapter.safetensors", network, base_sha256=sha256)
    asked = ["--adapter", str(tmp_path), "--no-classifier", "--no-judge"]
    assert msg_train(monkeypatch, *places(prepared, tmp_path / "out"), *asked) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["verdict"] for row in rows} == {"no clear difference"}  # a fresh adapter changes nothing
    assert json.loads((tmp_path / "out" / "rpo.json").read_text())["tuned"]["adapter"] == str(tmp_path)


def test_ears_that_are_not_there_are_exit_3_with_the_way_out(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--tuned", prepared.start.generator, "--judge", str(tmp_path / "none"), "--no-classifier"]
    assert msg_train(monkeypatch, *places(prepared, tmp_path), *asked) == 3
    assert "pretrain-judge" in capsys.readouterr().err


@pytest.mark.parametrize("both", [True, False])
def test_one_tuned_side_must_be_named(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, both: bool
) -> None:
    asked = ["--tuned", "a", "--adapter", "b"] if both else []
    assert msg_train(monkeypatch, *places(prepared, tmp_path), *asked) == 2
