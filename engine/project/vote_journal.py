"""The append-only journal of votes, prefs/pairs.jsonl.

Each vote is one JSON line, on the disk before the call returns. Undo adds a line that
revokes; nothing is ever rewritten.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import InputError, ProjectError
from engine.project.disk import refusals_named
from engine.project.votes import Vote, vote_document, vote_of_document

JOURNAL = Path("prefs", "pairs.jsonl")


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


def read_votes(folder: Path) -> tuple[Vote, ...]:
    """The votes that stand, in the order given; a journal that does not exist holds none.

    Raises:
        ProjectError: When the journal cannot be read; the message names the line.
    """
    return tuple(vote for vote in _read_journal(folder).values() if vote is not None)


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
    journal = folder / JOURNAL
    try:
        lines = journal.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ProjectError(f"Cannot read the votes in {journal}: {error.strerror}.") from error
    found: dict[str, Vote | None] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            _take_in(found, line, f"line {number} of {journal}")
    return found


def _take_in(found: dict[str, Vote | None], line: bytes, where: str) -> None:
    try:
        document = json.loads(line)
    except ValueError:
        return  # a line torn by a power cut: that vote was never confirmed to the user
    try:
        if document["kind"] == "revocation":
            found[document["id"]] = None
        else:
            found.setdefault(document["id"], vote_of_document(document))
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ProjectError(
            f"The vote in {where} is not one of ours ({error!r}). "
            "Remove that line and open the project again."
        ) from error
