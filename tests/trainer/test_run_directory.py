import json
from pathlib import Path

import pytest
import torch

from trainer.run_directory import RunDirectory


def test_fresh_run_has_a_folder_its_config_and_no_state(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("seed = 1\n", encoding="utf-8")
    run = RunDirectory(tmp_path / "runs" / "one", config)
    assert (run.folder / "config.toml").read_text(encoding="utf-8") == "seed = 1\n"
    assert run.load_state() is None


def test_state_comes_back_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.save_state({"step": 3, "network": {"w": torch.tensor([1.0, 2.0])}})
    run.save_state({"step": 4, "network": {"w": torch.tensor([3.0, 4.0])}})
    state = RunDirectory(tmp_path).load_state()
    assert state is not None
    assert state["step"] == 4
    assert state["network"]["w"].tolist() == [3.0, 4.0]
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


def test_failed_save_keeps_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(tmp_path)
    run.save_state({"step": 3})

    def failing(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", failing)
    with pytest.raises(OSError, match="disk full"):
        run.save_state({"step": 4})
    assert run.load_state() == {"step": 3}


def test_log_appends_one_json_line_a_call(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.log(50, {"flow": 1.23456789})
    run.log(100, {"flow": 1.0})
    lines = [
        json.loads(line) for line in (tmp_path / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(line["step"], line["flow"]) for line in lines] == [(50, 1.234568), (100, 1.0)]
    assert all(line["time"] > 0 for line in lines)
