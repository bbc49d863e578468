import io
import json
import sys
import tarfile
from pathlib import Path

import pytest
import torch

from engine.errors import InputError, MissingComponentError
from engine.progress import silent
from tests.trainer.data.small_films import SmallFilms, config_of
from trainer.data.account import Preparation
from trainer.data.feature_cache import FilmCache, read_mel, read_picture
from trainer.data.shards import own_shards, prepare_shards, shard_paths, write_shards
from trainer.data.video_features import FeatureRecipe
from trainer.data.video_source import VideoSource, prepare_films


@pytest.fixture(scope="module")
def shards(films: SmallFilms, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four films in two shards."""
    config = config_of(films.manifest, cache)
    found = prepare_films(config)
    folder = tmp_path_factory.mktemp("shards")
    return write_shards(found.films, FilmCache(cache, config.recipe), folder, films_per_shard=3)


def read(paths: list[Path], cache: Path, recipe: FeatureRecipe | None = None) -> Preparation:
    needs = config_of(None, cache, shards=("x",)).needs
    return prepare_shards(
        paths, FilmCache(cache, recipe or FeatureRecipe()), needs, workers=1, listener=silent
    )


def tar_of(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return path


def test_shards_hold_names_any_reader_knows(shards: list[Path]) -> None:
    assert [path.name for path in shards] == ["films-000000.tar", "films-000001.tar"]
    with tarfile.open(shards[1]) as tar:
        names = sorted(name.split(".", 1)[1] for name in tar.getnames())
    assert names == ["about.json", "label.txt", "mel.npy", "picture.npy"]


def test_what_is_written_is_read_back(
    films: SmallFilms, cache: Path, shards: list[Path], tmp_path: Path
) -> None:
    before = prepare_films(config_of(films.manifest, cache)).films
    found = read(shards, tmp_path)
    assert (found.made, found.bad) == (4, [])
    assert [film.label for film in found.films] == [film.label for film in before]
    assert [film.number for film in found.films] == [0, 1, 2, 3]
    for one, other in zip(found.films, before, strict=True):
        assert one.path != other.path
        assert torch.equal(read_mel(one.path), read_mel(other.path))
        assert torch.equal(
            read_picture(one.path, start=0, steps=60), read_picture(other.path, start=0, steps=60)
        )


def test_shard_read_before_is_not_opened_again(
    shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(shards, tmp_path)
    monkeypatch.setattr("trainer.data.shards._samples", lambda _path: pytest.fail("opened again"))
    again = read(shards, tmp_path)
    assert (again.films, again.made, again.cached) == (first.films, 0, 4)


def test_films_in_shards_are_decoded_and_bad_ones_listed(
    films: SmallFilms, cache: Path, tmp_path: Path
) -> None:
    path = tar_of(
        tmp_path / "vgg.tar",
        {
            "one.mp4": films.good[0].read_bytes(),
            "one.txt": b"dog barking\n",
            "sub/two.mp4": films.good[1].read_bytes(),
            "sub/two.json": json.dumps({"label": "door"}).encode(),
            "three.mp4": (films.folder / "corrupt.mp4").read_bytes(),
            "four.mp4": (films.folder / "silent.mp4").read_bytes(),
            "five.flac": b"no film",
        },
    )
    found = read([path], tmp_path / "cache")
    assert [(film.name, film.label) for film in found.films] == [
        (f"{path}/one", "dog barking"),
        (f"{path}/sub/two", "door"),
    ]
    known = prepare_films(config_of(films.manifest, cache)).films[:2]
    assert [film.path.name for film in found.films] == [film.path.name for film in known]
    assert [(film.place, film.reason[:26]) for film in found.bad] == [
        ("three", "three.mp4 is not a film or"),
        ("four", "silent: its log-mel varies"),
        ("five", "holds neither prepared fea"),
    ]


def test_shard_cut_short_keeps_what_came_before(shards: list[Path], tmp_path: Path) -> None:
    content = shards[0].read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(content[: len(content) * 2 // 3])
    found = read([cut], tmp_path / "cache")
    assert 1 <= len(found.films) < 3
    assert [film.name for film in found.bad] == [str(cut)]
    assert "this shard is damaged" in found.bad[0].reason


def test_members_that_are_not_ours_are_bad_films(shards: list[Path], tmp_path: Path) -> None:
    with tarfile.open(shards[1]) as tar:
        parts = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    key = next(iter(parts)).split(".")[0]
    swapped = {**parts, f"{key}.mel.npy": parts[f"{key}.picture.npy"]}
    renamed = {name.replace(key, "other"): content for name, content in parts.items()}
    found = read(
        [tar_of(tmp_path / "swapped.tar", swapped), tar_of(tmp_path / "renamed.tar", renamed)],
        tmp_path / "cache",
    )
    assert found.films == []
    assert "do not belong together" in found.bad[0].reason
    assert "its key is no name of prepared features" in found.bad[1].reason


def test_shards_of_other_features_are_refused(shards: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="write it anew with `msg-train data shard`"):
        read(shards, tmp_path, FeatureRecipe("frames", 32))


def test_processes_share_shards_without_overlap(shards: list[Path], tmp_path: Path) -> None:
    pattern = str(shards[0].parent / "films-{000000..000001}.tar")
    assert shard_paths([pattern]) == shard_paths([str(shards[0].parent / "*.tar")]) == shards
    ranks = [
        prepare_films(config_of(None, tmp_path, shards=(pattern,)), rank=rank, world=2) for rank in (0, 1)
    ]
    assert [[film.number for film in found.films] for found in ranks] == [[0, 2, 4], [1]]
    assert len({film.path for found in ranks for film in found.films}) == 4
    with pytest.raises(InputError, match="2 shards cannot be shared by 3 processes"):
        own_shards(shards, rank=0, world=3)


def test_films_of_shards_give_batches(shards: list[Path], tmp_path: Path) -> None:
    config = config_of(None, tmp_path, shards=(str(shards[0]),))
    source = VideoSource(prepare_films(config).films, config)
    batch = source.draw(6, torch.Generator().manual_seed(1))
    assert batch.picture.shape[:2] == (6, 24)


def test_pattern_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No shard at .*none-000000.tar"):
        shard_paths([str(tmp_path / "none-{000000..000003}.tar")])


def test_shards_need_webdataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webdataset", None)
    with pytest.raises(MissingComponentError, match="install the extra 'train'"):
        shard_paths([str(tmp_path / "*.tar")])


def test_shard_of_no_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 films a shard: give at least 1"):
        write_shards([], FilmCache(tmp_path, FeatureRecipe()), tmp_path, films_per_shard=0)
