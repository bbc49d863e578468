"""Films are made once."""

import pytest

from tests.trainer.flow.labelled_films import LabelledFilms, make_labelled_films


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> LabelledFilms:
    return make_labelled_films(tmp_path_factory.mktemp("labelled"))
