"""Votes of the window: in the journal at once, in the project, undone and given anew."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.errors import ProjectError, WriteError
from engine.project.project_file import open_project
from engine.project.vote_journal import JOURNAL, read_votes
from engine.project.votes import Vote, new_vote
from msg_studio import commands
from msg_studio.ballot import Ballot
from msg_studio.qt_models.project_model import ProjectModel
from tests.msg_studio.scene import STEP, opened_project, saved_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved_project(tmp_path)


@pytest.fixture
def model(qapp: QApplication, folder: Path) -> ProjectModel:
    model = ProjectModel(qapp)
    model.show_project(open_project(folder), folder)
    return model


@pytest.fixture
def ballot(model: ProjectModel) -> Ballot:
    return Ballot(model, model)


def vote_on(model: ProjectModel) -> Vote:
    first, second = model.project.takes_of(STEP.id)
    return new_vote(first, second, verdict="second", blind=True)


def test_a_vote_is_in_journal_and_project_at_once(model: ProjectModel, ballot: Ballot, folder: Path) -> None:
    vote = vote_on(model)
    ballot.give(vote)
    assert read_votes(folder) == model.project.votes == (vote,)
    assert model.undo_stack.undoText() == "take 2 preferred to take 1"
    assert model.unsaved


def test_undo_revokes_and_redo_gives_it_anew(model: ProjectModel, ballot: Ballot, folder: Path) -> None:
    vote = vote_on(model)
    ballot.give(vote)
    model.undo_stack.undo()
    assert read_votes(folder) == model.project.votes == ()
    assert (folder / JOURNAL).read_bytes().count(b"\n") == 2  # nothing was rewritten
    model.undo_stack.redo()
    (again,) = read_votes(folder)
    assert again.id != vote.id
    assert replace(again, id=vote.id) == vote
    model.undo_stack.undo()
    assert read_votes(folder) == ()


def test_undoing_an_edit_leaves_votes_alone(model: ProjectModel, ballot: Ballot) -> None:
    commands.choose_take(model, "e001_t1")
    ballot.give(vote_on(model))
    model.put_votes(model.project.votes, "nothing")
    assert ballot.last is not None
    commands.choose_take(model, "e001_t2")
    assert ballot.last is None
    model.undo_stack.undo()
    assert len(model.project.votes) == 1
    assert ballot.last == model.project.votes[0]


def test_reasons_come_and_go_without_rewriting_the_journal(
    model: ProjectModel, ballot: Ballot, folder: Path
) -> None:
    assert ballot.tag_last("N") == ()
    ballot.give(vote_on(model))
    before = (folder / JOURNAL).read_bytes()
    assert ballot.tag_last("N") == ("noise",)
    assert ballot.tag_last("T") == ("noise", "timing")
    assert ballot.tag_last("N") == ("timing",)
    (vote,) = read_votes(folder)
    assert vote.tags == ("timing",)
    assert (folder / JOURNAL).read_bytes().startswith(before)
    model.undo_stack.undo()
    assert read_votes(folder) == model.project.votes == ()


def test_a_project_never_saved_keeps_votes_until_the_first_save(qapp: QApplication) -> None:
    model = ProjectModel(qapp)
    model.show_project(opened_project())
    ballot = Ballot(model, model)
    told = []
    model.recorded.connect(lambda project, words: told.append((len(project.votes), words)))
    ballot.give(vote_on(model))
    assert told == [(1, "take 2 preferred to take 1")]
    model.undo_stack.undo()
    assert model.project.votes == ()


def test_a_read_only_project_takes_no_votes(model: ProjectModel, ballot: Ballot, folder: Path) -> None:
    model.read_only_reason = "it is open elsewhere"
    with pytest.raises(ProjectError, match="read-only: it is open elsewhere"):
        ballot.give(vote_on(model))
    assert read_votes(folder) == model.project.votes == ()


def test_a_vote_the_disk_refuses_is_no_vote(model: ProjectModel, ballot: Ballot, folder: Path) -> None:
    vote = vote_on(model)
    (folder / "prefs").write_text("a file where the folder should be")
    with pytest.raises(WriteError, match="pairs.jsonl failed"):
        ballot.give(vote)
    assert model.project.votes == ()
    assert not model.undo_stack.canUndo()


def test_an_undo_the_disk_refuses_leaves_the_vote(model: ProjectModel, ballot: Ballot, folder: Path) -> None:
    vote = vote_on(model)
    ballot.give(vote)
    told: list[str] = []
    ballot.problem.connect(told.append)
    os.rename(folder / "prefs", folder / "kept")
    (folder / "prefs").write_text("a file where the folder should be")
    model.undo_stack.undo()
    assert model.project.votes == (vote,)
    assert "stands" in told[0]
    model.undo_stack.redo()
    assert model.project.votes == (vote,)
