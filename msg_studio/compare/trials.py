"""The trials of a blind comparison: which take is on which side, what was heard of it, what was said."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from engine.project.project import Project
from engine.project.votes import HeardTake, SelfAgreement, Verdict, Vote, new_vote, self_agreement
from engine.records import Event, Take
from engine.timing import PROJECT_RATE_HZ
from msg_studio.compare.level_match import LevelMatch
from msg_studio.compare.pairing import PairKey, TakePair, next_pair

Side = Literal["X", "Y"]
OTHER: dict[Side, Side] = {"X": "Y", "Y": "X"}
ENOUGH = PROJECT_RATE_HZ // 2  # half a second of a side, or
ENOUGH_SHARE = 0.6  # this much of a shorter event
REPEATS_THAT_TELL = 20
TIRED_BELOW = 0.6


@dataclass(frozen=True)
class Trial:
    """One question: is X or Y better?

    Attributes:
        x: The take on the left.
        y: The take on the right.
        pair: The pair they come from.
    """

    x: Take
    y: Take
    pair: TakePair

    def take(self, side: Side) -> Take:
        """The take on a side."""
        return self.x if side == "X" else self.y


class Comparison:
    """Asks for the pairs of an event, one after the other. It plays and shows nothing itself.

    Args:
        project: The project with the votes that stand.
        event: The event whose takes are compared.
        chance: Decides which take is X; drawn from project, event and votes when None.
        clock: Gives seconds, for the time a decision takes.

    Attributes:
        event: The event.
        trial: The present question, None when nothing is left to ask.
        side: The side that is heard.
        number: How many questions were asked in this comparison, the present one included.
        given: How many votes of this comparison stand.
    """

    def __init__(
        self,
        project: Project,
        event: Event,
        *,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.event = event
        self.trial: Trial | None = None
        self.side: Side = "X"
        self.number = 0
        self.given = 0
        self._chance = chance or random.Random(f"{project.id} {event.id} {len(project.votes)}")
        self._clock = clock
        self._skipped: set[PairKey] = set()
        self._begin()
        self.move_on(project)

    @property
    def enough_samples(self) -> int:
        """How much of each side must be heard before a vote counts."""
        return min(ENOUGH, round(ENOUGH_SHARE * self.event.range.duration_samples))

    @property
    def unheard(self) -> Side | None:
        """A side that was not heard long enough, None when both were."""
        return next((side for side in OTHER if not self.heard_enough(side)), None)

    def heard_enough(self, side: Side) -> bool:
        """Whether a side was heard long enough for a vote."""
        return self._heard[side] >= self.enough_samples

    def heard_share(self, side: Side) -> float:
        """How much of what must be heard of a side was heard, 1 at most."""
        return min(1.0, self._heard[side] / self.enough_samples)

    def move_on(self, project: Project) -> None:
        """Ask for the next pair, its sides drawn anew, or for nothing where none is left.

        Args:
            project: As it is now, with the last vote.
        """
        pair = next_pair(project, self.event.id, skipped=self._skipped)
        self._begin()
        self.trial = None if pair is None else self._with_sides(pair, project)
        self.number += self.trial is not None

    def skip(self, project: Project) -> None:
        """Pass the present pair over; it does not come again in this comparison."""
        if self.trial is not None:
            self._skipped.add(self.trial.pair.key)
        self.move_on(project)

    def start(self, match: LevelMatch) -> None:
        """Both sides can be heard from now on, with these gains."""
        self._match = match
        self._started_s = self._clock()

    def listen_to(self, side: Side) -> None:
        """Hear a side."""
        self._switches += side != self.side
        self.side = side

    def hear(self, samples: int) -> None:
        """Note that the side at hand was heard, inside the event."""
        self._heard[self.side] += samples

    def vote(self, verdict: Verdict) -> Vote:
        """The vote on the present pair with all that is known of how it came about.

        Raises:
            ValueError: When nothing is asked for, or a side was not heard long enough.
        """
        if self.trial is None or self.unheard is not None:
            raise ValueError(f"No vote on {self.trial} yet: side {self.unheard} was not heard long enough")
        plain = new_vote(self.trial.x, self.trial.y, verdict=verdict, blind=True)
        return replace(
            plain,
            first=self._as_heard(plain.first, "X"),
            second=self._as_heard(plain.second, "Y"),
            switches=self._switches,
            decision_s=round(self._clock() - self._started_s, 3),
            repeat_of=self.trial.pair.repeat_of,
        )

    def _begin(self) -> None:
        self.side = "X"
        self._heard: dict[Side, int] = {"X": 0, "Y": 0}
        self._switches = 0
        self._match = LevelMatch(0.0, 0.0)
        self._started_s = self._clock()

    def _with_sides(self, pair: TakePair, project: Project) -> Trial:
        """A repeat comes with its sides swapped, any other pair by chance."""
        checked = next((vote for vote in project.votes if vote.id == pair.repeat_of), None)
        if checked is not None:
            swapped = pair.first.id == checked.first.take_id
        else:
            swapped = self._chance.random() < 0.5
        x, y = (pair.second, pair.first) if swapped else (pair.first, pair.second)
        return Trial(x, y, pair)

    def _as_heard(self, take: HeardTake, side: Side) -> HeardTake:
        gain_db = self._match.x_db if side == "X" else self._match.y_db
        return replace(take, gain_db=round(gain_db, 2), heard_s=round(self._heard[side] / PROJECT_RATE_HZ, 3))


def result_words(vote: Vote, project: Project) -> str:
    """What a vote said, with the numbers of the takes: only now are they told."""
    numbers = {take.id: n for n, take in enumerate(project.takes_of(vote.event_id), start=1)}
    first, second = (numbers.get(side.take_id, 0) for side in (vote.first, vote.second))
    words: dict[Verdict, str] = {
        "first": f"Take {first} preferred to take {second}",
        "second": f"Take {second} preferred to take {first}",
        "both good": f"Takes {min(first, second)} and {max(first, second)} both good",
        "both bad": f"Takes {min(first, second)} and {max(first, second)} both bad",
    }
    return words[vote.verdict]


def agreement_words(agreement: SelfAgreement) -> str:
    """How often hidden repeats were judged alike, empty before the first one."""
    if agreement.rate is None:
        return ""
    times = "repeat" if agreement.repeats == 1 else "repeats"
    return (
        f"You judged {agreement.agreed} of {agreement.repeats} hidden {times} alike ({agreement.rate:.0%})."
    )


def pause_advised(project: Project) -> bool:
    """Whether so few of the hidden repeats were judged alike that a pause would do good."""
    agreement = self_agreement(project.votes)
    return agreement.repeats >= REPEATS_THAT_TELL and (agreement.rate or 0.0) < TIRED_BELOW
