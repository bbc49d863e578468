"""Which two takes are compared next, and when an earlier pair comes again unannounced."""

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.project.project import Project
from engine.project.votes import Vote
from engine.records import Take

REPEAT_EVERY = 20
PairKey = frozenset[str]


@dataclass(frozen=True)
class TakePair:
    """Two takes of an event.

    Attributes:
        first: The one made first.
        second: The other one.
        repeat_of: Id of the vote that is checked by asking again, empty for a new pair.
    """

    first: Take
    second: Take
    repeat_of: str = ""

    @property
    def key(self) -> PairKey:
        """What tells it from other pairs, whatever the order; a repeat is another one than its pair."""
        return frozenset(filter(None, (self.first.id, self.second.id, self.repeat_of)))


def unjudged_pairs(project: Project, event_id: str) -> list[TakePair]:
    """Pairs of takes that are not rejected and that no standing vote compares, closest rewards first."""
    judged = {key_of(vote) for vote in project.votes}
    takes = [take for take in project.takes_of(event_id) if take.id not in project.rejected]
    pairs = [TakePair(first, second) for first, second in combinations(takes, 2)]
    return sorted((pair for pair in pairs if pair.key not in judged), key=_apart)


def next_pair(project: Project, event_id: str, *, skipped: Collection[PairKey] = ()) -> TakePair | None:
    """The pair to ask for: a hidden repeat where one is due, else the closest unjudged one.

    Repeats come only between other pairs, so that the last answer is never asked for at once again.

    Args:
        project: The project with the votes that stand.
        event_id: The event.
        skipped: Pairs the user passed over.
    """
    left = [pair for pair in unjudged_pairs(project, event_id) if pair.key not in skipped]
    if not left:
        return None
    repeat = due_repeat(project, event_id)
    return left[0] if repeat is None or repeat.key in skipped else repeat


def due_repeat(project: Project, event_id: str) -> TakePair | None:
    """An earlier pair of this event to be asked for again, None where none is due or at hand.

    Of each REPEAT_EVERY blind votes of a project one is a repeat, at a place drawn from the project's
    id: always the same number, and nobody knows when.
    """
    blind = [vote for vote in project.votes if vote.blind]
    block, place = divmod(len(blind), REPEAT_EVERY)
    chance = random.Random(f"{project.id} repeat {block}")
    asked = any(vote.repeat_of for vote in blind[block * REPEAT_EVERY :])
    if asked or place < chance.randrange(REPEAT_EVERY):
        return None
    candidates = _repeatable(project, event_id, blind[:-1])
    return chance.choice(candidates) if candidates else None


def key_of(vote: Vote) -> PairKey:
    """The pair a vote judged."""
    return frozenset((vote.first.take_id, vote.second.take_id))


def _repeatable(project: Project, event_id: str, votes: Sequence[Vote]) -> list[TakePair]:
    takes = {take.id: take for take in project.takes_of(event_id) if take.id not in project.rejected}
    last = key_of(project.votes[-1]) if project.votes else frozenset()
    repeated = {vote.repeat_of for vote in project.votes}
    return [
        TakePair(takes[vote.first.take_id], takes[vote.second.take_id], repeat_of=vote.id)
        for vote in votes
        if not vote.repeat_of
        and vote.id not in repeated
        and key_of(vote) <= set(takes)
        and key_of(vote) != last
    ]


def _apart(pair: TakePair) -> float:
    """How far apart the rewards lie; what is no number comes last."""
    distance = abs(pair.first.score.reward - pair.second.score.reward)
    return math.inf if math.isnan(distance) else distance
