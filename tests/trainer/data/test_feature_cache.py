import os
from pathlib import Path

import pytest
import torch

from engine.errors import InputError, OutputLocationError, WriteError
from trainer.data.feature_cache import (
    ContentHashes,
    FilmCache,
    FilmFacts,
    content_hash,
    read_mel,
    read_picture,
)
from trainer.data.video_features import FeatureRecipe, FilmFeatures

FEATURES = FilmFeatures(
    torch.arange(12, dtype=torch.uint8)[:, None].repeat(1, 3), torch.zeros(48, 128).half()
)


def cache_in(folder: Path, kind: str = "grid") -> FilmCache:
    return FilmCache(folder, FeatureRecipe(kind))  # type: ignore[arg-type]


def test_what_is_saved_is_read_back_in_stretches(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    key = cache.key("content")
    assert cache.facts(key) is None
    assert cache.save(key, FEATURES) == cache.facts(key) == FilmFacts(12, 0.0)
    path = cache.path(key)
    assert read_picture(path, start=3, steps=4)[:, 0].tolist() == [3, 4, 5, 6]
    assert read_mel(path).shape == (48, 128)
    assert read_mel(path).dtype == torch.float32
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_key_knows_content_version_and_stretch(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    keys = {
        cache.key("a"),
        cache.key("b"),
        cache.key("a", start_s=1.0),
        cache.key("a", duration_s=1.0),
        cache.key("a", start_s=1.0, duration_s=1.0),
        cache_in(tmp_path, "frames").key("a"),
    }
    assert len(keys) == 6
    assert cache.key("a", start_s=1.0) in keys


def test_damaged_features_are_none_and_reading_them_says_what_to_do(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.save("ab", FEATURES)
    content = cache.path("ab").read_bytes()
    cache.path("ab").write_bytes(content[: len(content) // 2])
    assert cache.facts("ab") is None
    with pytest.raises(InputError, match="run `msg-train data prepare` again"):
        read_mel(cache.path("ab"))


def test_verdict_is_kept(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    assert cache.verdict("ab") == ""
    cache.refuse("ab", "no sound")
    assert cache_in(tmp_path).verdict("ab") == "no sound"


def test_folder_that_cannot_be_is_an_error_of_the_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputLocationError, match="not a folder"):
        cache_in(tmp_path / "file").save("ab", FEATURES)


def test_disk_that_refuses_leaves_no_half_made_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trainer.data.feature_cache.save_file", refuse)
    with pytest.raises(WriteError, match="the disk is full"):
        cache_in(tmp_path).save("ab", FEATURES)
    assert list((tmp_path / "ab").iterdir()) == []


def test_hash_is_recalled_until_the_film_changes(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"one")
    hashes = ContentHashes(tmp_path / "cache")
    assert hashes.recall(film) == ""
    hashes.remember(film, content_hash(film))
    hashes.keep()
    again = ContentHashes(tmp_path / "cache")
    assert again.recall(film) == content_hash(film)
    film.write_bytes(b"two")
    os.utime(film, ns=(1, 1))
    assert again.recall(film) == ""
    film.unlink()
    assert again.recall(film) == ""


def test_damaged_hashes_say_what_to_remove(tmp_path: Path) -> None:
    (tmp_path / "content_hashes.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="content_hashes.json is damaged .*: remove it"):
        ContentHashes(tmp_path)
