"""msg-engine vote on a saved project: given, taken back, listed, refused."""

import json
import socket
from pathlib import Path

import pytest

from engine.project.project_file import open_project, save_project
from engine.project.project_lock import LOCK_FILE, ProjectLock
from engine.project.vote_journal import read_votes
from tests.engine.cli.program import Outcome, assert_refused, assert_refused_in_json, engine
from tests.engine.project.samples import full_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Event e001 with takes t1 and t2 and one vote for t1, event e002 without takes."""
    place = tmp_path / "Film.msgproj"
    save_project(full_project(tmp_path, tmp_path / "film.mp4"), place)
    return place


def vote(folder: Path, *more: object, verdict: str = "second") -> Outcome:
    sides = ("--event", "e001", "--first", "t1", "--second", "t2")
    return engine("vote", folder, *sides, "--verdict", verdict, *more)


def test_a_vote_is_written_with_its_sides_and_tags(folder: Path) -> None:
    outcome = vote(folder, "--blind", "--tags", "N, timing,n", "--json")
    document = outcome.document
    assert (outcome.status, document["command"], document["pairs"]) == (0, "vote", 2)
    assert document["open_elsewhere"] == ""
    written = read_votes(folder)[-1]
    assert written.id == document["vote"]["id"]
    assert (written.verdict, written.blind, written.tags) == ("second", True, ("noise", "timing"))
    assert (written.first.take_id, written.second.take_id) == ("t1", "t2")
    assert not (folder / LOCK_FILE).exists()


@pytest.mark.parametrize(
    ("word", "verdict"), [("first", "first"), ("both-good", "both good"), ("both-bad", "both bad")]
)
def test_each_verdict_has_its_word(folder: Path, word: str, verdict: str) -> None:
    assert vote(folder, verdict=word).status == 0
    written = read_votes(folder)[-1]
    assert (written.verdict, written.blind) == (verdict, False)


def test_a_vote_is_taken_back_by_a_further_line(folder: Path) -> None:
    given = vote(folder, "--json").document["vote"]["id"]
    outcome = engine("vote", folder, "--revoke", given, "--json")
    assert (outcome.status, outcome.document["revoked"], outcome.document["pairs"]) == (0, given, 1)
    assert given not in {one.id for one in read_votes(folder)}
    assert_refused(engine("vote", folder, "--revoke", given), 2, given, "lists them")


def test_votes_are_listed_for_people_and_as_a_document(folder: Path) -> None:
    vote(folder, verdict="both-good")
    said = engine("vote", folder).out
    assert "t1 preferred to t2  (timing)" in said
    assert "t1 and t2 both good" in said
    assert "votes: 2, pairs: 1" in said
    document = engine("vote", folder, "--json").document
    assert [one["verdict"] for one in document["votes"]] == ["first", "both good"]
    assert (document["pairs"], document["repeats"]) == (1, 0)


def test_a_project_open_in_a_window_takes_the_vote_and_says_so(folder: Path) -> None:
    window = ProjectLock(folder)
    assert window.acquire() == ""
    outcome = vote(folder)
    assert outcome.status == 0
    assert "open for editing by" in outcome.out
    assert "opened again" in outcome.out
    window.release()
    assert len(open_project(folder).votes) == 2


def test_a_project_open_on_another_machine_refuses(folder: Path) -> None:
    holder = {"host": f"not-{socket.gethostname()}", "pid": 7, "user": "ann", "since": "2026-01-01T10:00:00"}
    (folder / LOCK_FILE).write_text(json.dumps(holder), encoding="utf-8")
    before = read_votes(folder)
    assert_refused(vote(folder), 2, f"not-{socket.gethostname()}", "Edit anyway")
    assert read_votes(folder) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--event", "e009"), ("No event 'e009'", "e001, e002")),
        (("--first", "t9"), ("--first 't9'", "t1, t2")),
        (("--second", "t1"), ("both 't1'", "two takes")),
        (("--event", "e002"), ("no take of event e002", "none")),
        (("--tags", "X"), ("--tags 'x'", "timing (T)")),
        (("--revoke", "abc"), ("exclude each other",)),
    ],
)
def test_what_is_no_pair_is_refused_by_name(
    folder: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    before = read_votes(folder)
    assert_refused(vote(folder, *options), 2, *words)
    assert read_votes(folder) == before


def test_no_project_is_refused(tmp_path: Path) -> None:
    outcome = engine("vote", tmp_path / "Nothing.msgproj", "--json")
    assert_refused_in_json(outcome, 2, "ProjectError", "no project at")
