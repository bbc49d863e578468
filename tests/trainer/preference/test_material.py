"""Pairs read for tuning, cropped together, and drawn easy first."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import InputError
from engine.generator.starter import StarterInputs
from tests.engine.generator.small_mmdit import some_features
from tests.trainer.preference.small_round import SmallRound
from tests.trainer.preference.test_pairs import ranked
from tests.trainer.small_pool import CLASSES
from trainer.preference.given import given_of_stem, write_given
from trainer.preference.material import CurriculumConfig, PairSource, TuningPair, count_of, load_pairs
from trainer.preference.pairs import (
    PAIRS_FILE,
    PairRecord,
    StemGiven,
    StoredGiven,
    TakeAt,
    read_pairs,
    write_pairs,
)
from trainer.preference.stems import StemPlace, read_stem


def pair(number: float, *, tokens: int = 8, ease: float | None = 0.5, weight: float = 1.0) -> TuningPair:
    """A pair whose latents count tokens up from ``100 * number``; its class says the number as well."""
    chosen = (100 * number + torch.arange(tokens))[:, None].expand(-1, 4)
    yes = torch.ones(1, dtype=torch.bool)
    given = StarterInputs(
        grid=chosen[None, :, :1, None, None].expand(-1, -1, 10, 8, 8),
        control=torch.zeros(1, tokens, 5),
        classes=torch.tensor([int(number)]),
        level=torch.zeros(1),
        keep_video=yes,
        keep_control=yes,
        keep_class=yes,
    )
    return TuningPair(chosen, -chosen, given, weight, ease)


def numbers(source: PairSource, done: float, draws: int = 60) -> set[int]:
    batch = source.draw(draws, done=done, chance=torch.Generator().manual_seed(1))
    assert isinstance(batch.given, StarterInputs)
    return set(batch.given.classes.tolist())


def test_both_sides_and_conditions_are_cropped_alike() -> None:
    source = PairSource([pair(1, tokens=20), pair(2, tokens=30)], CurriculumConfig(), crop_tokens=6)
    batch = source.draw(16, done=0.0, chance=torch.Generator().manual_seed(3))
    assert tuple(batch.chosen.shape) == (16, 6, 4)
    assert torch.equal(batch.chosen, -batch.rejected)
    assert isinstance(batch.given, StarterInputs)
    assert torch.equal(batch.given.grid[:, :, 0, 0, 0], batch.chosen[:, :, 0])
    starts = batch.chosen[:, 0, 0] % 100
    assert len(starts.unique()) > 3
    assert bool((starts[batch.given.classes == 1] <= 14).all())


def test_takes_of_several_lengths_share_the_shortest() -> None:
    source = PairSource([pair(1, tokens=20), pair(2, tokens=30)], CurriculumConfig(), crop_tokens=0)
    assert source.draw(16, done=0.0, chance=torch.Generator().manual_seed(3)).chosen.shape[1] == 20


def test_same_chance_draws_the_same_batch() -> None:
    source = PairSource([pair(number) for number in range(5)], CurriculumConfig(), crop_tokens=4)
    one, same = (source.draw(6, done=0.0, chance=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one.chosen, same.chosen)


def test_easy_pairs_come_first_and_those_of_the_user_late() -> None:
    pairs = [pair(1, ease=0.9), pair(2, ease=0.1), pair(3, ease=0.6), pair(4, ease=0.2), pair(5, ease=None)]
    source = PairSource(pairs, CurriculumConfig(easy_share=0.5, easy_until=0.4), crop_tokens=0)
    assert numbers(source, 0.0) == numbers(source, 0.39) == {1, 3}
    assert numbers(source, 0.4) == numbers(source, 1.0) == {2, 4, 5}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_pairs_are_drawn_where_there_is_one_kind(share: float) -> None:
    source = PairSource([pair(1), pair(2)], CurriculumConfig(easy_share=share), crop_tokens=0)
    assert numbers(source, 0.0) == numbers(source, 1.0) == {1, 2}


def test_pairs_of_the_user_alone_are_drawn_from_the_start() -> None:
    source = PairSource(
        [pair(1, ease=None), pair(2, ease=None)], CurriculumConfig(easy_share=0.7), crop_tokens=0
    )
    assert numbers(source, 0.0) == {1, 2}


def test_weight_is_how_often_a_pair_is_drawn() -> None:
    source = PairSource([pair(1, weight=9.0), pair(2, weight=1.0)], CurriculumConfig(), crop_tokens=0)
    batch = source.draw(2000, done=0.0, chance=torch.Generator().manual_seed(1))
    assert isinstance(batch.given, StarterInputs)
    assert float((batch.given.classes == 1).float().mean()) == pytest.approx(0.9, abs=0.03)


def test_counts_tell_whose_pairs_they_are() -> None:
    assert count_of([pair(1), pair(2, ease=None, tokens=16)]) == {
        "pairs": 2.0,
        "user_pairs": 1.0,
        "tokens": 12.0,
    }


def test_nothing_to_tune_on_is_told() -> None:
    with pytest.raises(InputError, match="no pairs"):
        PairSource([], CurriculumConfig(), crop_tokens=0)
    with pytest.raises(InputError, match="easy_share = 2"):
        CurriculumConfig(easy_share=2.0)
    with pytest.raises(InputError, match="two of one shape"):
        replace(pair(1), rejected=torch.zeros(7, 4))


def stored(folder: Path, prepared: SmallRound, **changed: object) -> PairRecord:
    """A pair whose takes lie in a file: take 1 is better than take 0."""
    latents = torch.stack([torch.zeros(64, 4), torch.ones(64, 4)])
    save_file({"latents": latents}, folder / "takes.safetensors")
    given = StemGiven(str(prepared.pool), StemPlace("train-00000", 2), hits=False)
    record = replace(
        ranked(), given=given, chosen=TakeAt("takes.safetensors", 1), rejected=TakeAt("takes.safetensors", 0)
    )
    return replace(record, **changed)  # type: ignore[arg-type] # fields of the record


def test_pairs_are_read_with_takes_and_conditions(prepared: SmallRound, tmp_path: Path) -> None:
    own = read_stem(prepared.pool, StemPlace("train-00000", 0))
    write_given(tmp_path / "given.safetensors", given_of_stem(own, classes=CLASSES, hits=True))
    kept = StoredGiven("given.safetensors")
    votes = stored(tmp_path, prepared, given=kept, origin="user", policy="user", reward_chosen=None)
    write_pairs(tmp_path / PAIRS_FILE, [stored(tmp_path, prepared), votes])
    first, second = load_pairs(read_pairs(tmp_path / PAIRS_FILE), classes=CLASSES)
    assert torch.equal(first.chosen, torch.ones(64, 4))
    assert torch.equal(first.rejected, torch.zeros(64, 4))
    assert (first.ease, second.ease) == (0.5, None)
    assert isinstance(first.given, StarterInputs)
    assert isinstance(second.given, StarterInputs)
    assert (first.given.classes.tolist(), first.given.keep_control.tolist()) == ([1], [False])
    assert (second.given.classes.tolist(), second.given.keep_control.tolist()) == ([0], [True])
    drawn = PairSource([first, second], CurriculumConfig(), 16).draw(2, done=0.0, chance=torch.Generator())
    assert isinstance(drawn.given, StarterInputs)
    assert drawn.given.grid.dtype == torch.float32


def test_features_are_read_for_an_mm_dit(prepared: SmallRound, tmp_path: Path) -> None:
    features = some_features(1)
    write_given(tmp_path / "features.safetensors", features)
    write_pairs(
        tmp_path / PAIRS_FILE, [stored(tmp_path, prepared, given=StoredGiven("features.safetensors"))]
    )
    (found,) = load_pairs(read_pairs(tmp_path / PAIRS_FILE), classes=())
    assert torch.equal(found.given.clip, features.clip)  # type: ignore[union-attr] # they are features


@pytest.mark.parametrize(
    ("changed", "classes", "told"),
    [
        ({"chosen": TakeAt("takes.safetensors", 5)}, CLASSES, "names take 5"),
        ({"chosen": TakeAt("gone.safetensors", 0)}, CLASSES, "absent or damaged"),
        ({}, ("RAIN",), "does not know the class 'IMPT_metal'"),
    ],
)
def test_pairs_that_lead_nowhere_are_told(
    prepared: SmallRound, tmp_path: Path, changed: dict[str, object], classes: tuple[str, ...], told: str
) -> None:
    write_pairs(tmp_path / PAIRS_FILE, [stored(tmp_path, prepared, **changed)])
    with pytest.raises(InputError, match=told):
        load_pairs(read_pairs(tmp_path / PAIRS_FILE), classes=classes)
