"""The record that ranking, the user's votes and tuning meet in: one JSON line a preference pair.

Takes are named by file and row, conditions by the stem they come from or by a file of tensors; file
names are relative to the file of pairs, so that a round's folder can be moved as a whole.
"""

import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from engine.atomic_file import written_atomically
from engine.errors import InputError
from trainer.preference.stems import StemPlace

SCHEMA = 1
PAIRS_FILE = "pairs.jsonl"

Origin = Literal["sf_cavp", "user"]
WinnerPolicy = Literal["real", "best-of-N", "user"]
ORIGINS: tuple[str, ...] = get_args(Origin)
POLICIES: tuple[str, ...] = get_args(WinnerPolicy)


@dataclass(frozen=True)
class StemGiven:
    """Conditions of a stem of rendered scenes.

    Attributes:
        pool: Folder of the scenes.
        place: The stem.
        hits: Whether its hit track was given; picture and class always are.
    """

    pool: str
    place: StemPlace
    hits: bool


@dataclass(frozen=True)
class StoredGiven:
    """Conditions kept as tensors: those of a starter generator, or features of an MM-DiT.

    Attributes:
        file: Safetensors file (see trainer/preference/given.py).
    """

    file: str


@dataclass(frozen=True)
class TakeAt:
    """Latents of a take.

    Attributes:
        file: Safetensors file with ``latents`` (K, N, L).
        row: Which of the K.
    """

    file: str
    row: int


@dataclass(frozen=True)
class PairRecord:
    """A better and a worse take of one wish.

    Attributes:
        id: Unique within its file.
        given: What both were made for.
        chosen: The better one.
        rejected: The worse one.
        origin: Who says so: "sf_cavp" or "user".
        policy: What the better one is: "real" sound, the "best-of-N" takes, or the "user"'s choice.
        generator_sha256: Hash of the generator that made the takes.
        reward_chosen: Reward of the better one, None where it was not asked.
        reward_rejected: Reward of the worse one.
        weight: How often it is drawn against others.

    Raises:
        ValueError: When a value is not possible.
    """

    id: str
    given: StemGiven | StoredGiven
    chosen: TakeAt
    rejected: TakeAt
    origin: Origin
    policy: WinnerPolicy
    generator_sha256: str
    reward_chosen: float | None = None
    reward_rejected: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS or self.policy not in POLICIES:
            raise ValueError(f"origin {self.origin!r} or policy {self.policy!r} is none we know")
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise ValueError(f"weight {self.weight} is not above 0")
        rewards = [reward for reward in (self.reward_chosen, self.reward_rejected) if reward is not None]
        if not all(math.isfinite(reward) for reward in rewards):
            raise ValueError("a reward is no finite number")
        if self.origin == "sf_cavp" and len(rewards) != 2:
            raise ValueError("a pair that SF-CAVP ranked lacks a reward")

    @property
    def margin(self) -> float | None:
        """By how much the reward prefers the better one, None where it was not asked."""
        if self.reward_chosen is None or self.reward_rejected is None:
            return None
        return self.reward_chosen - self.reward_rejected


@dataclass(frozen=True)
class BadLine:
    """A line that is no pair.

    Attributes:
        number: From 1.
        reason: What is wrong with it.
    """

    number: int
    reason: str


@dataclass(frozen=True)
class PairFile:
    """What a file of pairs holds.

    Attributes:
        path: The file.
        pairs: The good lines.
        bad_lines: The others.
    """

    path: Path
    pairs: tuple[PairRecord, ...]
    bad_lines: tuple[BadLine, ...]

    def account(self) -> str:
        """How many lines are good, and the first bad ones, in words."""
        told = f"{len(self.pairs)} pairs in {self.path}"
        if not self.bad_lines:
            return told
        shown = "; ".join(f"line {line.number}: {line.reason}" for line in self.bad_lines[:3])
        return f"{told}, {len(self.bad_lines)} lines left out ({shown})"

    def resolved(self, file: str) -> Path:
        """A file named in the records."""
        return self.path.parent / file


def write_pairs(path: Path, pairs: Iterable[PairRecord]) -> None:
    """Write a file of pairs whole; its folder must exist.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    with written_atomically(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(pair_document(pair)) + "\n" for pair in pairs)


def read_pairs(path: Path) -> PairFile:
    """Read a file of pairs; lines that are none are named, the good ones are kept.

    Raises:
        InputError: When the file cannot be read, or no line of it is a pair.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise InputError(
            f"Pairs {path} cannot be read ({problem.strerror}): run `msg-train rank` first."
        ) from problem
    found: list[PairRecord] = []
    bad: list[BadLine] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(pair_of_document(json.loads(line.decode("utf-8"))))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            bad.append(BadLine(number, repr(problem)))
    if not found:
        raise InputError(f"{path} holds no pair ({len(bad)} bad lines): run `msg-train rank` again.")
    return PairFile(path, tuple(found), tuple(bad))


def pair_document(pair: PairRecord) -> dict[str, Any]:
    """A pair as plain values; the margin is for reading."""
    given: dict[str, Any] = (
        {"file": pair.given.file}
        if isinstance(pair.given, StoredGiven)
        else {"pool": pair.given.pool, **vars(pair.given.place), "hits": pair.given.hits}
    )
    return {
        "schema": SCHEMA,
        "id": pair.id,
        "given": given,
        "chosen": vars(pair.chosen),
        "rejected": vars(pair.rejected),
        "origin": pair.origin,
        "policy": pair.policy,
        "reward_chosen": pair.reward_chosen,
        "reward_rejected": pair.reward_rejected,
        "margin": pair.margin,
        "weight": pair.weight,
        "generator_sha256": pair.generator_sha256,
    }


def pair_of_document(document: dict[str, Any]) -> PairRecord:
    """The pair of a document made by ``pair_document``.

    Raises:
        KeyError: When a field is missing.
        TypeError: When a field has another shape.
        ValueError: When a value is not possible, or the line is of a newer program.
    """
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, this program knows {SCHEMA}")
    given = document["given"]
    return PairRecord(
        id=str(document["id"]),
        given=StoredGiven(str(given["file"]))
        if "file" in given
        else StemGiven(
            str(given["pool"]), StemPlace(str(given["shard"]), int(given["row"])), bool(given["hits"])
        ),
        chosen=_take_of(document["chosen"]),
        rejected=_take_of(document["rejected"]),
        origin=document["origin"],
        policy=document["policy"],
        generator_sha256=str(document["generator_sha256"]),
        reward_chosen=_reward_of(document["reward_chosen"]),
        reward_rejected=_reward_of(document["reward_rejected"]),
        weight=float(document["weight"]),
    )


def _take_of(document: dict[str, Any]) -> TakeAt:
    return TakeAt(str(document["file"]), int(document["row"]))


def _reward_of(value: Any) -> float | None:
    return None if value is None else float(value)


def moved_pairs(file: PairFile, folder: Path) -> Iterator[PairRecord]:
    """The pairs of a file as they are written in another folder: names of files lead from there."""

    def moved(name: str) -> str:
        return relative_name(file.resolved(name), folder)

    for pair in file.pairs:
        given = pair.given
        yield replace(
            pair,
            given=StoredGiven(moved(given.file)) if isinstance(given, StoredGiven) else given,
            chosen=replace(pair.chosen, file=moved(pair.chosen.file)),
            rejected=replace(pair.rejected, file=moved(pair.rejected.file)),
        )


def relative_name(path: Path, folder: Path) -> str:
    """How a record in a folder names a file."""
    return Path(os.path.relpath(path, folder)).as_posix()
