"""Films are made once, and read into a cache once."""

from pathlib import Path

import pytest

from tests.trainer.data.small_films import SmallFilms, config_of, make_small_films
from trainer.data.video_source import prepare_films


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> SmallFilms:
    return make_small_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="session")
def cache(films: SmallFilms, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features of the good films; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("cache")
    prepare_films(config_of(films.manifest, folder))
    return folder
