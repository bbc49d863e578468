"""Which votes count, and how much."""

from dataclasses import replace

import pytest

from engine.project.votes import HeardTake, Verdict, Vote
from engine.timing import TimeRange
from trainer.preference.vote_sorting import sort_votes, trust_of

_COUNT = iter(range(10_000))


def heard(name: str) -> HeardTake:
    return HeardTake(name, 64 * name[-1], 1, "", "starter", "a" * 64)


def vote(first: str, second: str, verdict: Verdict, *, blind: bool = True, repeat_of: str = "") -> Vote:
    return Vote(
        id=f"v{next(_COUNT)}",
        created="2026-11-30T10:00:00+01:00",
        event_id="e001",
        range=TimeRange(0, 48_000),
        clip_fingerprint="f" * 64,
        first=heard(first),
        second=heard(second),
        verdict=verdict,
        blind=blind,
        repeat_of=repeat_of,
    )


def test_chosen_take_is_the_one_of_the_verdict() -> None:
    found = sort_votes([vote("a", "b", "first"), vote("c", "d", "second")])
    sides = [(one.pair.chosen.take_id, one.pair.rejected.take_id) for one in found.choices]
    assert sides == [("a", "b"), ("d", "c")]


def test_blind_votes_count_twice_as_much_as_open_ones() -> None:
    found = sort_votes([vote("a", "b", "first"), vote("c", "d", "first", blind=False)])
    assert [one.weight for one in found.choices] == [1.0, 0.5]


def test_votes_that_agree_on_two_takes_are_one_choice_and_the_blind_one_stands_for_them() -> None:
    found = sort_votes([vote("a", "b", "first", blind=False), vote("b", "a", "second")])
    assert [(one.pair.chosen.take_id, one.weight) for one in found.choices] == [("a", 1.0)]


def test_votes_that_contradict_each_other_cancel_and_are_counted() -> None:
    found = sort_votes([vote("a", "b", "first"), vote("b", "a", "first"), vote("c", "d", "first")])
    assert [one.pair.chosen.take_id for one in found.choices] == ["c"]
    assert found.cancelled == 2


@pytest.mark.parametrize("even", ["both good", "both bad"])
def test_takes_once_called_equal_are_left_out_however_the_sides_lay(even: Verdict) -> None:
    found = sort_votes([vote("a", "b", "first"), vote("b", "a", even)])
    assert found.choices == ()
    assert found.doubted == 1
    assert (found.ties, found.both_bad) == ((1, 0) if even == "both good" else (0, 1))


def test_tie_on_other_takes_changes_nothing() -> None:
    found = sort_votes([vote("a", "b", "first"), vote("a", "c", "both good")])
    assert len(found.choices) == 1
    assert (found.ties, found.doubted) == (1, 0)


def test_hidden_repeat_is_no_pair_and_contradicts_none_but_says_how_steady_the_listener_is() -> None:
    asked = vote("a", "b", "first")
    found = sort_votes([asked, vote("b", "a", "first", repeat_of=asked.id)])
    assert len(found.choices) == 1
    assert (found.repeats.repeats, found.repeats.agreed) == (1, 0)
    assert found.choices[0].weight == 1.0  # one repeat says nothing yet


def repeated(agreed: int, repeats: int) -> list[Vote]:
    asked = vote("a", "b", "first")
    again: list[Verdict] = ["first"] * agreed + ["second"] * (repeats - agreed)
    return [asked, *(vote("a", "b", verdict, repeat_of=asked.id) for verdict in again)]


@pytest.mark.parametrize(
    ("agreed", "repeats", "weight"),
    [
        (20, 20, 1.0),
        (18, 20, 0.8**0.5),  # the root of 2 * 0.9 - 1
        (10, 20, 0.25),  # as good as chance: the least there is
        (2, 4, 1.0),  # too few to tell
    ],
)
def test_listener_who_contradicts_himself_counts_less(agreed: int, repeats: int, weight: float) -> None:
    found = sort_votes(repeated(agreed, repeats))
    assert found.choices[0].weight == pytest.approx(weight)
    assert trust_of(found.repeats) == pytest.approx(weight)


def test_same_sound_under_two_names_is_the_same_take() -> None:
    copy = vote("a", "b", "second")
    copy = replace(copy, first=replace(copy.first, take_id="renamed"))
    assert sort_votes([vote("a", "b", "first"), copy]).cancelled == 2
