import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, WriteError
from engine.project.process_lock import ProcessLock
from engine.scratch import Scratch, output_folder

DYING = """
import os, sys
from pathlib import Path
from engine.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
(scratch.folder / "half.wav").touch()
os._exit(9)
"""


def test_workspace_vanishes_with_its_files(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.workspace() as folder:
        (folder / "half.wav").touch()
        assert folder.parent == scratch.folder
    assert not folder.exists()
    scratch.remove()
    assert list(tmp_path.iterdir()) == []


def test_folder_of_a_dead_process_is_cleared_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    living = Scratch(tmp_path)
    subprocess.run([sys.executable, "-c", DYING, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    fresh = Scratch(tmp_path)
    assert set(tmp_path.iterdir()) == {living.folder, fresh.folder}
    fresh.remove()
    living.remove()


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="folder does not exist"):
        Scratch(tmp_path / "gone")


def work_that_fails(out: Path, *finished: str) -> None:
    """Leave a half file in the private folder and whole ones in the results, then fail."""
    with output_folder(out, "stems", "heatmaps") as workspace:
        assert workspace.parent == out
        (workspace / "half.wav").touch()
        for name in finished:
            (out / name).touch()
        raise WriteError("full")


def test_folders_made_for_failed_work_vanish(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        work_that_fails(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_finished_results_of_failed_work_stay(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        work_that_fails(tmp_path / "out", "stems/whole.wav")
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["out", "stems", "whole.wav"]


def test_name_no_disk_can_hold_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputLocationError, match="the name is too long"),
        output_folder(tmp_path / "x" / ("n" * 300)),
    ):
        raise AssertionError("no work must begin")
    assert list(tmp_path.iterdir()) == []


DYING_IN_THE_MIDDLE = """
import os, sys
from pathlib import Path
from engine.atomic_file import written_atomically
from engine.scratch import output_folder
out = Path(sys.argv[1])
with output_folder(out, "stems") as workspace, written_atomically(out / "stems" / "feet.wav") as temporary:
    (workspace / "take.wav").touch()
    print(temporary.name)
    sys.stdout.flush()
    os._exit(9)
"""


def test_what_a_killed_work_left_half_made_is_gone_after_the_next(tmp_path: Path) -> None:
    out, program = tmp_path / "out", [sys.executable, "-c", DYING_IN_THE_MIDDLE, str(tmp_path / "out")]
    died = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (out / "stems" / died.stdout.strip()).is_file()
    strange = out / "stems" / ".feet-1-00000000.part.wav"  # of a process we know nothing of
    strange.touch()
    with output_folder(out, "stems") as workspace:
        assert [path.name for path in out.glob(".making-*")] == [workspace.name]
        assert list((out / "stems").iterdir()) == [strange]
    assert sorted(out.iterdir()) == [out / "stems"]


def test_work_goes_on_beside_one_that_lives(tmp_path: Path) -> None:
    with output_folder(tmp_path) as first:
        (first / "take.wav").touch()
        with output_folder(tmp_path) as second:
            assert second != first
        assert (first / "take.wav").is_file()


def test_a_disk_that_keeps_no_locks_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessLock, "acquire", lambda _: False)
    with output_folder(tmp_path) as workspace:
        assert list(tmp_path.iterdir()) == [workspace]
    assert list(tmp_path.iterdir()) == []
