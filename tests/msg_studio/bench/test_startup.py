"""The startup bench: one run of each window, and what is said when one does not open."""

from pathlib import Path

import pytest

from engine.errors import WorkError
from msg_studio.bench.startup import run_once


@pytest.mark.parametrize("kind", ["empty", "studio"])
def test_a_run_takes_some_milliseconds(kind: str, tmp_path: Path) -> None:
    assert 10 < run_once(kind, tmp_path) < 60_000


def test_a_window_that_does_not_open_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "there is none of this name")
    with pytest.raises(WorkError, match="first_paint empty ended with"):
        run_once("empty", tmp_path)
