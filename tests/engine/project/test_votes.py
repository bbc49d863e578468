from dataclasses import replace
from pathlib import Path

import pytest

from engine.project.votes import new_vote, preference_pairs, vote_document, vote_of_document
from tests.engine.project.samples import take, vote

HERE = Path("takes")


def test_vote_survives_its_document() -> None:
    one = replace(vote(HERE), switches=3, decision_s=2.5, repeat_of="v0")
    assert vote_of_document(vote_document(one)) == one


def test_document_carries_samples_and_seconds() -> None:
    document = vote_document(vote(HERE))
    assert (document["start_samples"], document["start_s"]) == (24_000, 0.5)
    assert (document["first"]["sha256"], document["first"]["seed"]) == ("b" * 64, 7)


def test_takes_of_different_events_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different events"):
        new_vote(take("t1", "e001", HERE), take("t2", "e002", HERE), verdict="first", blind=True)


def test_unknown_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="'third'"):
        replace(vote(HERE), verdict="third")


def test_pairs_follow_the_verdict() -> None:
    first, second = vote(HERE, verdict="first"), vote(HERE, verdict="second")
    pairs = preference_pairs([first, second])
    assert [(pair.chosen.take_id, pair.rejected.take_id) for pair in pairs] == [("t1", "t2"), ("t2", "t1")]


def test_ties_and_hidden_repeats_give_no_pair() -> None:
    undecided = [vote(HERE, verdict="both good"), vote(HERE, verdict="both bad")]
    assert preference_pairs([*undecided, replace(vote(HERE), repeat_of="v0")]) == ()
