from dataclasses import replace
from pathlib import Path

import pytest

from engine.project.votes import new_vote, preference_pairs, self_agreement, vote_document, vote_of_document
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


def test_a_side_carries_the_adapter_of_its_take() -> None:
    tuned = replace(take("t2", "e001", HERE), adapter="d" * 64)
    one = new_vote(take("t1", "e001", HERE), tuned, verdict="second", blind=True)
    assert (one.first.adapter, one.second.adapter) == ("", "d" * 64)


def test_a_vote_of_an_older_program_knows_no_adapter() -> None:
    document = vote_document(vote(HERE))
    del document["first"]["adapter"], document["second"]["adapter"]
    assert vote_of_document(document).first.adapter == ""


def test_agreement_with_oneself_looks_at_takes_and_not_at_sides() -> None:
    original = vote(HERE, verdict="first")  # t1 is better
    swapped = replace(original, first=original.second, second=original.first, repeat_of=original.id)
    alike = replace(swapped, id="r1", verdict="second")
    unlike = replace(swapped, id="r2", verdict="first")
    tie = replace(swapped, id="r3", verdict="both good")
    of_revoked = replace(swapped, id="r4", repeat_of="gone")
    found = self_agreement([original, alike, unlike, tie, of_revoked])
    assert (found.repeats, found.agreed) == (3, 1)
    assert found.rate == pytest.approx(1 / 3)
    assert self_agreement([original]).rate is None
