"""Votes sorted for tuning: which of them say that one take is better, and how much each one counts.

Ties and both-bad are no pairs, but they speak against a vote on the same two takes. Hidden repeats are
no pairs either: they tell how far a listener can be trusted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.project.votes import PreferencePair, SelfAgreement, Vote, preference_pairs, self_agreement

BLIND_WEIGHT, OPEN_WEIGHT = 1.0, 0.5
LEAST_REPEATS = 5  # before that, agreement with oneself is a matter of chance
LEAST_TRUST = 0.25


@dataclass(frozen=True)
class WeightedChoice:
    """One better and one worse take, however often they were compared.

    Attributes:
        pair: The two, with the vote that counts.
        weight: How often it is drawn against others.
    """

    pair: PreferencePair
    weight: float

    @property
    def takes(self) -> tuple[str, str]:
        """Hashes of both sounds, in an order that the sides do not change."""
        return _takes(self.pair.vote)


@dataclass(frozen=True)
class SortedVotes:
    """What the votes of one listener say.

    Attributes:
        choices: Two takes of which one is better, in the order of the votes.
        votes: All votes.
        ties: Votes that both are good.
        both_bad: Votes that both are bad.
        repeats: Hidden repeats, and how many were judged as the first time.
        cancelled: Votes on two takes of which each was called the better one.
        doubted: Votes on two takes that were called equal, or equally bad, another time.
    """

    choices: tuple[WeightedChoice, ...]
    votes: int
    ties: int
    both_bad: int
    repeats: SelfAgreement
    cancelled: int
    doubted: int


def sort_votes(votes: Iterable[Vote]) -> SortedVotes:
    """Sort the votes of one listener."""
    every = tuple(votes)
    repeats = self_agreement(every)
    judged = [vote for vote in every if not vote.repeat_of]
    even = {_takes(vote) for vote in judged if vote.verdict in ("both good", "both bad")}
    by_takes: dict[tuple[str, str], list[PreferencePair]] = {}
    for pair in preference_pairs(judged):
        by_takes.setdefault(_takes(pair.vote), []).append(pair)
    split = {takes for takes, pairs in by_takes.items() if len({p.chosen.sha256 for p in pairs}) > 1}
    doubted = (by_takes.keys() & even) - split
    return SortedVotes(
        choices=tuple(
            _choice(pairs, trust_of(repeats))
            for takes, pairs in by_takes.items()
            if takes not in split and takes not in doubted
        ),
        votes=len(every),
        ties=sum(vote.verdict == "both good" for vote in judged),
        both_bad=sum(vote.verdict == "both bad" for vote in judged),
        repeats=repeats,
        cancelled=sum(len(by_takes[takes]) for takes in split),
        doubted=sum(len(by_takes[takes]) for takes in doubted),
    )


def trust_of(repeats: SelfAgreement) -> float:
    """How much a listener's votes count, LEAST_TRUST to 1; 1 before LEAST_REPEATS hidden repeats.

    Who gives the right answer with probability p agrees with himself with r = p^2 + (1 - p)^2, so that
    what a vote says beyond chance, 2 p - 1, is the root of 2 r - 1.
    """
    if repeats.rate is None or repeats.repeats < LEAST_REPEATS:
        return 1.0
    beyond_chance: float = max(0.0, 2 * repeats.rate - 1) ** 0.5
    return max(LEAST_TRUST, beyond_chance)


def _choice(pairs: Sequence[PreferencePair], trust: float) -> WeightedChoice:
    """The choice of votes that agree: a blind one stands for all of them, where there is one."""
    best = max(pairs, key=lambda pair: pair.vote.blind)  # max keeps the first of equals
    return WeightedChoice(best, trust * (BLIND_WEIGHT if best.vote.blind else OPEN_WEIGHT))


def _takes(vote: Vote) -> tuple[str, str]:
    first, second = sorted((vote.first.sha256, vote.second.sha256))
    return first, second
