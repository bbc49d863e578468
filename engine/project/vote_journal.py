"""The append-only journal of votes, prefs/pairs.jsonl.

Each vote is one JSON line, on the disk before the call returns. Undo adds a line that
revokes; nothing is ever rewritten.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import InputError, ProjectError
from engine.project.disk import refusals_named
from engine.project.votes import Vote, vote_document, vote_of_document

JOURNAL = Path("prefs", "pairs.jsonl")


@dataclass(frozen=True)
class BadLine:
    """A line of the journal that is no vote of ours.

    Attributes:
        number: From 1.
        reason: What is wrong with it.
    """

    number: int
    reason: str


@dataclass(frozen=True)
class GoodVotes:
    """What can be read of a journal.

    Attributes:
        votes: Those that stand, in the order given.
        bad_lines: Lines that were left out.
    """

    votes: tuple[Vote, ...]
    bad_lines: tuple[BadLine, ...]


def append_vote(folder: Path, vote: Vote) -> None:
    """Write a vote to the journal of a project folder; it is on the disk when this returns.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    _append(folder, {"kind": "vote", **vote_document(vote)})


def revoke_vote(folder: Path, vote_id: str) -> None:
    """Take a vote back: a line is added, the vote's own line stays.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    _append(folder, {"kind": "revocation", "id": vote_id, "created": datetime.now(UTC).isoformat()})


def replace_vote(folder: Path, vote_id: str, vote: Vote) -> None:
    """Put a vote in place of another one, such as the same with tags: both lines stay, one counts.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses; the old vote stands then, or both do.
    """
    append_vote(folder, vote)
    revoke_vote(folder, vote_id)


def read_votes(folder: Path) -> tuple[Vote, ...]:
    """The votes that stand, in the order given; a journal that does not exist holds none.

    Raises:
        ProjectError: When the journal cannot be read; the message names the line.
    """
    return tuple(vote for vote in _read_journal(folder).values() if vote is not None)


def read_good_votes(folder: Path, saved: Iterable[Vote] = ()) -> GoodVotes:
    """The votes that stand as far as the journal is whole; nothing is locked and nothing written.

    A revocation on a bad line is lost with it: its vote stands again.

    Args:
        folder: The project folder.
        saved: Votes of the last save; those that the journal does not know come first.

    Raises:
        ProjectError: When the journal is there and cannot be read.
    """
    found: dict[str, Vote | None] = {}
    bad: list[BadLine] = []
    for number, line in _lines(folder):
        try:
            _count(found, json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as problem:
            bad.append(BadLine(number, repr(problem)))
    missing = {vote.id: vote for vote in saved if vote.id not in found}
    standing = (vote for vote in (missing | found).values() if vote is not None)
    return GoodVotes(tuple(standing), tuple(bad))


def merge_votes(folder: Path, saved: Iterable[Vote]) -> tuple[Vote, ...]:
    """Votes of the journal, and those of the last save that it does not know.

    Votes given or revoked after the last save win: the journal is written at once.

    Raises:
        ProjectError: When the journal cannot be read.
    """
    journal = _read_journal(folder)
    missing = {vote.id: vote for vote in saved if vote.id not in journal}
    return tuple(vote for vote in (missing | journal).values() if vote is not None)


def complete_journal(folder: Path, votes: Iterable[Vote]) -> None:
    """Add the votes the journal does not know yet.

    Raises:
        ProjectError: When the journal cannot be read.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    known = _read_journal(folder)
    for vote in votes:
        if vote.id not in known:
            append_vote(folder, vote)


def _append(folder: Path, document: dict[str, Any]) -> None:
    journal = folder / JOURNAL
    line = json.dumps(document, ensure_ascii=False).encode() + b"\n"
    with refusals_named(journal):
        journal.parent.mkdir(exist_ok=True)
        with journal.open("ab+") as handle:
            size = handle.seek(0, os.SEEK_END)
            if size and _last_byte(handle.fileno(), size) != b"\n":
                line = b"\n" + line  # a line torn by a power cut stays alone
            _write_whole(handle.fileno(), line, size)


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _write_whole(descriptor: int, line: bytes, size: int) -> None:
    """Append and flush, or leave the journal at the size it had."""
    try:
        rest = line
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _read_journal(folder: Path) -> dict[str, Vote | None]:
    """Every vote id of the journal, with None for a revoked one."""
    found: dict[str, Vote | None] = {}
    for number, line in _lines(folder):
        _take_in(found, line, f"line {number} of {folder / JOURNAL}")
    return found


def _lines(folder: Path) -> Iterator[tuple[int, bytes]]:
    """Lines of the journal that hold something, with their numbers from 1."""
    journal = folder / JOURNAL
    try:
        lines = journal.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ProjectError(f"Cannot read the votes in {journal}: {error.strerror}.") from error
    yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _take_in(found: dict[str, Vote | None], line: bytes, where: str) -> None:
    try:
        document = json.loads(line)
    except ValueError:
        return  # a line torn by a power cut: that vote was never confirmed to the user
    try:
        _count(found, document)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ProjectError(
            f"The vote in {where} is not one of ours ({error!r}). "
            "Remove that line and open the project again."
        ) from error


def _count(found: dict[str, Vote | None], document: dict[str, Any]) -> None:
    if document["kind"] == "revocation":
        found[document["id"]] = None
    else:
        found.setdefault(document["id"], vote_of_document(document))
