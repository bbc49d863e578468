from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.project.project import Project, new_project
from engine.project.votes import Vote, new_vote
from engine.records import Take
from msg_studio.compare.pairing import REPEAT_EVERY, due_repeat, next_pair, unjudged_pairs
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take


def scored(number: int, reward: float) -> Take:
    take = make_take(STEP, number)
    return replace(take, score=replace(take.score, reward=reward))


def project_with(*rewards: float) -> Project:
    takes = [scored(number, reward) for number, reward in enumerate(rewards, start=1)]
    project = replace(new_project("Film", make_film()), id="walk")  # its first repeat is due after 10 votes
    return project.with_event(STEP).with_event(DOOR).with_takes(takes)


def judged(project: Project, first: int, second: int, *, repeat_of: str = "", blind: bool = True) -> Vote:
    takes = project.takes_of(STEP.id)
    vote = new_vote(takes[first - 1], takes[second - 1], verdict="first", blind=blind)
    return replace(vote, id=f"v{first}{second}{repeat_of}", repeat_of=repeat_of)


def numbers(project: Project) -> list[tuple[int, int]]:
    return [(pair.first.seed, pair.second.seed) for pair in unjudged_pairs(project, STEP.id)]


def with_blind_votes(project: Project, count: int) -> Project:
    """So many blind votes between takes 1 and 2 and, before them, one between 1 and 3."""
    pair = judged(project, 1, 2)
    votes = [judged(project, 1, 3), *(replace(pair, id=f"w{n}") for n in range(count - 1))]
    return project.with_votes(votes)


def test_closest_scores_come_first() -> None:
    # Differences: 1-2 0.5, 1-3 0.1, 2-3 0.4
    assert numbers(project_with(0.1, 0.6, 0.2)) == [(1, 3), (2, 3), (1, 2)]


def test_scores_that_are_no_numbers_come_last() -> None:
    assert numbers(project_with(0.1, float("nan"), 0.9)) == [(1, 3), (1, 2), (2, 3)]


def test_judged_and_rejected_takes_are_left_out() -> None:
    project = project_with(0.1, 0.6, 0.2)
    assert numbers(project.with_votes([judged(project, 3, 1)])) == [(2, 3), (1, 2)]
    assert numbers(replace(project, rejected=frozenset({"e001_t3"}))) == [(1, 2)]
    assert unjudged_pairs(project, DOOR.id) == []


def test_a_pair_passed_over_does_not_come_again() -> None:
    project = project_with(0.1, 0.6, 0.2)
    first = next_pair(project, STEP.id)
    assert first is not None
    second = next_pair(project, STEP.id, skipped={first.key})
    assert second is not None
    assert (second.first.seed, second.second.seed) == (2, 3)
    assert (
        next_pair(project, STEP.id, skipped={pair.key for pair in unjudged_pairs(project, STEP.id)}) is None
    )


def due_places(project: Project, counts: Sequence[int]) -> list[int]:
    return [count for count in counts if due_repeat(with_blind_votes(project, count), STEP.id) is not None]


def test_a_repeat_falls_due_at_a_place_of_its_own_in_each_block_of_twenty() -> None:
    starts = set()
    for number in range(30):
        project = replace(project_with(0.1, 0.6, 0.2, 0.9), id=f"project {number}")
        due = due_places(project, range(REPEAT_EVERY, 2 * REPEAT_EVERY))
        # From its place on it stays due until it is asked for.
        assert due == list(range(due[0], 2 * REPEAT_EVERY))
        starts.add(due[0])
    assert len(starts) > 10


def test_one_repeat_in_a_block_is_enough() -> None:
    project = with_blind_votes(project_with(0.1, 0.6, 0.2, 0.9), 2 * REPEAT_EVERY - 1)
    repeat = due_repeat(project, STEP.id)
    assert repeat is not None
    assert repeat.repeat_of == "v13"  # the pair judged last is not asked for at once again
    asked = replace(judged(project, 3, 1), id="r", repeat_of="v13")
    assert due_repeat(project.with_votes([*project.votes[:-1], asked]), STEP.id) is None


def test_votes_that_were_not_blind_are_neither_counted_nor_repeated() -> None:
    project = project_with(0.1, 0.6, 0.2)
    votes = [replace(judged(project, 1, 3, blind=False), id=f"s{n}") for n in range(3 * REPEAT_EVERY - 1)]
    assert due_repeat(project.with_votes([*votes, judged(project, 1, 2)]), STEP.id) is None


@pytest.mark.parametrize("gone", ["rejected", "skipped"])
def test_a_repeat_needs_its_takes_and_a_user_who_wants_it(gone: str) -> None:
    project = with_blind_votes(project_with(0.1, 0.6, 0.2, 0.9), 2 * REPEAT_EVERY - 1)
    pair = next_pair(project, STEP.id)
    assert pair is not None
    assert pair.repeat_of == "v13"
    if gone == "rejected":
        again = next_pair(replace(project, rejected=frozenset({"e001_t3"})), STEP.id)
    else:
        again = next_pair(project, STEP.id, skipped={pair.key})
    assert again is not None
    assert again.repeat_of == ""
