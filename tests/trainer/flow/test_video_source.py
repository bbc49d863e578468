import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from engine.ucs import load_classes
from tests.trainer.data.small_films import film, manifest_of
from tests.trainer.flow.labelled_films import RAIN_S, STRIKES, LabelledFilms
from trainer.data.feature_cache import FilmCache, read_mel, read_picture
from trainer.data.shards import write_shards
from trainer.data.video_config import VideoSourceConfig
from trainer.data.video_source import BAD_FILMS
from trainer.flow import video_source
from trainer.flow.batches import DropRates, FlowBatch
from trainer.flow.video_source import LABELS, FilmSounds, open_film_sounds

NEVER = DropRates(0.0, 0.0, 0.0, 0.0)
ALL = tuple(known.name for known in load_classes())
NAMES = ("steps", "knock", "rain", "song", "hum")


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def opened(config: VideoSourceConfig, run: Path, classes: tuple[str, ...] = ALL) -> FilmSounds:
    return open_film_sounds(config, run, classes=classes, longest_crop=32, drop=NEVER)


@pytest.fixture
def sounds(labelled: LabelledFilms, tmp_path: Path) -> FilmSounds:
    return opened(labelled.config(), tmp_path)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sounds as loud as they are."""
    monkeypatch.setattr(video_source, "at_level", lambda mel, levels: mel)


def cut_of(sounds: FilmSounds, batch: FlowBatch, row: int) -> tuple[str, int]:
    """Name and first token of the film that a row was cut from, found by its sound."""
    for prepared in sounds.films:
        heard = read_mel(prepared.path)
        for start in range(prepared.steps - batch.mel.shape[1] // 4 + 1):
            if torch.equal(heard[4 * start :][: batch.mel.shape[1]], batch.mel[row]):
                return Path(prepared.name).stem, start
    raise AssertionError("this sound is of no film")


def cuts(sounds: FilmSounds, *, draws: int = 3) -> Iterator[tuple[str, int, FlowBatch, int]]:
    for seed in range(draws):
        batch = sounds.draw(16, 24, chance(seed))
        for row in range(16):
            yield *cut_of(sounds, batch, row), batch, row


@pytest.mark.usefixtures("plain")
def test_picture_and_sound_of_a_row_are_of_one_stretch(sounds: FilmSounds) -> None:
    paths = {Path(film.name).stem: film.path for film in sounds.films}
    seen = set()
    for name, start, batch, row in cuts(sounds):
        grid = read_picture(paths[name], start=start, steps=24)[:, :STATISTIC_CHANNELS].float()
        assert torch.equal(batch.inputs.grid[row], grid)
        seen.add((name, start))
    assert {name for name, _ in seen} == set(NAMES)
    assert len({start for _, start in seen}) > 15
    assert {0, 51} <= {start for _, start, _, _ in cuts(sounds, draws=40)}


@pytest.mark.usefixtures("plain")
def test_hits_of_a_row_are_the_true_onsets_within_20_ms(sounds: FilmSounds) -> None:
    checked = 0
    for name, start, batch, row in cuts(sounds):
        if name not in ("steps", "knock"):
            continue
        true = [(time - start / 25, strength) for time, strength in STRIKES]
        inside = [hit for hit in true if 0.03 < hit[0] < 0.93]
        found = [hit for hit in hits_of_track(batch.inputs.control[row].numpy()) if 0.03 < hit[0] < 0.93]
        for (time, strength), (true_time, true_strength) in zip(found, inside, strict=True):
            assert abs(time - true_time) < 0.02
            assert strength == pytest.approx(true_strength, abs=0.2)
            checked += 1
    assert checked > 5


@pytest.mark.usefixtures("plain")
def test_ambience_has_activity_in_place_of_hits(sounds: FilmSounds) -> None:
    rows = [(start, batch.inputs.control[row]) for name, start, batch, row in cuts(sounds) if name == "rain"]
    assert rows
    for start, control in rows:
        times = (start + torch.arange(24) + 0.5) / 25
        from_edge_s = torch.minimum(times - RAIN_S[0], RAIN_S[1] - times)
        sure = from_edge_s.abs() > 0.041  # the window of the mel reaches 23 ms over the edges
        assert torch.equal((control[:, ACTIVITY_CHANNEL] > 0)[sure], (from_edge_s > 0)[sure])
        assert not control[:, :ACTIVITY_CHANNEL].any()


@pytest.mark.usefixtures("plain")
def test_labels_are_classes_and_unknown_ones_are_dropped(sounds: FilmSounds) -> None:
    expected = {"steps": "FEET_gravel", "knock": "DOOR_knock", "rain": "RAIN", "song": None, "hum": None}
    for name, _, batch, row in cuts(sounds):
        kept = bool(batch.inputs.keep_class[row])
        assert (ALL[batch.inputs.classes[row]] if kept else None) == expected[name]
        assert bool(batch.inputs.keep_video[row])


@pytest.mark.usefixtures("plain")
def test_control_of_a_sound_whose_moments_are_unknown_is_dropped(sounds: FilmSounds) -> None:
    for name, _, batch, row in cuts(sounds):
        assert bool(batch.inputs.keep_control[row]) == (name != "hum")


def test_unknown_labels_are_counted_listed_and_told(labelled: LabelledFilms, tmp_path: Path) -> None:
    told = []
    sounds = open_film_sounds(
        labelled.config(), tmp_path, classes=ALL, longest_crop=32, drop=NEVER, listener=told.append
    )
    assert sounds.labels.without_class == 2
    (line,) = [progress for progress in told if progress.stage == "labels"]
    assert (line.done, line.total) == (3, 5)
    assert "2 of 5 films" in line.note
    assert "male singing (1), no label (1)" in line.note
    with (tmp_path / LABELS).open(encoding="utf-8", newline="") as table:
        taken = {row["label"]: row["class"] for row in csv.DictReader(table)}
    assert taken == {
        "FEET_gravel": "FEET_gravel",
        "DOORKnck": "DOOR_knock",
        "raining": "RAIN",
        "male singing": "",
        "": "",
    }
    assert (tmp_path / BAD_FILMS).is_file()


def test_rare_classes_weigh_by_the_inverse_root_of_their_number(sounds: FilmSounds) -> None:
    root = 0.5**0.5
    assert sounds.weights.tolist() == pytest.approx([1.0, 1.0, 1.0, root, root])  # two without class


def test_a_row_is_as_loud_as_its_level_says(
    labelled: LabelledFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds = opened(labelled.config(), tmp_path)
    moved = sounds.draw(32, 24, chance())
    monkeypatch.setattr(video_source, "at_level", lambda mel, levels: mel)
    same = sounds.draw(32, 24, chance())
    over_floor = (same.mel > -6.0) & (moved.mel > -9.0)
    nepers = moved.inputs.level[:, None, None] * torch.tensor(10.0).log() / 20
    torch.testing.assert_close((moved.mel - same.mel)[over_floor], nepers.expand_as(same.mel)[over_floor])
    assert (moved.inputs.level == 0).any()
    assert (moved.inputs.level < -3).any()


def test_conditions_are_dropped_as_asked(labelled: LabelledFilms, tmp_path: Path) -> None:
    source = open_film_sounds(
        labelled.config(), tmp_path, classes=ALL, longest_crop=32, drop=DropRates(1.0, 0.0, 1.0, 0.0)
    )
    inputs = source.draw(12, 24, chance()).inputs
    assert not inputs.keep_video.any()
    assert not inputs.keep_class.any()
    assert inputs.keep_control.any()


def test_same_chance_gives_the_same_batch_whatever_was_drawn_before(
    labelled: LabelledFilms, tmp_path: Path
) -> None:
    source = opened(labelled.config(augment=True), tmp_path)
    source.draw(6, 20, chance(9))
    one, other = source.draw(6, 24, chance(3)), source.draw(6, 24, chance(3))
    assert torch.equal(one.mel, other.mel)
    assert torch.equal(one.inputs.grid, other.inputs.grid)
    assert not torch.equal(one.mel, source.draw(6, 24, chance(4)).mel)


def test_grids_are_changed_where_asked(labelled: LabelledFilms, tmp_path: Path) -> None:
    changed = opened(labelled.config(augment=True), tmp_path).draw(6, 24, chance(3))
    as_it_is = opened(labelled.config(), tmp_path).draw(6, 24, chance(3))
    assert torch.equal(changed.mel, as_it_is.mel)
    assert changed.inputs.grid.shape == as_it_is.inputs.grid.shape
    assert not torch.equal(changed.inputs.grid, as_it_is.inputs.grid)


def test_processes_share_one_batch(sounds: FilmSounds, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sounds.draw(8, 24, chance())
    for own in (slice(0, 4), slice(4, 8)):
        monkeypatch.setattr(video_source, "own_rows", lambda rows, own=own: own)
        mine = sounds.draw(8, 24, chance())
        assert torch.equal(mine.mel, whole.mel[own])
        for name in ("grid", "control", "classes", "level", "keep_video", "keep_control", "keep_class"):
            assert torch.equal(getattr(mine.inputs, name), getattr(whole.inputs, name)[own])


def test_shards_are_a_source(labelled: LabelledFilms, sounds: FilmSounds, tmp_path: Path) -> None:
    cache = FilmCache(labelled.cache, labelled.config().recipe)
    write_shards(sounds.films, cache, tmp_path / "shards", films_per_shard=2)
    config = replace(labelled.config(), manifest="", shards=(str(tmp_path / "shards" / "*.tar"),))
    assert opened(config, tmp_path / "run").labels == sounds.labels


def test_vggsound_manifest_is_a_source(tmp_path: Path) -> None:
    film(tmp_path / "abc_000030.mp4", 2.0)
    path = tmp_path / "vggsound.csv"
    path.write_text("abc,30,dog barking,train\n", encoding="utf-8")
    config = VideoSourceConfig(
        manifest=str(path), manifest_kind="vggsound", films=str(tmp_path), cache=str(tmp_path / "cache"),
        steps_per_crop=32, crops_per_film=1, lag_reach_steps=0, workers=1,
    )  # fmt: skip
    source = opened(config, tmp_path / "run")
    assert [ALL[number] for number in source.numbers.tolist()] == ["ANML_dog"]


def test_bad_rows_are_listed_and_too_many_stop_the_run(labelled: LabelledFilms, tmp_path: Path) -> None:
    good = labelled.manifest.parent / "steps.mp4"
    manifest = manifest_of(tmp_path / "films.csv", [str(good), "missing.mp4"])
    config = replace(labelled.config(), manifest=str(manifest))
    with pytest.raises(InputError, match=r"1 of 2 films \(50%\) are bad, allowed are 10%"):
        opened(config, tmp_path / "run")
    assert "missing.mp4" in (tmp_path / "run" / BAD_FILMS).read_text(encoding="utf-8")
    assert len(opened(replace(config, largest_bad_share=0.5), tmp_path / "run").films) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"picture_kind": "frames"}, "picture_kind = 'frames': the generator sees motion grids alone"),
        ({"crops_per_film": 3}, "crops_per_film = 3, lag_reach_steps = 0: .* give 1 and 0"),
        ({"lag_reach_steps": 4}, "crops_per_film = 1, lag_reach_steps = 4"),
        ({"steps_per_crop": 28}, "steps_per_crop = 28 is shorter than the longest of crop_tokens, 32"),
    ],
)
def test_settings_that_are_no_generators_are_refused(
    labelled: LabelledFilms, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        opened(labelled.config(**changes), tmp_path)
