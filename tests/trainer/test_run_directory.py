import json
from pathlib import Path
from pickle import PicklingError

import pytest
import torch

from engine.errors import CheckpointError, WriteError
from tests.failing_disk import files_limited_to
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


def test_full_disk_keeps_the_old_state_and_names_file_and_room(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.save_state({"step": 3})
    with (
        files_limited_to(20_000),
        pytest.raises(WriteError, match=r"state\.pt failed.* \d+ MB are free there\. The state saved before"),
    ):
        run.save_state({"step": 4, "network": torch.zeros(100_000)})
    assert run.load_state() == {"step": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


def test_state_that_cannot_be_pickled_is_no_disk_error(tmp_path: Path) -> None:
    with pytest.raises((AttributeError, TypeError, PicklingError)):
        RunDirectory(tmp_path).save_state({"step": lambda: 4})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_damaged_state_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"state\.pt, is damaged: remove it"):
        RunDirectory(tmp_path).load_state()


def test_rewinding_drops_later_lines_torn_lines_and_half_states(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.rewind(0)  # nothing there yet
    for step in (1, 2, 3):
        run.log(step, {"flow": 1.0})
    run.log_failure(3, "no number")
    with run.progress_file.open("a", encoding="utf-8") as handle:
        handle.write('{"step": 4, "fl')
    (tmp_path / ".state-123-abcdef01.part.pt").write_bytes(b"half")
    run.rewind(2)
    lines = [json.loads(line) for line in run.progress_file.read_text(encoding="utf-8").splitlines()]
    assert [(line["step"], line.get("failure")) for line in lines] == [(1, None), (2, None), (3, "no number")]
    assert [path.name for path in tmp_path.iterdir()] == ["progress.jsonl"]


def test_only_the_first_process_copies_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("seed = 1\n", encoding="utf-8")
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "localhost")):
        monkeypatch.setenv(name, value)
    run = RunDirectory(tmp_path / "run", config)
    assert list(run.folder.iterdir()) == []


def test_full_disk_at_a_progress_line_names_the_file(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.log(1, {"flow": 1.0})
    with (
        files_limited_to(run.progress_file.stat().st_size),
        pytest.raises(WriteError, match=r"progress\.jsonl"),
    ):
        run.log(2, {"flow": 1.0})


def test_log_appends_one_json_line_a_call(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.log(50, {"flow": 1.23456789})
    run.log(100, {"flow": 1.0})
    lines = [
        json.loads(line) for line in (tmp_path / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(line["step"], line["flow"]) for line in lines] == [(50, 1.234568), (100, 1.0)]
    assert all(line["time"] > 0 for line in lines)
