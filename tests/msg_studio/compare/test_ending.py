import shlex
from pathlib import Path

from msg_studio.compare.ending import LEAST_PAIRS, EndWords, end_words, tune_command
from tests.msg_studio.compare.test_pairing import judged, project_with, with_blind_votes
from tests.msg_studio.scene import STEP
from trainer.preference import tune_votes

FOLDER = Path("/films/Night alley.msgproj")


def words(project: object, folder: Path | None = FOLDER) -> EndWords:
    return end_words(project, STEP.id, subject="Cue 1 · steps", folder=folder)


def test_the_page_and_the_trainer_mean_the_same_number_of_pairs() -> None:
    assert LEAST_PAIRS == tune_votes.LEAST_PAIRS


def test_pairs_that_were_passed_over_are_counted() -> None:
    project = project_with(0.1, 0.6, 0.2)
    assert words(project).title == "Cue 1 · steps: 3 pairs passed over"
    some = project.with_votes([judged(project, 1, 2), judged(project, 1, 3)])
    assert words(some).title == "Cue 1 · steps: 1 pair passed over"
    every = project.with_votes([*some.votes, judged(project, 2, 3)])
    assert words(every).title == "Cue 1 · steps: every pair is judged"
    assert words(every).counts.startswith("3 preference pairs in this project so far, from 3 votes.")


def test_the_command_comes_with_the_first_pair_of_a_saved_project() -> None:
    project = project_with(0.1, 0.6, 0.2)
    assert words(project).command == ""
    assert "Training needs pairs" in words(project).advice
    one = project.with_votes([judged(project, 1, 2)])
    assert words(one).command == "msg-train tune --project '/films/Night alley.msgproj' -o 'Night alley'"
    assert "From 20 pairs on" in words(one).advice
    assert words(one, None).command == ""
    assert "Save the project" in words(one, None).advice
    assert "From 20" not in words(with_blind_votes(project, 20)).advice


def test_the_adapter_is_called_like_the_project_where_it_can_be() -> None:
    assert shlex.split(tune_command(Path("/a/Alley.msgproj")))[-2:] == ["-o", "Alley"]
    assert shlex.split(tune_command(Path("/a/It's.msgproj")))[-1] == "mine"
