"""A small round, written once for all tests that only read it; plots that cost no time."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.trainer.preference.small_round import SmallRound, small_round


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> SmallRound:
    return small_round(tmp_path_factory.mktemp("round"))


@pytest.fixture(autouse=True)
def undrawn_plots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports write a stand-in for each plot; the tests of the plots draw them."""

    def write(figure: object, panels: Sequence[object], path: Path) -> Path:
        path.write_bytes(b"plot")
        return path

    if request.path.stem != "test_plots":
        monkeypatch.setattr("trainer.preference.plots._saved", write)
