"""Votes of a project that was really made: film, events, takes of a small model, votes."""

import shutil
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.clip import open_clip
from engine.errors import ProjectError
from engine.generation import LEAD_TOKENS, conditioned
from engine.model_store import StarterModel, read_card
from engine.project.project import Project, new_project
from engine.project.project_file import save_project
from engine.project.project_lock import ProjectLock
from engine.project.take_files import take_path
from engine.project.vote_journal import JOURNAL, append_vote, read_votes
from engine.project.votes import Verdict, Vote, new_vote
from engine.records import Event, HitPoint, Take
from engine.session import EngineSession
from engine.take_maker import generation_request
from engine.takes import TakeOrder
from engine.timing import TimeRange
from msg_studio.event_knobs import with_knob
from tests.coded_film import even_pts, make_film
from tests.engine.small_networks import write_small_model
from trainer.preference.project_votes import (
    ProjectPairs,
    at_heard_levels,
    level_of_event,
    pairs_of_project,
)

EVENT = Event("e001", "props", "METLImpt", TimeRange(28_800, 48_000), (HitPoint(36_000),), 1.0, "")
ORDER = TakeOrder(EVENT, "IMPT_metal", prompt="metal", takes=3, seed=5, steps=1)


@dataclass(frozen=True)
class Made:
    """A saved project with three takes and no votes, and the model that made them."""

    folder: Path
    project: Project
    model: StarterModel

    @property
    def takes(self) -> tuple[Take, ...]:
        return self.project.takes


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("project")
    model = write_small_model(place)
    session = EngineSession(model="small", models_folder=place)
    clip = session.open(make_film(place / "walk.mp4", pts=even_pts(40, Fraction(25))))
    takes = session.generate(clip, ORDER, place)
    project = new_project("Walk", clip.info).with_event(EVENT).with_takes(takes)
    folder = place / "Walk.msgproj"
    return Made(folder, save_project(project, folder), StarterModel(read_card(model)))


@pytest.fixture
def made(original: Made, tmp_path: Path) -> Made:
    folder = tmp_path / "Walk.msgproj"
    shutil.copytree(original.folder, folder)
    return replace(original, folder=folder)


def vote(made: Made, first: int = 0, second: int = 1, verdict: Verdict = "first") -> Vote:
    given = new_vote(made.takes[first], made.takes[second], verdict=verdict, blind=True)
    append_vote(made.folder, given)
    return given


def read(made: Made) -> ProjectPairs:
    return pairs_of_project(made.folder, made.model)


def test_pair_has_the_conditions_that_generation_makes(made: Made) -> None:
    vote(made, verdict="second")
    found = read(made)
    assert found.account() == [f"{made.folder}: 1 votes give 1 pairs"]
    pair = found.pairs[0].pair
    assert made.project.clip is not None
    clip = open_clip(made.project.clip.path)
    given = conditioned(made.model.generator, clip, generation_request(clip, ORDER))
    assert pair.tokens == given.noise.shape[1] - LEAD_TOKENS
    assert torch.equal(pair.given.control, given.inputs.control[:, LEAD_TOKENS:])
    assert torch.equal(pair.given.classes, given.inputs.classes)
    assert torch.equal(pair.given.level, given.inputs.level)
    grid = given.inputs.grid[:, LEAD_TOKENS:, : made.model.generator.config.grid_channels]
    assert torch.equal(pair.given.grid, grid.half())
    assert int((pair.given.control[..., :4] > 0).sum()) == 1  # the hit point


def test_chosen_side_is_the_take_that_was_chosen(made: Made) -> None:
    vote(made, 0, 1, "second")
    vote(made, 0, 2, "first")
    first, second = (one.pair for one in read(made).pairs)
    assert torch.equal(first.rejected, second.chosen)  # take 0 on both
    assert not torch.allclose(first.chosen, first.rejected, atol=1e-2)


def test_latents_are_those_of_the_sound_at_the_levels_heard(made: Made) -> None:
    even = vote(made)
    plain = read(made).pairs[0].pair
    louder = replace(even, first=replace(even.first, gain_db=6.0), second=replace(even.second, gain_db=6.0))
    (made.folder / JOURNAL).unlink()
    append_vote(made.folder, louder)
    assert torch.allclose(read(made).pairs[0].pair.chosen, plain.chosen)  # both alike: nothing changes
    apart = replace(even, second=replace(even.second, gain_db=-12.0))
    (made.folder / JOURNAL).unlink()
    append_vote(made.folder, apart)
    moved = read(made).pairs[0].pair
    assert not torch.allclose(moved.chosen, plain.chosen, atol=1e-3)


def test_levels_heard_keep_the_mean_level() -> None:
    one = np.ones(4, dtype=np.float32)
    up, down = at_heard_levels([one, one], [0.0, -12.0])
    assert up[0] == pytest.approx(10 ** (6 / 20))
    assert down[0] == pytest.approx(10 ** (-6 / 20))


def test_project_open_in_the_studio_is_read_as_it_is(made: Made) -> None:
    lock = ProjectLock(made.folder)
    assert lock.acquire() == ""
    try:
        vote(made)
        before = sorted(path.name for path in made.folder.rglob("*"))
        assert len(read(made).pairs) == 1
        assert sorted(path.name for path in made.folder.rglob("*")) == before
    finally:
        lock.release()


def test_bad_lines_are_named_and_the_other_votes_count(made: Made) -> None:
    vote(made)
    with (made.folder / JOURNAL).open("a") as journal:
        journal.write('{"kind": "vote", "id": "v9"}\n')
    vote(made, 1, 2)
    with pytest.raises(ProjectError):
        read_votes(made.folder)
    found = read(made)
    assert len(found.pairs) == 2
    assert "pairs.jsonl line 2 was left out" in found.bad_lines[0]
    assert found.bad_lines[0] in found.account()


def test_take_whose_file_is_missing_is_named_and_the_others_count(made: Made) -> None:
    vote(made, 0, 1)
    vote(made, 1, 2)
    take_path(made.folder, made.takes[2].sha256).unlink()
    found = read(made)
    assert len(found.pairs) == 1
    assert found.unusable == 1
    assert f"file of take {made.takes[2].id} is missing" in found.left_out[0]
    assert "1 not usable" in found.account()[0]


def test_take_whose_file_was_changed_is_named(made: Made) -> None:
    vote(made)
    path = take_path(made.folder, made.takes[0].sha256)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    assert f"file of take {made.takes[0].id} was changed" in read(made).left_out[0]


def test_takes_of_another_model_are_counted_and_those_with_an_adapter_stay(made: Made) -> None:
    strange, tuned = vote(made, 0, 1), vote(made, 1, 2)
    (made.folder / JOURNAL).unlink()
    append_vote(made.folder, replace(strange, first=replace(strange.first, model_sha256="0" * 64)))
    append_vote(made.folder, replace(tuned, first=replace(tuned.first, adapter="1" * 64)))
    found = read(made)
    assert (len(found.pairs), found.other_model) == (1, 1)
    assert "1 of another model" in found.account()[0]


def test_missing_film_is_said_once(made: Made, tmp_path: Path) -> None:
    assert made.project.clip is not None
    gone = replace(made.project, clip=replace(made.project.clip, path=tmp_path / "gone.mp4"))
    save_project(gone, made.folder)
    vote(made, 0, 1)
    vote(made, 1, 2)
    found = read(made)
    assert found.pairs == ()
    assert len(found.left_out) == 1
    assert "gone.mp4 is not there" in found.left_out[0]
    assert " and 1 more" in found.left_out[0]


def test_vote_on_another_film_and_on_an_event_never_saved_are_named(made: Made) -> None:
    other, unsaved = vote(made, 0, 1), vote(made, 1, 2)
    (made.folder / JOURNAL).unlink()
    append_vote(made.folder, replace(other, clip_fingerprint="0" * 64))
    append_vote(made.folder, replace(unsaved, event_id="e777"))
    found = read(made)
    assert "another film" in found.left_out[0]
    assert "e777 is not in the last save" in found.left_out[1]


def test_takes_asked_for_as_two_sounds_are_no_pair(made: Made) -> None:
    odd = vote(made)
    (made.folder / JOURNAL).unlink()
    gravel = replace(EVENT, cat_id="FEETHmn")
    save_project(made.project.with_event(gravel), made.folder)
    first, second = replace(odd.first, prompt="gravel"), replace(odd.second, prompt="wood")
    append_vote(made.folder, replace(odd, first=first, second=second))
    found = read(made)
    # The small model knows gravel alone, so that both prompts lead to it: a pair.
    assert len(found.pairs) == 1
    known = StarterModel(made.model.card)
    known.generator.config = replace(
        known.generator.config, classes=("FEET_gravel", "FEET_wood", "IMPT_metal")
    )
    assert "FEET_gravel, the other as FEET_wood" in pairs_of_project(made.folder, known).left_out[0]


def test_level_of_an_event_is_the_one_the_studio_keeps() -> None:
    project = new_project("Walk")
    assert level_of_event(project, "e001") == 0.0
    assert level_of_event(with_knob(project, "e001", "level_db", -6.0), "e001") == -6.0
    assert level_of_event(replace(project, settings={"level_db of e001": "loud"}), "e001") == 0.0


def test_folder_without_a_project_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no project at"):
        pairs_of_project(tmp_path / "None.msgproj", made.model)
