from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from engine.features.motion_grid import GRID_CHANNELS
from tests.trainer.data.small_films import SmallFilms, config_of, film, manifest_of, noisy_sound
from trainer.cavp.batches import CavpBatch
from trainer.data.account import PreparedFilm
from trainer.data.feature_cache import FilmCache
from trainer.data.video_features import FilmFeatures
from trainer.data.video_source import BAD_FILMS, VideoSource, open_video_source


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def source_of(films: SmallFilms, cache: Path, run: Path, **changes: object) -> VideoSource:
    return open_video_source(config_of(films.manifest, cache, **changes), run)


def numbered(folder: Path, *, films: int, mel: Callable[[int], Tensor] | None = None) -> list[PreparedFilm]:
    """Films of 100 steps whose picture holds 1000 * film + step; mels are noise unless others are given."""
    cache = FilmCache(folder, config_of(Path("x"), folder).recipe)
    found = []
    for number in range(films):
        picture = (1000.0 * number + torch.arange(100))[:, None, None, None].expand(-1, 2, 8, 8)
        heard = torch.randn(400, 128, generator=chance(number)) if mel is None else mel(number)
        key = f"{number:032x}"
        cache.save(key, FilmFeatures(picture, heard))
        found.append(PreparedFilm(number, "", f"film {number}", "", cache.path(key), 100))
    return found


def equal(one: CavpBatch, other: CavpBatch) -> bool:
    names = ("picture", "mel", "lags", "films")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def test_batch_has_the_shapes_of_real_video(films: SmallFilms, cache: Path, tmp_path: Path) -> None:
    batch = source_of(films, cache, tmp_path, augment=True).draw(9, chance())
    assert batch.picture.shape == (9, 24, GRID_CHANNELS, 8, 8)
    assert batch.mel.shape == (9, 96, 128)
    assert batch.lags.shape == batch.films.shape == (9,)
    assert (batch.picture.dtype, batch.mel.dtype, batch.lags.dtype) == (torch.float, torch.float, torch.long)
    assert batch.labels is None
    assert bool(batch.picture.isfinite().all() and batch.mel.isfinite().all())
    assert (tmp_path / BAD_FILMS).read_text(encoding="utf-8") == "place,film,reason\n"


def test_same_chance_gives_the_same_batch(films: SmallFilms, cache: Path, tmp_path: Path) -> None:
    one = source_of(films, cache, tmp_path, augment=True)
    other = source_of(films, cache, tmp_path, augment=True)
    one.draw(6, chance(7))  # what was drawn before does not matter
    assert equal(one.draw(6, chance(3)), other.draw(6, chance(3)))
    assert not equal(one.draw(6, chance(3)), one.draw(6, chance(4)))


def test_crops_of_a_film_stand_together_and_apart_in_time(tmp_path: Path) -> None:
    source = VideoSource(numbered(tmp_path, films=6), config_of(Path("x"), tmp_path))
    for seed in range(20):
        batch = source.draw(12, chance(seed))
        films = batch.films.view(4, 3)
        assert bool((films == films[:, :1]).all())
        assert len(films[:, 0].unique()) == 4
        first = batch.picture[:, 0, 0, 0, 0]
        assert torch.equal(first // 1000, batch.films.float())
        assert int((first % 1000).view(4, 3).sort(1).values.diff(dim=1).min()) >= 12  # half a second


def test_lag_says_where_the_sound_was_cut(tmp_path: Path) -> None:
    def counted(number: int) -> Tensor:
        noise = torch.randn(400, 128, generator=chance(number))
        noise[:, 0] = torch.arange(400) / 64
        return noise

    source = VideoSource(numbered(tmp_path, films=4, mel=counted), config_of(Path("x"), tmp_path))
    lags = set()
    for seed in range(40):
        batch = source.draw(12, chance(seed))
        picture_begins = batch.picture[:, 0, 0, 0, 0] % 1000
        sound_begins = batch.mel[:, 0, 0] * 64 / 4
        # the sound crop that begins earlier shows an event later
        assert torch.equal(picture_begins - sound_begins, batch.lags.float())
        lags |= set(batch.lags.tolist())
    assert lags == set(range(-8, 9))


@pytest.mark.parametrize("world", [2, 4])
def test_processes_together_draw_what_one_draws_alone(tmp_path: Path, world: int) -> None:
    films, config = numbered(tmp_path, films=9), config_of(Path("x"), tmp_path)
    whole = VideoSource(films, config).draw(24, chance(5))
    shares = [VideoSource(films, config, rank=rank, world=world).draw(24, chance(5)) for rank in range(world)]
    for name in ("picture", "mel", "lags", "films"):
        assert torch.equal(torch.cat([getattr(share, name) for share in shares]), getattr(whole, name))


def test_processes_with_films_of_their_own_draw_apart(tmp_path: Path) -> None:
    films, config = numbered(tmp_path, films=4), config_of(Path("x"), tmp_path)
    one, other = (VideoSource(films, config, salt=salt, sharing=2).draw(24, chance()) for salt in (0, 1))
    assert not torch.equal(one.lags, other.lags)


def test_film_with_few_good_crops_falls_back_to_sure_ones(tmp_path: Path) -> None:
    def quiet_end(number: int) -> Tensor:
        noise = torch.randn(400, 128, generator=chance(number))
        noise[220:] = -9.2  # all crops must begin in the first half
        return noise

    config = config_of(Path("x"), tmp_path)
    films = numbered(tmp_path, films=1, mel=quiet_end)
    for seed in range(30):
        batch = VideoSource(films, config).draw(3, chance(seed))
        assert float(batch.mel.flatten(1).var(1).min()) > 0.01


def test_features_that_were_changed_during_the_run_are_told(tmp_path: Path) -> None:
    films = numbered(tmp_path, films=1, mel=lambda _number: torch.full((400, 128), -9.2))
    with pytest.raises(InputError, match="film 0 gives no 3 crops .* were changed during the run"):
        VideoSource(films, config_of(Path("x"), tmp_path)).draw(3, chance())


def test_frames_stay_bytes_and_are_mirrored_at_most(films: SmallFilms, cache: Path, tmp_path: Path) -> None:
    settings = {"picture_kind": "frames", "frame_side": 32}
    plain = source_of(films, tmp_path / "cache", tmp_path, **settings).draw(12, chance())
    changed = source_of(films, tmp_path / "cache", tmp_path, augment=True, **settings).draw(12, chance())
    assert plain.picture.shape == (12, 24, 3, 32, 32)
    assert changed.picture.dtype == torch.uint8
    turned = [bool(torch.equal(a, b.flip(-1))) for a, b in zip(changed.picture, plain.picture, strict=True)]
    kept = [bool(torch.equal(a, b)) for a, b in zip(changed.picture, plain.picture, strict=True)]
    assert all(one != other for one, other in zip(turned, kept, strict=True))
    assert any(turned)
    assert any(kept)


def test_bad_films_are_listed_in_the_run_and_too_many_stop_it(films: SmallFilms, tmp_path: Path) -> None:
    config = config_of(films.mixed, tmp_path / "cache")
    with pytest.raises(InputError, match=r"6 of 10 films \(60%\) are bad, allowed are 10%"):
        open_video_source(config, tmp_path / "run")
    lines = (tmp_path / "run" / BAD_FILMS).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert lines[1].startswith(f"6,{films.folder / 'missing.mp4'},cannot be read")
    allowed = config_of(films.mixed, tmp_path / "cache", largest_bad_share=0.6)
    assert len(open_video_source(allowed, tmp_path / "run").films) == 4


def test_vggsound_manifest_is_a_source(films: SmallFilms, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "vggsound.csv"
    path.write_text("good0,30,a,train\ngood1,31,b,train\ngood2,32,c,test\n", encoding="utf-8")
    config = config_of(path, cache, manifest_kind="vggsound", films=str(films.folder))
    source = open_video_source(config, tmp_path / "run")
    assert [(found.label, found.steps) for found in source.films] == [("a", 75), ("b", 88)]


def test_stretches_of_one_film_are_films(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", 5.0, sound=noisy_sound(5.0, seed=3))
    manifest = manifest_of(tmp_path / "films.csv", [])
    lines = f"{path.name},0,2.4,a,train\n{path.name},2.4,2.4,b,train\n"
    manifest.write_text(manifest.read_text(encoding="utf-8") + lines, encoding="utf-8")
    source = open_video_source(config_of(manifest, tmp_path / "cache"), tmp_path / "run")
    assert [found.steps for found in source.films] == [60, 60]
    assert set(source.draw(6, chance()).films.tolist()) == {2, 3}


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (4, "4 rows holds no whole films of 3 crops"),
        (0, "0 rows holds no whole films"),
        (15, "wants 5 films, 4 can be used: take a smaller batch"),
    ],
)
def test_batch_that_cannot_be_filled_is_refused(
    films: SmallFilms, cache: Path, tmp_path: Path, size: int, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        source_of(films, cache, tmp_path).draw(size, chance())
