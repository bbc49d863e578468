"""Takes of stems: repeatable, resumable, shared by processes, hits drawn off."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import CheckpointError, InputError
from tests.engine.small_networks import small_generator
from tests.trainer.preference.small_round import CANDIDATES, SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.preference.candidates import (
    CandidateConfig,
    CandidateRunConfig,
    chosen_stems,
    make_candidates,
    read_candidates,
    take_latents,
    take_seed,
)
from trainer.preference.given import given_of_stem
from trainer.preference.stems import StemPlace, StemShelf, read_stem


def run_config(prepared: SmallRound, folder: Path, **changed: object) -> CandidateRunConfig:
    takes = replace(CANDIDATES, **changed)  # type: ignore[arg-type] # fields of the config
    return CandidateRunConfig(str(folder), str(prepared.pool), prepared.start, takes)


def test_every_chosen_stem_gets_its_takes(prepared: SmallRound, tmp_path: Path) -> None:
    assert make_candidates(run_config(prepared, tmp_path)) == 3
    found = list(read_candidates(tmp_path))
    assert len(found) == 3
    assert [tuple(one.latents.shape) for one in found] == [(3, 64, 4)] * 3
    assert {one.path.stem for one in found} == {str(one.place) for one in found}
    assert not torch.equal(found[0].latents[0], found[0].latents[1])


def test_same_seed_gives_the_same_takes_and_another_others(prepared: SmallRound, tmp_path: Path) -> None:
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        make_candidates(run_config(prepared, tmp_path / name, seed=seed, stems=4))
    one, same, other = ({c.place: c.latents for c in read_candidates(tmp_path / name)} for name in "abc")
    assert one.keys() == same.keys() == other.keys()
    assert all(torch.equal(one[place], same[place]) for place in one)
    assert not any(torch.equal(one[place], other[place]) for place in one)


def test_a_take_of_many_is_the_take_made_alone(prepared: SmallRound) -> None:
    generator = small_generator()
    stem = read_stem(prepared.pool, StemPlace("train-00000", 0))
    given = given_of_stem(stem, classes=CLASSES, hits=True)
    both = take_latents(generator, given, [7, 8], steps=2, guidance=2.5)
    alone = take_latents(generator, given, [8], steps=2, guidance=2.5)
    torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-4)


def test_what_is_there_is_not_made_again(prepared: SmallRound, tmp_path: Path) -> None:
    make_candidates(run_config(prepared, tmp_path))
    paths = sorted(tmp_path.glob("*.safetensors"))
    before = [path.stat().st_mtime_ns for path in paths]
    paths[1].write_bytes(b"half a file")
    make_candidates(run_config(prepared, tmp_path))
    after = [path.stat().st_mtime_ns for path in paths]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert len(list(read_candidates(tmp_path))) == 3


def test_other_settings_make_takes_anew(prepared: SmallRound, tmp_path: Path) -> None:
    make_candidates(run_config(prepared, tmp_path))
    before = next(read_candidates(tmp_path)).latents
    make_candidates(run_config(prepared, tmp_path, steps=3))
    assert not torch.equal(before, next(read_candidates(tmp_path)).latents)


def test_processes_share_the_stems(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.preference.candidates.world_size", lambda: 2)
    shares = []
    for number in range(2):
        monkeypatch.setattr("trainer.preference.candidates.rank", lambda number=number: number)
        make_candidates(run_config(prepared, tmp_path / str(number)))
        shares.append({one.place for one in read_candidates(tmp_path / str(number))})
    assert [len(share) for share in shares] == [2, 1]
    assert not shares[0] & shares[1]


@pytest.mark.parametrize(("share", "given"), [(1.0, {False}), (0.0, {True})])
def test_hit_track_is_off_for_a_share(prepared: SmallRound, share: float, given: set[bool]) -> None:
    shelf = StemShelf(prepared.pool, "train")
    stems = chosen_stems(shelf, replace(CANDIDATES, hits_off=share), CLASSES)
    assert {hits for _, hits in stems} == given


def test_seeds_differ_by_round_stem_and_take() -> None:
    places = [StemPlace("train-00000", row) for row in range(3)]
    seeds = {take_seed(seed, place, take) for seed in (1, 2) for place in places for take in range(4)}
    assert len(seeds) == 24
    assert all(0 <= seed < 2**48 for seed in seeds)


def test_progress_names_the_class(prepared: SmallRound, tmp_path: Path) -> None:
    heard: list[str] = []
    make_candidates(run_config(prepared, tmp_path, stems=1), listener=lambda p: heard.append(p.note))
    assert [note.split(", ")[1] for note in heard] == ["3 takes"]


def test_folders_without_takes_and_damaged_takes_are_told(prepared: SmallRound, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="msg-train candidates"):
        read_candidates(tmp_path)
    (tmp_path / "a.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.safetensors are damaged"):
        list(read_candidates(tmp_path))


def test_absent_generator_is_told(prepared: SmallRound, tmp_path: Path) -> None:
    config = run_config(prepared, tmp_path)
    with pytest.raises(CheckpointError):
        make_candidates(replace(config, start=replace(config.start, generator=str(tmp_path / "none"))))


@pytest.mark.parametrize(
    "wrong", [{"takes": 1}, {"stems": 0}, {"hits_off": 1.5}, {"kinds": ("music",)}, {"kinds": ()}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        CandidateConfig(**wrong)  # type: ignore[arg-type] # on purpose
