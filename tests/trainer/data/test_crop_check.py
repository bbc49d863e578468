from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.progress import silent
from trainer.data.account import Preparation, PreparedFilm
from trainer.data.crop_check import check_crops
from trainer.data.crops import CropRules
from trainer.data.feature_cache import FilmCache
from trainer.data.video_features import FeatureRecipe, FilmFeatures

RULES = CropRules(24, 3, 12, 8, 0.01, 0.99)


def account(folder: Path) -> Preparation:
    """Film 0 sounds, film 1 is one steady hum."""
    cache = FilmCache(folder, FeatureRecipe())
    sounds = torch.randn(400, 128, generator=torch.Generator().manual_seed(1)), torch.linspace(-9, 0, 128)
    films = []
    for number, sound in enumerate(sounds):
        key = f"{number:032x}"
        cache.save(key, FilmFeatures(torch.zeros(100, 1), sound.expand(400, 128)))
        films.append(PreparedFilm(number, str(number + 2), f"film{number}.mp4", "", cache.path(key), 100))
    return Preparation(films)


def test_films_without_crops_become_bad_ones(tmp_path: Path) -> None:
    found = account(tmp_path)
    check_crops(found, RULES, tmp_path, listener=silent)
    assert [film.number for film in found.films] == [0]
    assert [(film.place, film.name) for film in found.bad] == [("3", "film1.mp4")]
    assert found.reasons == {"no 3 crops found that are audible and different": 1}


def test_checked_films_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_crops(account(tmp_path), RULES, tmp_path, listener=silent)
    again = account(tmp_path)
    monkeypatch.setattr("trainer.data.crop_check.read_mel", lambda _path: pytest.fail("read again"))
    check_crops(again, RULES, tmp_path, listener=silent)
    assert (len(again.films), len(again.bad)) == (1, 1)


def test_damaged_checks_say_what_to_remove(tmp_path: Path) -> None:
    check_crops(account(tmp_path), RULES, tmp_path, listener=silent)
    next((tmp_path / "crop_checks").iterdir()).write_text("[1", encoding="utf-8")
    with pytest.raises(InputError, match="is damaged .*: remove it"):
        check_crops(account(tmp_path), RULES, tmp_path, listener=silent)
