"""msg-engine vote: what one prefers, written into a project's journal, taken back, or listed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli.documents import Document, headed
from engine.cli.options import AsJson
from engine.cli.output import answer
from engine.errors import InputError, OutputLocationError
from engine.project.project import Project
from engine.project.project_file import open_project
from engine.project.project_lock import ProjectLock
from engine.project.vote_journal import append_vote, revoke_vote
from engine.project.votes import (
    TAGS,
    Verdict,
    Vote,
    new_vote,
    preference_pairs,
    self_agreement,
    vote_document,
)
from engine.records import Take

VerdictWord = Literal["first", "second", "both-good", "both-bad"]
VERDICT_OF: dict[VerdictWord, Verdict] = {
    "first": "first", "second": "second", "both-good": "both good", "both-bad": "both bad",
}  # fmt: skip

ProjectPath = Annotated[Path, typer.Argument(metavar="PROJECT", help="The .msgproj folder.")]
EventId = Annotated[str, typer.Option("--event", metavar="ID", help="Event both takes belong to.")]
First = Annotated[str, typer.Option("--first", metavar="TAKE", help="Id of the take heard as X.")]
Second = Annotated[str, typer.Option("--second", metavar="TAKE", help="Id of the take heard as Y.")]
VerdictOption = Annotated[VerdictWord | None, typer.Option("--verdict", help="Which one is better.")]
Blind = Annotated[bool, typer.Option("--blind", help="The listener did not know which take was which.")]
Tags = Annotated[
    str,
    typer.Option("--tags", metavar="T,N,...", help=f"Why the worse one lost: {', '.join(TAGS.values())}."),
]
Revoke = Annotated[str, typer.Option("--revoke", metavar="VOTE", help="Take the vote of this id back.")]


def vote_command(
    project: ProjectPath,
    event: EventId = "",
    first: First = "",
    second: Second = "",
    verdict: VerdictOption = None,
    blind: Blind = False,
    tags: Tags = "",
    revoke: Revoke = "",
    as_json: AsJson = False,
) -> None:
    """Say which of two takes is better, take a vote back, or list the votes of a project.

    Without --verdict and --revoke the votes that stand are listed. A vote is on the disk when the
    command ends. A project that is open in a window takes votes all the same, for they are only ever
    added; the window shows them when it opens the project again.
    """
    opened = open_project(project)
    if not (verdict or revoke):
        _list(opened, as_json=as_json)
        return
    if verdict and revoke:
        raise InputError("--verdict and --revoke exclude each other: give one vote, or take one back.")
    with _journal_free(project) as held_by:
        if verdict:
            vote = _asked_vote(opened, event, first, second, VERDICT_OF[verdict], blind, tags)
            _give(opened, project, vote, held_by, as_json=as_json)
        else:
            _take_back(opened, project, revoke, held_by, as_json=as_json)


@contextmanager
def _journal_free(folder: Path) -> Iterator[str]:
    """Who else has the project open, empty when nobody; kept from others for the block where it is free.

    Raises:
        OutputLocationError: When another machine noted that it has it open: a cloud service would make
            two journals of one.
    """
    lock = ProjectLock(folder)
    refusal = lock.acquire()
    if refusal and lock.held_by_note:
        raise OutputLocationError(
            f"No vote was written to {folder}, for {refusal}: close it there, or open and close it in a "
            "window here with 'Edit anyway'."
        )
    try:
        yield refusal
    finally:
        lock.release()


def _asked_vote(
    project: Project, event: str, first: str, second: str, verdict: Verdict, blind: bool, tags: str
) -> Vote:
    """The vote that the options describe.

    Raises:
        InputError: When event or takes are not there, or the takes are no pair of that event.
    """
    known = [one.id for one in project.events]
    if event not in known:
        raise InputError(f"No event {event!r} in project {project.name}; there are: {_named(known)}.")
    takes = project.takes_of(event)
    sides = _side(takes, first, "--first", event), _side(takes, second, "--second", event)
    if first == second:
        raise InputError(f"--first and --second are both {first!r}: a vote needs two takes of {event}.")
    return new_vote(*sides, verdict=verdict, blind=blind, tags=tags_of(tags))


def tags_of(text: str) -> tuple[str, ...]:
    """Tags from "T,noise": letters or whole words.

    Raises:
        InputError: When one is not known.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [TAGS.get(part.upper(), part.lower()) for part in parts]
    strange = next((tag for tag in found if tag not in TAGS.values()), None)
    if strange is not None:
        known = ", ".join(f"{word} ({letter})" for letter, word in TAGS.items())
        raise InputError(f"--tags {strange!r} is not known; there are: {known}.")
    return tuple(dict.fromkeys(found))


def _side(takes: Sequence[Take], take_id: str, option: str, event: str) -> Take:
    for take in takes:
        if take.id == take_id:
            return take
    raise InputError(
        f"{option} {take_id!r} is no take of event {event}; there are: {_named(t.id for t in takes)}."
    )


def _give(project: Project, folder: Path, vote: Vote, held_by: str, *, as_json: bool) -> None:
    append_vote(folder, vote)
    pairs = len(preference_pairs([*project.votes, vote]))
    fields: Document = {
        "project": str(folder.absolute()),
        "vote": vote_document(vote),
        "pairs": pairs,
        "open_elsewhere": held_by,
    }
    text = [f"{vote_words(vote)}; vote {vote.id}; pairs in this project: {pairs}", *_held_lines(held_by)]
    answer(headed("vote", fields), text, as_json=as_json)


def _take_back(project: Project, folder: Path, vote_id: str, held_by: str, *, as_json: bool) -> None:
    if vote_id not in {vote.id for vote in project.votes}:
        raise InputError(
            f"No vote {vote_id!r} stands in project {project.name}: `msg-engine vote {folder}` lists them."
        )
    revoke_vote(folder, vote_id)
    pairs = len(preference_pairs(vote for vote in project.votes if vote.id != vote_id))
    fields: Document = {
        "project": str(folder.absolute()),
        "revoked": vote_id,
        "pairs": pairs,
        "open_elsewhere": held_by,
    }
    text = [f"vote {vote_id} taken back; pairs in this project: {pairs}", *_held_lines(held_by)]
    answer(headed("vote", fields), text, as_json=as_json)


def _list(project: Project, *, as_json: bool) -> None:
    agreement = self_agreement(project.votes)
    fields: Document = {
        "project": project.name,
        "votes": [vote_document(vote) for vote in project.votes],
        "pairs": len(preference_pairs(project.votes)),
        "repeats": agreement.repeats,
        "repeats_agreed": agreement.agreed,
    }
    answer(headed("vote", fields), _list_lines(project, fields), as_json=as_json)


def _list_lines(project: Project, fields: Document) -> Iterator[str]:
    for vote in project.votes:
        how = "blind" if vote.blind else "seen"
        tags = f"  ({', '.join(vote.tags)})" if vote.tags else ""
        yield f"{vote.id}  {vote.created}  {vote.event_id}  {how}  {vote_words(vote)}{tags}"
    yield f"votes: {len(project.votes)}, pairs: {fields['pairs']}"
    if fields["repeats"]:
        yield f"{fields['repeats_agreed']} of {fields['repeats']} hidden repeats judged alike"


def vote_words(vote: Vote) -> str:
    """What a vote says, with the takes by their ids."""
    first, second = vote.first.take_id, vote.second.take_id
    words: dict[Verdict, str] = {
        "first": f"{first} preferred to {second}",
        "second": f"{second} preferred to {first}",
        "both good": f"{first} and {second} both good",
        "both bad": f"{first} and {second} both bad",
    }
    return words[vote.verdict]


def _held_lines(held_by: str) -> Iterator[str]:
    if held_by:
        yield f"note: {held_by}; the vote is in the journal and shows there when the project is opened again"


def _named(names: Sequence[str] | Iterator[str]) -> str:
    return ", ".join(names) or "none"
