import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, ProjectError, WriteError
from engine.project.vote_journal import (
    JOURNAL,
    append_vote,
    complete_journal,
    merge_votes,
    read_good_votes,
    read_votes,
    replace_vote,
    revoke_vote,
)
from tests.engine.project.samples import vote


def test_folder_without_journal_has_no_votes(tmp_path: Path) -> None:
    assert read_votes(tmp_path) == ()


def test_votes_are_read_in_the_order_given(tmp_path: Path) -> None:
    votes = (vote(tmp_path), vote(tmp_path, verdict="both bad"))
    for one in votes:
        append_vote(tmp_path, one)
    assert read_votes(tmp_path) == votes


def test_revocation_is_a_further_line(tmp_path: Path) -> None:
    kept, undone = vote(tmp_path), vote(tmp_path)
    append_vote(tmp_path, undone)
    append_vote(tmp_path, kept)
    before = (tmp_path / JOURNAL).read_bytes()
    revoke_vote(tmp_path, undone.id)
    after = (tmp_path / JOURNAL).read_bytes()
    assert after.startswith(before)
    assert json.loads(after[len(before) :])["kind"] == "revocation"
    assert read_votes(tmp_path) == (kept,)


def test_torn_last_line_costs_no_other_vote(tmp_path: Path) -> None:
    first, second = vote(tmp_path), vote(tmp_path)
    append_vote(tmp_path, first)
    with (tmp_path / JOURNAL).open("ab") as handle:
        handle.write(b'{"kind": "vote", "id": "half')
    append_vote(tmp_path, second)
    assert read_votes(tmp_path) == (first, second)


def test_journal_wins_over_the_last_save(tmp_path: Path) -> None:
    only_saved, undone_later, given_later = vote(tmp_path), vote(tmp_path), vote(tmp_path)
    append_vote(tmp_path, undone_later)
    revoke_vote(tmp_path, undone_later.id)
    append_vote(tmp_path, given_later)
    assert merge_votes(tmp_path, [only_saved, undone_later]) == (only_saved, given_later)


def test_save_adds_only_votes_the_journal_does_not_know(tmp_path: Path) -> None:
    known, undone, new = vote(tmp_path), vote(tmp_path), vote(tmp_path)
    append_vote(tmp_path, known)
    append_vote(tmp_path, undone)
    revoke_vote(tmp_path, undone.id)
    complete_journal(tmp_path, [known, undone, new])
    assert read_votes(tmp_path) == (known, new)
    assert len((tmp_path / JOURNAL).read_bytes().splitlines()) == 4


@pytest.mark.parametrize("line", ['{"kind": "vote", "id": "v1"}', "[]", '{"id": "v1"}'])
def test_line_of_another_shape_is_named(tmp_path: Path, line: str) -> None:
    append_vote(tmp_path, vote(tmp_path))
    with (tmp_path / JOURNAL).open("a") as handle:
        handle.write(line + "\n")
    with pytest.raises(ProjectError, match=r"line 2 of .*pairs.jsonl.*Remove that line"):
        read_votes(tmp_path)


def test_good_lines_are_kept_beside_bad_ones_which_are_named(tmp_path: Path) -> None:
    first, undone, last = vote(tmp_path), vote(tmp_path), vote(tmp_path)
    append_vote(tmp_path, first)
    with (tmp_path / JOURNAL).open("ab") as handle:
        handle.write(b'{"kind": "vote", "id": "v1"}\n[]\n{"torn\n\xff\xfe\n')
    append_vote(tmp_path, undone)
    append_vote(tmp_path, last)
    revoke_vote(tmp_path, undone.id)
    found = read_good_votes(tmp_path)
    assert found.votes == (first, last)
    assert [line.number for line in found.bad_lines] == [2, 3, 4, 5]
    assert "created" in found.bad_lines[0].reason or "event_id" in found.bad_lines[0].reason


def test_journal_in_place_of_which_a_folder_lies_is_refused(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).mkdir(parents=True)
    with pytest.raises(ProjectError, match="Cannot read the votes"):
        read_good_votes(tmp_path)


def test_full_disk_leaves_the_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_vote(tmp_path, vote(tmp_path))
    before = (tmp_path / JOURNAL).read_bytes()
    real_write = os.write

    def half_then_full(descriptor: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[: len(data) - 50])

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(WriteError, match=r"pairs.jsonl.*disk is full"):
        append_vote(tmp_path, replace(vote(tmp_path), id="v2"))
    assert (tmp_path / JOURNAL).read_bytes() == before


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prefs").write_text("")
    with pytest.raises((OutputLocationError, WriteError), match=r"pairs\.jsonl"):
        append_vote(tmp_path, vote(tmp_path))


def test_a_vote_with_tags_takes_the_place_of_the_one_without(tmp_path: Path) -> None:
    plain = vote(tmp_path)
    append_vote(tmp_path, plain)
    tagged = replace(plain, id="tagged", tags=("noise",))
    replace_vote(tmp_path, plain.id, tagged)
    assert read_votes(tmp_path) == (tagged,)
    assert (tmp_path / JOURNAL).read_bytes().count(b"\n") == 3
