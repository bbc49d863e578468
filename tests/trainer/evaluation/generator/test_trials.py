import pytest

from tests.trainer.evaluation.generator.small_study import strikes_pool, trial_of
from trainer.evaluation.generator.trials import (
    SHORT_TOKENS,
    class_trials,
    contact_stems,
    cut_starts,
    timing_trials,
)


def test_timing_is_tried_on_whole_stems_with_contacts_of_a_known_class() -> None:
    pool = strikes_pool()
    assert contact_stems(pool, 10) == [0, 2, 3]
    assert contact_stems(pool, 2) == [0, 3]
    first = timing_trials(pool, 2)[0]
    assert first.moments_s == pytest.approx([0.405, 2.005])
    assert first.truth is not None
    assert first.truth.shape == (400, 128)
    assert first.wish.class_name == "FEET_gravel"


def test_a_class_is_tried_on_stretches_of_its_own_stems_first() -> None:
    pool = strikes_pool()
    trials = class_trials(pool, ("FEET_gravel",), each=3)
    assert [trial.wish.own_picture for trial in trials] == [True, True, False]
    assert {len(trial.wish.control) for trial in trials} == {SHORT_TOKENS}
    # The first contact is in token 10: the stretch begins 8 before it.
    assert trials[0].moments_s[0] == pytest.approx(0.405 - 0.08)
    assert trials[2].truth is None  # hits of another class
    assert len({trial.number for trial in trials}) == 3


def test_an_ambience_borrows_the_run_of_another_and_not_its_hits() -> None:
    pool = strikes_pool()
    own, borrowed = class_trials(pool, ("AERO_jet",), each=1) + class_trials(pool, ("RAIN",), each=1)
    assert (own.wish.own_picture, borrowed.wish.own_picture) == (True, False)
    assert borrowed.hits == []
    assert float(borrowed.activity.sum()) == SHORT_TOKENS


def test_segments_begin_at_the_most_separate_hits() -> None:
    trial = trial_of({20: 1.0, 30: 1.0, 40: 0.5, 200: 1.0})
    # Pauses after them: 10, 10, 160 and no end; 384 - 128 frames are room enough for all.
    assert cut_starts(trial, frames=128, most=2) == [38, 198]
    assert cut_starts(trial_of({370: 1.0}), frames=128) == [256]  # moved so that it fits
    assert cut_starts(trial_of({}, running=(10, 96)), frames=128, most=3) == [40, 148, 256]
