import os
import time
from pathlib import Path

import pytest
import torch

from engine import feature_cache
from engine.errors import Cancelled, OutputLocationError, WriteError
from engine.feature_cache import HEAD_BYTES, FeatureCache, FeatureKey
from engine.progress import CancelToken, Progress
from tests.failing_disk import files_limited_to

KEY = FeatureKey("picture", ("film", 3))


def numbers(count: int, *shape: int) -> torch.Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(count)).half()


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def test_rows_written_in_parts_are_read_back_by_stretches(cache: FeatureCache) -> None:
    rows, others = numbers(10, 2, 3), torch.arange(5, dtype=torch.float32)
    with cache.keeping(KEY) as writer:
        for part in rows.split(4):
            writer.add("rows", part)
        writer.add("others", others)
    entry = cache.find(KEY)
    assert entry is not None
    assert entry["rows"].shape == (10, 2, 3)
    assert len(entry["rows"]) == 10
    assert torch.equal(entry["rows"][:], rows)
    assert torch.equal(entry["rows"][3:7], rows[3:7])
    assert torch.equal(entry["rows"][-2:], rows[-2:])
    assert entry["rows"][5:5].shape == (0, 2, 3)
    assert torch.equal(entry["others"][:], others)


def test_any_part_of_the_key_makes_another_entry(cache: FeatureCache) -> None:
    cache.keep(KEY, {"rows": numbers(2)})
    for other in (
        FeatureKey("sound", KEY.parts),
        FeatureKey("picture", ("film", 4)),
        FeatureKey("picture", ()),
    ):
        assert cache.find(other) is None


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "head", "data", "no head"])
def test_damaged_entry_is_told_deleted_and_made_anew(
    cache: FeatureCache, tmp_path: Path, damage: str
) -> None:
    cache.keep(KEY, {"rows": numbers(8)})
    (path,) = (tmp_path / "features").iterdir()
    content = bytearray(path.read_bytes())
    if damage == "head":
        content[12] ^= 0xFF
    if damage == "data":
        content[HEAD_BYTES + 3] ^= 1
    changed = {"empty": b"", "cut": content[:-1], "longer": content + b"x", "no head": bytes(len(content))}
    path.write_bytes(changed.get(damage, content))
    told: list[Progress] = []
    assert cache.find(KEY, listener=told.append) is None
    assert "picture features are damaged" in told[0].note
    assert not path.exists()
    assert cache.find(KEY, listener=told.append) is None
    assert len(told) == 1
    cache.keep(KEY, {"rows": numbers(8)})
    assert cache.find(KEY) is not None


def test_broken_off_writing_leaves_nothing(cache: FeatureCache, tmp_path: Path) -> None:
    def write() -> None:
        with cache.keeping(KEY) as writer:
            writer.add("rows", numbers(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list((tmp_path / "features").iterdir()) == []


def test_disk_that_refuses_is_told_and_leaves_nothing(cache: FeatureCache, tmp_path: Path) -> None:
    told: list[Progress] = []
    with files_limited_to(10_000):
        cache.keep(KEY, {"rows": numbers(100_000)}, listener=told.append)
        with pytest.raises(WriteError), cache.keeping(KEY) as writer:
            writer.add("rows", numbers(100_000))
    assert told[0].note.startswith("not kept for the next time: Writing")
    assert list((tmp_path / "features").iterdir()) == []


def test_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises((OutputLocationError, WriteError), match="file"),
        FeatureCache(tmp_path / "file").keeping(KEY),
    ):
        pass


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_cache, "_PRUNE_EVERY_BYTES", 1)
    size = HEAD_BYTES + 2000
    cache = FeatureCache(tmp_path, limit_bytes=3 * size)
    keys = [FeatureKey("window", (number,)) for number in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.keep(key, {"rows": numbers(1000)})
        os.utime(tmp_path / key.file_name, (1000 + age, 1000 + age))
    assert cache.find(keys[0]) is not None  # and so it was used
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    cache.keep(keys[3], {"rows": numbers(1000)})
    assert [cache.find(key) is not None for key in keys] == [True, False, True, True]
    assert (tmp_path / "notes.txt").exists()


def test_left_over_of_a_killed_writer_goes_and_a_fresh_one_stays(cache: FeatureCache, tmp_path: Path) -> None:
    folder = tmp_path / "features"
    folder.mkdir()
    old, fresh = folder / ".aa.part.features", folder / ".bb.part.features"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    cache.prune()
    assert [path.exists() for path in (old, fresh)] == [False, True]


def test_rows_are_read_on_after_their_file_was_deleted(cache: FeatureCache, tmp_path: Path) -> None:
    cache.keep(KEY, {"rows": numbers(8)})
    entry = cache.find(KEY)
    assert entry is not None
    (tmp_path / "features" / KEY.file_name).unlink()
    assert torch.equal(entry["rows"][2:4], numbers(8)[2:4])


def test_content_is_known_by_itself_and_not_by_name(cache: FeatureCache, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"abc")
    other.write_bytes(b"abc")
    # SHA-256 of "abc", FIPS 180-2 appendix B.1
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert cache.content_of(one) == cache.content_of(one) == cache.content_of(other) == wanted
    one.write_bytes(b"abd")
    os.utime(one, ns=(1, 1))
    assert cache.content_of(one) != wanted


def test_reading_of_content_can_be_stopped(cache: FeatureCache, tmp_path: Path) -> None:
    path, cancel = tmp_path / "film", CancelToken()
    path.write_bytes(b"abc")
    cancel.cancel()
    with pytest.raises(Cancelled):
        cache.content_of(path, cancel=cancel)
