"""What the tests of the engine process share: a small model to start with and a short film."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.coded_film import even_pts, impulse_at, make_film
from tests.engine.small_networks import write_small_model


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a tiny model named as the bundled one is."""
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder, "starter")
    return folder


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.6 s at 25 fps with one click at 0.5 s in its sound, under a name that is not plain ASCII."""
    path = tmp_path_factory.mktemp("film") / "Straße.mp4"
    return make_film(path, pts=even_pts(40, Fraction(25)), sound=impulse_at(24_000, length=76_800))
