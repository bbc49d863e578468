from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import CheckpointError
from tests.engine.small_networks import write_small_model
from trainer.judge.rival import cavp_beside

if TYPE_CHECKING:
    from engine.progress import Progress


def test_shipped_model_stands_beside_the_judge(tmp_path: Path) -> None:
    heard: list[Progress] = []
    shipped = write_small_model(tmp_path)
    assert cavp_beside(shipped, model=None, checkpoint=None, listener=heard.append) is not None
    assert heard == []


def test_absent_shipped_model_is_told_and_left_out(tmp_path: Path) -> None:
    heard: list[Progress] = []
    assert cavp_beside(tmp_path / "none", model=None, checkpoint=None, listener=heard.append) is None
    assert "without SF-CAVP" in heard[0].note
    assert str(tmp_path / "none") in heard[0].note


def test_what_was_asked_for_must_be_there(tmp_path: Path) -> None:
    shipped, gone = write_small_model(tmp_path), tmp_path / "gone"
    with pytest.raises(CheckpointError, match="gone"):
        cavp_beside(shipped, model=gone, checkpoint=None, listener=lambda _: None)
    with pytest.raises(CheckpointError, match="gone"):
        cavp_beside(shipped, model=None, checkpoint=gone, listener=lambda _: None)
