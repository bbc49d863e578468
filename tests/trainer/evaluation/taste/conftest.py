import pytest

from tests.trainer.preference.small_round import SmallRound, small_round


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> SmallRound:
    return small_round(tmp_path_factory.mktemp("taste"))
