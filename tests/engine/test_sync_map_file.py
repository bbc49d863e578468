from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import OutputLocationError, ProjectError, WriteError
from engine.records import HitPoint, SyncMap
from engine.sync_map_file import guide_map_path, read_sync_map, take_map_path, write_sync_map
from engine.timing import TimeRange
from tests.engine.project.samples import SCORE, event, take

WHERE = TimeRange(0, 48_000)


@pytest.fixture
def sync_map() -> SyncMap:
    chance = np.random.default_rng(1)

    def noise(*shape: int) -> np.ndarray:
        return chance.normal(size=shape).astype(np.float32)

    return SyncMap(noise(3, 4), noise(12, 16), 0.16, 0.04, 1.28, noise(65), noise(65), SCORE)


def test_map_reads_back_as_it_was_written(sync_map: SyncMap, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_sync_map(path, sync_map)
    again = read_sync_map(path)
    for name in ("slow", "fast", "lag_ms", "lag_score"):
        assert np.array_equal(getattr(again, name), getattr(sync_map, name))
        assert getattr(again, name).dtype == np.float32
    for name in ("slow_step_s", "fast_step_s", "start_s", "score"):
        assert getattr(again, name) == getattr(sync_map, name)


def test_unmeasurable_score_stays_unmeasurable(sync_map: SyncMap, tmp_path: Path) -> None:
    silent = replace(sync_map, score=replace(SCORE, measurable=False, confidence=0.0))
    write_sync_map(tmp_path / "a.npz", silent)
    assert read_sync_map(tmp_path / "a.npz").score == silent.score


def test_reason_is_kept_and_files_from_before_it_was_said_still_open(
    sync_map: SyncMap, tmp_path: Path
) -> None:
    still = replace(sync_map, score=replace(SCORE, measurable=False, reason="nothing moves – here"))
    path = tmp_path / "a.npz"
    write_sync_map(path, still)
    assert read_sync_map(path).score.reason == "nothing moves – here"
    with np.load(path) as values:
        older = {name: values[name] for name in values.files if name != "reason"}
    np.savez_compressed(path, **older)
    again = read_sync_map(path)
    assert again.score == still.score
    assert again.score.reason == ""


def test_path_of_a_guide_names_film_and_stretch() -> None:
    same = {"clip_fingerprint": "f", "where": WHERE}
    path = guide_map_path(Path("/maps"), **same)
    assert path == guide_map_path(Path("/maps"), **same)
    assert (path.parent, path.suffix) == (Path("/maps"), ".npz")
    for change in ({"clip_fingerprint": "g"}, {"where": TimeRange(0, 48_001)}):
        assert guide_map_path(Path("/maps"), **{**same, **change}) != path


def test_path_of_a_take_names_all_that_its_score_asks_for(tmp_path: Path) -> None:
    found = event("e001")
    made = replace(take("e001_t1", "e001", tmp_path), sha256="sound")
    same = {"take": made, "event": found, "clip_fingerprint": "f"}
    path = take_map_path(Path("/maps"), **same)
    assert path == take_map_path(Path("/maps"), **same)
    longer = TimeRange(found.range.start_samples, found.range.end_samples + 1)
    for change in (
        {"take": replace(made, sha256="other")},
        {"take": replace(made, prompt="other words")},
        {"event": replace(found, range=longer)},
        {"event": replace(found, cat_id="WATRSplsh")},
        {"event": replace(found, hit_points=(HitPoint(found.range.start_samples + 7),))},
        {"clip_fingerprint": "g"},
    ):
        assert take_map_path(Path("/maps"), **{**same, **change}) != path
    renamed = replace(found, reason="found again", confidence=0.1)
    assert take_map_path(Path("/maps"), **{**same, "event": renamed}) == path


def test_missing_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"none\.npz cannot be read: No such file"):
        read_sync_map(tmp_path / "none.npz")


@pytest.mark.parametrize("length", [0, 1, 100, 700, -1])
def test_damaged_map_is_named(sync_map: SyncMap, tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.npz"
    write_sync_map(path, sync_map)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ProjectError, match=r"a\.npz is damaged"):
        read_sync_map(path)


@pytest.mark.parametrize(
    "change",
    [
        {"slow": np.zeros(3, np.float32)},
        {"fast": np.zeros((2, 2), np.float64)},
        {"lag_ms": np.array("x", dtype=object)},
        {"steps": np.zeros(2)},
        {"score": np.zeros(5)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_map_of_another_shape_is_damaged(
    sync_map: SyncMap, tmp_path: Path, change: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "a.npz"
    write_sync_map(path, sync_map)
    with np.load(path) as values:
        kept = dict(values)
    np.savez(path, **{**kept, **change})
    with pytest.raises(ProjectError, match="damaged"):
        read_sync_map(path)


def test_map_of_a_newer_version_is_refused(sync_map: SyncMap, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_sync_map(path, sync_map)
    with np.load(path) as values:
        kept = dict(values)
    np.savez(path, **{**kept, "version": np.int64(9)})
    with pytest.raises(ProjectError, match="version 9"):
        read_sync_map(path)


def test_refused_write_leaves_the_old_map(
    sync_map: SyncMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    write_sync_map(path, sync_map)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(WriteError, match=r"a\.npz failed, the disk is full"):
        write_sync_map(path, sync_map)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_is_not_there_is_refused(sync_map: SyncMap, tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="folder does not exist"):
        write_sync_map(tmp_path / "gone" / "a.npz", sync_map)
