"""Preferences the user gave, and the pairs for training that are derived from them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from engine import __version__
from engine.records import Take
from engine.timing import TimeRange, samples_to_seconds

Verdict = Literal["first", "second", "both good", "both bad"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
# Why a take lost, by the letter that says so.
TAGS = {"T": "timing", "C": "character", "N": "noise", "W": "wrong source", "U": "music or speech"}


@dataclass(frozen=True)
class HeardTake:
    """One side of a comparison.

    Attributes:
        take_id: The take.
        sha256: Hash of its samples.
        seed: Its noise seed.
        prompt: Text it was made with.
        model: Name of the model card.
        model_sha256: Hash of the generator weights.
        gain_db: Level applied to match the other side.
        heard_s: Seconds it was listened to.
        adapter: Hash of the adapter that was on when it was made, empty for none.
    """

    take_id: str
    sha256: str
    seed: int
    prompt: str
    model: str
    model_sha256: str
    gain_db: float = 0.0
    heard_s: float = 0.0
    adapter: str = ""


@dataclass(frozen=True)
class Vote:
    """One comparison of two takes of an event.

    Attributes:
        id: Unique for ever.
        created: Local time with its offset, ISO 8601.
        event_id: The event.
        range: Where both takes lie on the timeline.
        clip_fingerprint: The film.
        first: The side offered first (X).
        second: The other side (Y).
        verdict: "first" or "second" is better, "both good", "both bad".
        tags: Reasons given.
        blind: Whether the sides were hidden.
        switches: How often the user changed sides.
        decision_s: Seconds until the key.
        repeat_of: Id of the vote this hidden repeat checks, empty otherwise.
        app_version: Program that took the vote.
    """

    id: str
    created: str
    event_id: str
    range: TimeRange
    clip_fingerprint: str
    first: HeardTake
    second: HeardTake
    verdict: Verdict
    tags: tuple[str, ...] = ()
    blind: bool = True
    switches: int = 0
    decision_s: float = 0.0
    repeat_of: str = ""
    app_version: str = __version__

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"Verdict {self.verdict!r} is not one of {', '.join(VERDICTS)}")

    @property
    def preferred(self) -> str:
        """Id of the better take; the verdict itself where neither is better."""
        sides: dict[str, str] = {"first": self.first.take_id, "second": self.second.take_id}
        return sides.get(self.verdict, self.verdict)


@dataclass(frozen=True)
class PreferencePair:
    """A better and a worse take of one event."""

    vote: Vote
    chosen: HeardTake
    rejected: HeardTake


@dataclass(frozen=True)
class SelfAgreement:
    """How often a listener judged a hidden repeat as the first time.

    Attributes:
        repeats: Hidden repeats judged.
        agreed: Those judged alike.
    """

    repeats: int
    agreed: int

    @property
    def rate(self) -> float | None:
        """Share of repeats judged alike, None before the first."""
        return self.agreed / self.repeats if self.repeats else None


def heard(take: Take, *, gain_db: float = 0.0, heard_s: float = 0.0) -> HeardTake:
    """A take as one side of a comparison."""
    return HeardTake(
        take.id,
        take.sha256,
        take.seed,
        take.prompt,
        take.model,
        take.model_sha256,
        gain_db,
        heard_s,
        take.adapter,
    )


def new_vote(first: Take, second: Take, *, verdict: Verdict, blind: bool, tags: tuple[str, ...] = ()) -> Vote:
    """A vote on two takes, made now; add listening details with `dataclasses.replace`.

    Raises:
        ValueError: When the takes belong to different events.
    """
    if first.event_id != second.event_id:
        raise ValueError(f"Takes {first.id!r} and {second.id!r} belong to different events")
    return Vote(
        id=uuid.uuid4().hex,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        event_id=first.event_id,
        range=first.range,
        clip_fingerprint=first.clip_fingerprint,
        first=heard(first),
        second=heard(second),
        verdict=verdict,
        tags=tags,
        blind=blind,
    )


def preference_pairs(votes: Iterable[Vote]) -> tuple[PreferencePair, ...]:
    """Better and worse takes; ties, both-bad and hidden repeats give no pair."""
    sided = [vote for vote in votes if vote.verdict in ("first", "second") and not vote.repeat_of]
    return tuple(
        PreferencePair(vote, vote.first, vote.second)
        if vote.verdict == "first"
        else PreferencePair(vote, vote.second, vote.first)
        for vote in sided
    )


def self_agreement(votes: Iterable[Vote]) -> SelfAgreement:
    """How often hidden repeats were judged like the votes they repeat, as far as those still stand."""
    by_id = {vote.id: vote for vote in votes}
    repeats = [vote for vote in by_id.values() if vote.repeat_of in by_id]
    agreed = sum(vote.preferred == by_id[vote.repeat_of].preferred for vote in repeats)
    return SelfAgreement(len(repeats), agreed)


def vote_document(vote: Vote) -> dict[str, Any]:
    """A vote as plain JSON values; samples are the truth, seconds are for reading."""
    return {
        "id": vote.id,
        "created": vote.created,
        "event_id": vote.event_id,
        "start_samples": vote.range.start_samples,
        "start_s": samples_to_seconds(vote.range.start_samples),
        "end_samples": vote.range.end_samples,
        "end_s": samples_to_seconds(vote.range.end_samples),
        "clip_fingerprint": vote.clip_fingerprint,
        "verdict": vote.verdict,
        "first": dict(vars(vote.first)),
        "second": dict(vars(vote.second)),
        "tags": list(vote.tags),
        "blind": vote.blind,
        "switches": vote.switches,
        "decision_s": vote.decision_s,
        "repeat_of": vote.repeat_of,
        "app_version": vote.app_version,
    }


def vote_of_document(document: dict[str, Any]) -> Vote:
    """The vote of a document made by `vote_document`.

    Raises:
        KeyError: When a field is missing.
        TypeError: When a side has another shape.
        ValueError: When a value is not possible.
    """
    return Vote(
        id=document["id"],
        created=document["created"],
        event_id=document["event_id"],
        range=TimeRange(document["start_samples"], document["end_samples"]),
        clip_fingerprint=document["clip_fingerprint"],
        first=HeardTake(**document["first"]),
        second=HeardTake(**document["second"]),
        verdict=document["verdict"],
        tags=tuple(document["tags"]),
        blind=document["blind"],
        switches=document["switches"],
        decision_s=document["decision_s"],
        repeat_of=document["repeat_of"],
        app_version=document["app_version"],
    )
