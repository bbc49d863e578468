import pytest

from engine.errors import InputError
from tests.trainer.classifier.small_classifier import small_bank
from trainer.classifier.selection import ClassSources, groups_of, known_classes, sources_of
from trainer.scenes.bank import SoundBank


def test_a_candidate_has_three_sources_one_of_them_held_out() -> None:
    assert ClassSources("a", 2, 1).candidate
    assert not ClassSources("a", 1, 2).candidate  # nothing to learn variety from
    assert not ClassSources("a", 5, 0).candidate  # nothing to be tested on
    assert not ClassSources("a", 1, 1).candidate


def test_sources_are_recordings_and_not_files() -> None:
    train = small_bank(groups=2)
    train.voices["IMPT_metal"].append(train.voices["IMPT_metal"][0])
    assert groups_of(train, "IMPT_metal") == ("m0", "m1")
    (jet, steps, metal) = sources_of(train, small_bank(groups=1, first=7))
    assert (jet.name, steps.name, metal.name) == ("AERO_jet", "FEET_gravel", "IMPT_metal")
    assert (metal.train, metal.held_out) == (2, 1)


def test_known_are_candidates_with_enough_training_groups() -> None:
    sources = [
        ClassSources("a", 9, 1),
        ClassSources("b", 4, 2),
        ClassSources("c", 8, 0),
        ClassSources("d", 4, 1),
    ]
    assert known_classes(sources, least_train_groups=4) == ("a", "b", "d")
    with pytest.raises(InputError, match="1 classes"):
        known_classes(sources, least_train_groups=5)


def test_an_empty_bank_knows_nothing() -> None:
    assert sources_of(SoundBank({}, {}), SoundBank({}, {})) == []
