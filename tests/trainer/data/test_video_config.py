from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.data.video_config import VideoSourceConfig, read_video_config
from trainer.data.video_features import FeatureRecipe

CONFIGS = Path(__file__).parents[3] / "trainer" / "configs"


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_video_table_of_a_recipe_is_read_alone(tmp_path: Path) -> None:
    table = 'shards = ["a.tar", "b.tar"]\npicture_kind = "frames"\nframe_side = 64\n'
    config = read_video_config(written(tmp_path, f"run = 'r'\n[video]\n{table}[loop]\nseed = 1\n"))
    assert config.shards == ("a.tar", "b.tar")
    assert config.recipe == FeatureRecipe("frames", 64)


def test_shipped_recipe_is_read() -> None:
    assert read_video_config(CONFIGS / "video_cavp.toml").manifest == "data/films.csv"


def test_defaults_fit_a_ten_second_film() -> None:
    assert VideoSourceConfig(manifest="a.csv").needs.steps == 128 + 2 * 25 <= 250


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run = 'r'\n", r"has no \[video\] table"),
        ("video = 3\n", r"has no \[video\] table"),
        ("[video\n", "is not TOML"),
        ("[video]\nmanifest = 'a'\nspeed = 1\n", r"\[video\]: unknown key 'speed'; known are augment, cache"),
        ("[video]\n", "either manifest = 'FILE.csv' or shards"),
        ("[video]\nmanifest = 'a'\nshards = ['b']\n", "give one"),
        ("[video]\nmanifest = 'a'\nmanifest_kind = 'audioset'\n", "choose films or vggsound"),
        ("[video]\nmanifest = 'a'\nsteps_per_crop = 130\n", "give a multiple of 4"),
        ("[video]\nmanifest = 'a'\nsteps_per_crop = 64\n", "more than twice lag_reach_steps = 32"),
        ("[video]\nmanifest = 'a'\ncrops_per_film = 0\n", "crops_per_film = 0: give at least 1"),
        ("[video]\nmanifest = 'a'\nleast_distance_s = -1.0\n", "least_distance_s = -1.0: give at least 0"),
        (
            "[video]\nmanifest = 'a'\nlargest_bad_share = 2\n",
            "largest_bad_share = 2: give a share from 0 to 1",
        ),
        ("[video]\nmanifest = 'a'\npicture_kind = 'flow'\n", "picture_kind = 'flow': choose grid or frames"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _ = read_video_config(written(tmp_path, text)).recipe


def test_recipe_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_video_config(tmp_path / "none.toml")
