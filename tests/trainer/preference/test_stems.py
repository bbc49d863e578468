"""Stems listed and read from shards, without the rest of the pool."""

from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from tests.trainer.preference.small_round import HITS, SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.preference.stems import HALVES, StemPlace, StemShelf, read_stem


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_all_stems_of_all_shards_are_listed(prepared: SmallRound) -> None:
    entries = StemShelf(prepared.pool, "train").entries
    assert [str(entry.place) for entry in entries[-2:]] == ["train-00002-0000", "train-00002-0001"]
    assert len(entries) == 8
    assert [entry.contacts for entry in entries] == [2, 0] * 4
    assert [entry.kind for entry in entries[:2]] == ["contacts", "runs"]
    assert [entry.class_name for entry in entries[:4]] == [
        "FEET_gravel",
        "AERO_jet",
        "IMPT_metal",
        "AERO_jet",
    ]


def test_scenes_of_two_shards_are_two_scenes(prepared: SmallRound) -> None:
    entries = StemShelf(prepared.pool, "train").entries
    assert len({entry.scene for entry in entries}) == 4


def test_a_stem_comes_with_the_picture_of_its_scene(prepared: SmallRound) -> None:
    stem = read_stem(prepared.pool, StemPlace("train-00000", 2))
    assert stem.entry.scene == "train-00000/1"
    assert stem.moments_s == pytest.approx([(frame + 0.5) / 100 for frame in HITS])
    assert stem.grid.dtype == stem.mel.dtype == torch.float32
    assert tuple(stem.grid.shape[:1]) == (64,)
    assert tuple(stem.mel.shape) == (256, 128)
    assert float(stem.mel[HITS[0], 0]) == -1.0


def test_activity_of_a_stem_that_runs(prepared: SmallRound) -> None:
    stem = read_stem(prepared.pool, StemPlace("train-00000", 1))
    assert stem.hits == []
    assert torch.nonzero(stem.activity)[:, 0].tolist() == list(range(10, 50))


def test_choice_is_by_chance_and_of_what_is_asked_for(prepared: SmallRound) -> None:
    shelf = StemShelf(prepared.pool, "train")
    first = shelf.chosen(3, classes=CLASSES, chance=chance(), kinds=("contacts",))
    assert first == shelf.chosen(3, classes=CLASSES, chance=chance(), kinds=("contacts",))
    assert all(entry.contacts for entry in first)
    assert len(shelf.chosen(99, classes=CLASSES, chance=chance())) == 8
    jets = shelf.chosen(99, classes=("AERO_jet",), chance=chance())
    assert {entry.class_name for entry in jets} == {"AERO_jet"}


def test_spread_is_one_stem_of_contacts_a_scene(prepared: SmallRound) -> None:
    found = StemShelf(prepared.pool, "held_out").spread(2, classes=CLASSES, half="choose")
    assert [entry.scene for entry in found] == ["held_out-00000/0", "held_out-00000/2"]
    assert all(entry.contacts for entry in found)


def test_what_chooses_a_model_is_not_what_measures_it(prepared: SmallRound) -> None:
    shelf = StemShelf(prepared.pool, "held_out")
    halves = [{entry.scene for entry in shelf.spread(9, classes=CLASSES, half=half)} for half in HALVES]
    assert not halves[0] & halves[1]
    assert halves[0] | halves[1] == {entry.scene for entry in shelf.entries}


def test_half_of_one_scene_is_told(prepared: SmallRound, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = StemShelf(prepared.pool, "held_out")
    monkeypatch.setattr(shelf, "entries", shelf.entries[:1])
    with pytest.raises(InputError, match="too few scenes to measure by: render 2"):
        shelf.spread(1, classes=CLASSES, half="measure")


def test_nothing_that_fits_is_told(prepared: SmallRound, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hold no stem on screen"):
        StemShelf(prepared.pool, "train").chosen(1, classes=("RAIN",), chance=chance())
    with pytest.raises(InputError, match="msg-train scenes render"):
        StemShelf(tmp_path, "train")


@pytest.mark.parametrize("place", [StemPlace("train-00000", 6), StemPlace("train-00001", 0)])
def test_places_that_are_gone_are_named(prepared: SmallRound, place: StemPlace) -> None:
    with pytest.raises(InputError, match=f"Stem {place}"):
        read_stem(prepared.pool, place)
