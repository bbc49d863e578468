"""msg-train tune: a config or the votes of projects, never both and never neither."""

from pathlib import Path

import pytest

from engine.errors import InputError, ProjectError
from tests.engine.small_networks import write_small_model
from trainer.cli.tune_votes import tune_or_votes_command


def test_neither_config_nor_project_is_refused() -> None:
    with pytest.raises(InputError, match="either a config, or --project"):
        tune_or_votes_command()


def test_config_and_project_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="either a config, or --project"):
        tune_or_votes_command(tmp_path / "tune.toml", [tmp_path / "Walk.msgproj"], "taste")


def test_project_without_a_name_for_the_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be called ''"):
        tune_or_votes_command(None, [tmp_path / "Walk.msgproj"])


def test_project_that_is_not_there_is_named(tmp_path: Path) -> None:
    model = write_small_model(tmp_path)
    with pytest.raises(ProjectError, match=r"no project at .*Walk\.msgproj"):
        tune_or_votes_command(None, [tmp_path / "Walk.msgproj"], "taste", model=model)


def test_config_goes_to_the_recipe_on_a_file_of_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tune\.toml cannot be read"):
        tune_or_votes_command(tmp_path / "tune.toml")
