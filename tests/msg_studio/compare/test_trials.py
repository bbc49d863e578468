import random
from dataclasses import replace

import pytest

from engine.project.project import Project, new_project
from engine.project.votes import SelfAgreement, Vote
from engine.timing import TimeRange
from msg_studio.compare.level_match import LevelMatch
from msg_studio.compare.trials import Comparison, agreement_words, pause_advised, result_words
from tests.msg_studio.compare.test_pairing import judged, project_with, with_blind_votes
from tests.msg_studio.scene import STEP, make_film, make_take

QUARTER = 12_000  # a quarter of a second


class Clock:
    """Seconds that go on when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def comparison_of(project: Project, *, seed: int = 1, clock: Clock | None = None) -> Comparison:
    return Comparison(project, STEP, chance=random.Random(seed), clock=clock or Clock())


def hear_both(comparison: Comparison) -> None:
    for side in ("X", "Y"):
        comparison.listen_to(side)
        comparison.hear(comparison.enough_samples)


def test_a_vote_needs_half_a_second_of_each_side() -> None:
    comparison = comparison_of(project_with(0.1, 0.2))
    assert comparison.enough_samples == 14_400  # STEP lasts half a second: 60 % of it
    assert comparison.unheard == "X"
    comparison.hear(14_399)
    assert comparison.unheard == "X"
    comparison.hear(1)
    assert comparison.unheard == "Y"
    with pytest.raises(ValueError, match="side Y was not heard"):
        comparison.vote("first")
    comparison.listen_to("Y")
    comparison.hear(14_400)
    assert comparison.unheard is None
    assert comparison.vote("first").verdict == "first"


def test_of_a_long_event_half_a_second_is_enough() -> None:
    long = replace(STEP, range=TimeRange(48_000, 480_000))
    takes = [replace(make_take(STEP, number), range=long.range) for number in (1, 2)]
    project = new_project("Film", make_film()).with_event(long).with_takes(takes)
    assert Comparison(project, long).enough_samples == 24_000


def test_the_vote_holds_all_that_is_known_of_it() -> None:
    clock = Clock()
    comparison = comparison_of(project_with(0.1, 0.2), clock=clock)
    trial = comparison.trial
    assert trial is not None
    clock.now_s = 5.0
    comparison.start(LevelMatch(-2.25, 0.0))
    comparison.hear(24_000)
    comparison.listen_to("X")  # no switch
    comparison.listen_to("Y")
    comparison.hear(36_000)
    comparison.listen_to("X")
    clock.now_s = 8.25
    vote = comparison.vote("second")
    assert (vote.first.take_id, vote.second.take_id) == (trial.x.id, trial.y.id)
    assert (vote.first.gain_db, vote.second.gain_db) == (-2.25, 0.0)
    assert (vote.first.heard_s, vote.second.heard_s) == (0.5, 0.75)
    assert (vote.switches, vote.decision_s) == (2, 3.25)
    assert (vote.blind, vote.verdict, vote.repeat_of, vote.tags) == (True, "second", "", ())
    assert (vote.event_id, vote.range, vote.clip_fingerprint) == ("e001", STEP.range, "1" * 64)
    assert (vote.first.model_sha256, vote.first.seed) == ("0" * 64, trial.x.seed)


def test_sides_fall_evenly() -> None:
    project = project_with(0.1, 0.2)
    left = sum(comparison_of(project, seed=seed).trial.x.seed == 1 for seed in range(1000))
    # Chi-squared with one degree of freedom: above 6.63 in one of a hundred fair series.
    assert (2 * left - 1000) ** 2 / 1000 < 6.63


def test_the_same_votes_draw_the_same_sides() -> None:
    project = project_with(0.1, 0.2, 0.3)
    assert Comparison(project, STEP).trial == Comparison(project, STEP).trial


def test_a_decision_moves_on_to_a_fresh_trial() -> None:
    project = project_with(0.1, 0.6, 0.2)
    comparison = comparison_of(project)
    asked = [comparison.trial]
    for count in (1, 2, 3):
        assert comparison.number == count
        hear_both(comparison)
        project = project.with_votes([*project.votes, comparison.vote("both good")])
        comparison.move_on(project)
        asked.append(comparison.trial)
        assert comparison.side == "X"
    assert [sorted((one.x.seed, one.y.seed)) for one in asked[:-1]] == [[1, 3], [2, 3], [1, 2]]
    assert asked[-1] is None


def test_a_fresh_trial_was_not_heard_yet() -> None:
    project = project_with(0.1, 0.6, 0.2)
    comparison = comparison_of(project)
    hear_both(comparison)
    comparison.move_on(project.with_votes([comparison.vote("first")]))
    assert comparison.unheard == "X"


def test_a_skipped_pair_gives_no_vote_and_does_not_come_again() -> None:
    project = project_with(0.1, 0.6, 0.2)
    comparison = comparison_of(project)
    for _ in range(3):
        assert comparison.trial is not None
        comparison.skip(project)
    assert comparison.trial is None
    assert comparison.number == 3


def test_a_vote_taken_back_is_asked_again() -> None:
    project = project_with(0.1, 0.6, 0.2)
    comparison = comparison_of(project)
    first = comparison.trial
    hear_both(comparison)
    comparison.move_on(project.with_votes([comparison.vote("first")]))
    comparison.move_on(project)
    assert first is not None
    assert comparison.trial is not None
    assert comparison.trial.pair == first.pair


def test_a_hidden_repeat_has_its_sides_swapped_and_names_the_vote_it_checks() -> None:
    project = with_blind_votes(project_with(0.1, 0.6, 0.2, 0.9), 39)
    for seed in range(5):
        comparison = comparison_of(project, seed=seed)
        assert comparison.trial is not None
        assert (comparison.trial.x.seed, comparison.trial.y.seed) == (3, 1)  # v13 had take 1 as X
        hear_both(comparison)
        assert comparison.vote("second").repeat_of == "v13"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("first", "Take 3 preferred to take 1"),
        ("second", "Take 1 preferred to take 3"),
        ("both good", "Takes 1 and 3 both good"),
        ("both bad", "Takes 1 and 3 both bad"),
    ],
)
def test_the_result_names_takes_by_their_numbers(verdict: str, words: str) -> None:
    project = project_with(0.1, 0.6, 0.2)
    assert result_words(replace(judged(project, 3, 1), verdict=verdict), project) == words


def repeats(project: Project, alike: int, unlike: int) -> list[Vote]:
    original = judged(project, 1, 2)
    again = replace(original, first=original.second, second=original.first, repeat_of=original.id)
    votes = [replace(again, id=f"a{n}", verdict="second") for n in range(alike)]
    return [original, *votes, *(replace(again, id=f"u{n}", verdict="first") for n in range(unlike))]


@pytest.mark.parametrize(
    ("alike", "unlike", "advised"), [(11, 9, True), (12, 8, False), (5, 14, False), (0, 20, True)]
)
def test_a_pause_is_advised_below_sixty_percent_of_twenty_repeats(
    alike: int, unlike: int, advised: bool
) -> None:
    project = project_with(0.1, 0.2)
    assert pause_advised(project.with_votes(repeats(project, alike, unlike))) is advised


def test_agreement_is_told_in_words() -> None:
    assert agreement_words(SelfAgreement(0, 0)) == ""
    assert agreement_words(SelfAgreement(4, 3)) == "You judged 3 of 4 hidden repeats alike (75%)."
