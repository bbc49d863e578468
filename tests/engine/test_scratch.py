import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import OutputLocationError
from engine.scratch import Scratch

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
