from pathlib import Path

import numpy as np
import pytest
import torch

from engine.clip import open_clip
from engine.errors import InputError, MediaError
from tests.coded_film import HEIGHT, WIDTH, impulse_at, number_in
from tests.trainer.data.small_films import NO_SOUND, SmallFilms, film
from trainer.data.video_features import FeatureRecipe, film_features


def test_whole_film_has_the_grid_and_mel_of_an_opened_clip(films: SmallFilms) -> None:
    found = film_features(films.good[0], FeatureRecipe())
    clip = open_clip(films.good[0])
    assert found.steps == 75
    assert clip.sound_mel is not None
    torch.testing.assert_close(found.picture, clip.grid[:75].half())
    # the last frames differ: there the opened clip is padded to whole slow steps
    torch.testing.assert_close(found.mel[:290], clip.sound_mel[:290].half(), rtol=0, atol=0.01)


def test_stretch_has_its_pictures_and_its_sound(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 3.0, sound=impulse_at(72_000, length=144_000))  # at 1.5 s
    found = film_features(path, FeatureRecipe("frames", 192), start_s=1.0, duration_s=0.8)
    assert found.picture.shape == (20, 3, 192, 192)
    assert found.picture.dtype == torch.uint8
    shown = [np.asarray(picture.permute(1, 2, 0))[:: 192 // HEIGHT] for picture in found.picture]
    assert WIDTH == 192
    assert [number_in(picture) for picture in shown] == list(range(25, 45))
    assert found.mel.shape == (80, 128)
    assert int(found.mel.float().mean(1).argmax()) in (49, 50)


def test_stretch_that_passes_the_end_stops_there(films: SmallFilms) -> None:
    found = film_features(films.good[0], FeatureRecipe(), start_s=2.0, duration_s=9.0)
    assert (found.steps, found.mel.shape[0]) == (25, 100)


def test_long_films_are_read_in_parts_without_a_seam(
    films: SmallFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = film_features(films.good[0], FeatureRecipe())
    monkeypatch.setattr("trainer.data.video_features._PART_STEPS", 16)
    assert torch.equal(film_features(films.good[0], FeatureRecipe()).picture, whole.picture)


@pytest.mark.parametrize(
    ("start_s", "longest_s", "words"),
    [
        (5.0, 600, "nothing is left of it from 5.00 s"),
        (0.0, 2, "at most 2 s are read at once: give stretches"),
    ],
)
def test_stretch_outside_or_too_long_is_refused(
    films: SmallFilms, monkeypatch: pytest.MonkeyPatch, start_s: float, longest_s: int, words: str
) -> None:
    monkeypatch.setattr("trainer.data.video_features.LONGEST_S", longest_s)
    with pytest.raises(MediaError, match=words):
        film_features(films.good[0], FeatureRecipe(), start_s=start_s)


def test_film_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="has no sound track"):
        film_features(film(tmp_path / "a.mp4", 1.0, sound=NO_SOUND), FeatureRecipe())


def test_sound_that_is_no_number_is_refused(films: SmallFilms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "trainer.data.video_features.clip_audio_blocks", lambda _path: [np.full((1, 144_000), np.nan)]
    )
    with pytest.raises(InputError, match="a sample at 0.000 s that is infinite or no number"):
        film_features(films.good[0], FeatureRecipe())


def test_recipes_have_versions_of_their_own() -> None:
    recipes = (FeatureRecipe(), FeatureRecipe("frames", 64), FeatureRecipe("frames", 224))
    assert len({recipe.version for recipe in recipes}) == 3
    assert FeatureRecipe(frame_side=64).version == FeatureRecipe().version  # a grid has no side
    with pytest.raises(InputError, match="picture_kind = 'flow': choose grid or frames"):
        FeatureRecipe("flow")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="frame_side = 0"):
        FeatureRecipe("frames", 0)
