"""Short films for all tests of the command line; the small model is that of all engine tests."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.coded_film import even_pts, impulse_at, make_film


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.6 s at 25 fps with one click at 0.5 s in its sound."""
    path = tmp_path_factory.mktemp("film") / "walk.mp4"
    return make_film(path, pts=even_pts(40, Fraction(25)), sound=impulse_at(24_000, length=76_800))


@pytest.fixture(scope="session")
def silent_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.6 s at 25 fps without sound."""
    return make_film(tmp_path_factory.mktemp("film") / "mute.mp4", pts=even_pts(40, Fraction(25)))
