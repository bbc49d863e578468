"""Pairs as JSON lines: good lines are kept, bad ones are named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.preference.pairs import (
    PAIRS_FILE,
    PairRecord,
    StemGiven,
    StoredGiven,
    TakeAt,
    moved_pairs,
    pair_document,
    read_pairs,
    write_pairs,
)
from trainer.preference.stems import StemPlace


def ranked(number: int = 1, *, chosen: float = 0.75, rejected: float = 0.25) -> PairRecord:
    return PairRecord(
        id=f"pair-{number}",
        given=StemGiven("runs/pool", StemPlace("train-00003", 7), hits=False),
        chosen=TakeAt("real/a.safetensors", 0),
        rejected=TakeAt("../candidates/a.safetensors", 2),
        origin="sf_cavp",
        policy="real",
        generator_sha256="f" * 64,
        reward_chosen=chosen,
        reward_rejected=rejected,
    )


def voted() -> PairRecord:
    return PairRecord(
        id="vote",
        given=StoredGiven("given/vote.safetensors"),
        chosen=TakeAt("takes/b.safetensors", 1),
        rejected=TakeAt("takes/b.safetensors", 0),
        origin="user",
        policy="user",
        generator_sha256="f" * 64,
        weight=2.0,
    )


def test_pairs_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_pairs(tmp_path / PAIRS_FILE, [ranked(), voted()])
    stored = read_pairs(tmp_path / PAIRS_FILE)
    assert stored.pairs == (ranked(), voted())
    assert stored.bad_lines == ()
    assert stored.account() == f"2 pairs in {tmp_path / PAIRS_FILE}"


def test_margin_is_what_the_better_side_is_ahead_by() -> None:
    assert ranked().margin == 0.5
    assert voted().margin is None
    assert pair_document(ranked())["margin"] == 0.5


def bad(**changed: object) -> str:
    return json.dumps({**pair_document(ranked()), **changed})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"schema": 1, "id": "cut', "JSONDecodeError"),
        ("[1, 2]", "TypeError"),
        ("{}", "KeyError"),
        (bad(schema=2), "this program knows 1"),
        (bad(origin="nobody"), "is none we know"),
        (bad(weight=0), "not above 0"),
        (bad(reward_chosen=None), "lacks a reward"),
        (bad(reward_chosen=float("nan")), "no finite number"),
        (bad(chosen={"file": "a"}), "KeyError"),
        ("\udcff", "UnicodeDecodeError"),
    ],
)
def test_bad_lines_are_named_and_the_others_kept(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / PAIRS_FILE
    write_pairs(path, [ranked(1)])
    with path.open("ab") as handle:
        handle.write(line.encode("utf-8", "surrogateescape") + b"\n\n")
        handle.write(json.dumps(pair_document(ranked(2))).encode() + b"\n")
    stored = read_pairs(path)
    assert [pair.id for pair in stored.pairs] == ["pair-1", "pair-2"]
    assert [bad_line.number for bad_line in stored.bad_lines] == [2]
    assert reason in stored.bad_lines[0].reason
    assert "1 lines left out (line 2: " in stored.account()


def test_a_file_without_a_pair_or_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "none.jsonl")
    (tmp_path / PAIRS_FILE).write_text("{}\n")
    with pytest.raises(InputError, match=r"holds no pair \(1 bad lines\)"):
        read_pairs(tmp_path / PAIRS_FILE)


def test_names_of_files_lead_from_the_folder_of_the_record(tmp_path: Path) -> None:
    one, other = tmp_path / "votes", tmp_path / "round" / "ranking"
    one.mkdir()
    write_pairs(one / PAIRS_FILE, [voted()])
    moved = next(moved_pairs(read_pairs(one / PAIRS_FILE), other))
    assert moved.given == StoredGiven("../../votes/given/vote.safetensors")
    assert moved.chosen == TakeAt("../../votes/takes/b.safetensors", 1)
    assert replace(moved, given=voted().given, chosen=voted().chosen, rejected=voted().rejected) == voted()
