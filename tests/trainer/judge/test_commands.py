import json
import sys
from pathlib import Path

import pytest

from engine.checkpoint import save_checkpoint
from tests.engine.small_networks import write_small_model
from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer import __main__ as program
from trainer.judge.judging import JUDGE_FAMILY


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return int(ended.value.code or 0)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    judge = small_judge(flash_pool(1).classes)
    path = tmp_path / "judge.safetensors"
    save_checkpoint(path, judge, family=JUDGE_FAMILY, config=judge.config.to_json())
    return path


def test_evaluation_without_a_judge_is_exit_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "evaluate", "judge", "--checkpoint", str(tmp_path / "gone.safetensors")) == 3
    assert "pretrain-judge" in capsys.readouterr().err


def test_evaluation_without_scenes_is_exit_2(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "evaluate", "judge", "--checkpoint", str(weights), "--pool", str(tmp_path)) == 2
    assert "held_out" in capsys.readouterr().err


def test_training_without_scenes_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "judge.toml"
    config.write_text(f'pool = "{tmp_path / "none"}"\nrun = "{tmp_path / "run"}"\n', encoding="utf-8")
    assert run(monkeypatch, "pretrain-judge", str(config)) == 2
    assert "scenes render" in capsys.readouterr().err


def test_evaluation_prints_one_document(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainer.cli.evaluate.load_pool", lambda *_, **__: flash_pool(4))
    model = str(write_small_model(tmp_path))
    arguments = ("evaluate", "judge", "--checkpoint", str(weights), "--model", model, "--json")
    assert run(monkeypatch, *arguments) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["figure"] for row in rows][-1] == "both: offsets wrong together"
