"""The blind comparison with real keys: from C to a vote in the journal, a reason, and Ctrl+Z."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from engine.media.video_reader import probe
from engine.project.project import EventSetup, new_project
from engine.project.project_file import save_project
from engine.project.take_files import add_take_file, sound_hash
from engine.project.vote_journal import read_votes
from engine.records import Take
from msg_studio.studio import Studio
from msg_studio.views.compare.compare_view import CompareView
from tests.journeys.journey import KNOCK, STEP, open_here, project_of, said, wait_until
from tests.msg_studio.scene import make_take

Key = Qt.Key


def made_take(folder: Path, number: int) -> Take:
    """A take of the knock: noise, 6 dB softer with each number."""
    noise = np.random.default_rng(number).uniform(-0.4, 0.4, KNOCK.range.duration_samples) / 2**number
    wav = folder / f"made-{number}.wav"
    soundfile.write(wav, noise.astype(np.float32), 48_000, subtype="PCM_24")
    stored = add_take_file(folder, wav)
    wav.unlink()
    return replace(make_take(KNOCK, number), path=stored, sha256=sound_hash(stored))


@pytest.fixture
def folder(tmp_path: Path, film: Path) -> Path:
    """A saved project: the knock with three takes, the step without any."""
    place = tmp_path / "It's mine.msgproj"
    place.mkdir()
    project = new_project("Mine", probe(film))
    for event, prompt in ((KNOCK, "knock"), (STEP, "step on metal")):
        project = project.with_event(event, EventSetup(prompt=prompt))
    save_project(project.with_takes([made_take(place, number) for number in (1, 2, 3)]), place)
    return place


@pytest.fixture
def view(studio: Studio, qtbot: QtBot, folder: Path) -> CompareView:
    """The page after C on the knock, playing X of the first trial."""
    open_here(studio, qtbot, folder)
    studio.workshop.stage.model.select(KNOCK.id)
    wait_until(qtbot, lambda: studio.window.work.picture.picture is not None)
    qtbot.keyClick(studio.window.work.timeline.canvas, Key.Key_C)
    shown = studio.workshop.compare.view
    assert shown is not None
    wait_until(qtbot, lambda: studio.workshop.stage.playhead.playing)
    return shown


def hear(qtbot: QtBot, view: CompareView, side: str, key: Key) -> None:
    qtbot.keyClick(view, key)
    wait_until(qtbot, lambda: view.plates[side].heard_enough)


def test_from_c_to_a_stored_vote_and_back(
    studio: Studio, qtbot: QtBot, folder: Path, view: CompareView
) -> None:
    stage = studio.workshop.stage
    assert studio.window.pages.currentWidget() is view
    assert view.hasFocus()
    assert stage.playhead.segment is not None
    assert stage.playhead.segment.start_samples == KNOCK.range.start_samples - 24_000
    assert stage.playhead.segment.end_samples == 240_000  # the film's end, half a second after the knock
    assert view.picture.picture is not None
    assert view.plates["X"].state_words == "Playing"

    qtbot.keyClick(view, Key.Key_Right)  # too early: nothing was heard yet
    assert "X was not heard long enough" in view.message.text()
    assert read_votes(folder) == ()
    wait_until(qtbot, lambda: view.plates["X"].heard_enough)
    qtbot.keyClick(view, Key.Key_Right)
    assert "Y was not heard long enough to count: it plays now." in view.message.text()
    assert view.plates["Y"].state_words == "Playing"
    wait_until(qtbot, lambda: view.plates["Y"].heard_enough)
    qtbot.keyClick(view, Key.Key_Tab)
    assert view.plates["X"].state_words == "Playing"

    qtbot.keyClick(view, Key.Key_Left)
    (vote,) = read_votes(folder)
    assert project_of(studio).votes == (vote,)
    assert (vote.verdict, vote.blind, vote.event_id) == ("first", True, KNOCK.id)
    assert min(vote.first.heard_s, vote.second.heard_s) >= 0.5
    assert vote.switches == 2
    assert vote.decision_s > 1
    first, second = vote.first, vote.second
    assert max(first.gain_db, second.gain_db) == 0
    assert min(first.gain_db, second.gain_db) < -5  # the louder take was lowered
    better, worse = (side.take_id[-1] for side in (first, second))
    assert view.result.text() == f"Take {better} preferred to take {worse}"

    qtbot.keyClick(view, Key.Key_N)
    assert view.reasons["N"].isChecked()
    assert [one.tags for one in read_votes(folder)] == [("noise",)]
    qtbot.keyClick(view, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert read_votes(folder) == project_of(studio).votes == ()
    assert view.result.text() == ""
    qtbot.keyClick(view, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "no vote of this comparison" in view.message.text()

    qtbot.keyClick(view, Key.Key_Escape)
    assert studio.window.pages.currentWidget() is studio.window.work
    assert not stage.playhead.playing
    assert (stage.playhead.segment, stage.playhead.looping) == (None, False)


def test_the_page_ends_with_counts_and_the_command_to_train(
    studio: Studio, qtbot: QtBot, folder: Path, view: CompareView
) -> None:
    hear(qtbot, view, "Y", Key.Key_2)
    hear(qtbot, view, "X", Key.Key_1)
    qtbot.keyClick(view, Key.Key_Right)
    for _ in range(2):
        wait_until(qtbot, lambda: studio.workshop.stage.playhead.playing)
        qtbot.keyClick(view, Key.Key_S)
    assert view.ended
    assert "2 pairs passed over" in view.end.title.text()
    assert "1 preference pair in this project so far, from 1 vote." in view.end.counts.text()
    # No adapter can be called "It's mine".
    command = ["msg-train", "tune", "--project", str(folder), "-o", "mine"]
    assert shlex.split(view.end.command.text()) == command
    qtbot.keyClick(view, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert view.end.copy_button.text() == "Copied"
    qtbot.keyClick(view, Key.Key_Return)
    assert studio.window.pages.currentWidget() is studio.window.work


def test_keys_of_the_window_are_silent_meanwhile_and_nothing_on_the_page_names_a_take(
    studio: Studio, qtbot: QtBot, view: CompareView
) -> None:
    model = studio.workshop.stage.model
    before = model.project
    for key in (Key.Key_X, Key.Key_G, Key.Key_M, Key.Key_I, Key.Key_A, Key.Key_3):
        qtbot.keyClick(view, key)
    assert model.project == before
    assert not studio.workshop.orders.unfinished
    parts = [*view.findChildren(QLabel), *view.findChildren(QAbstractButton)]
    words = " ".join(f"{one.text()} {one.toolTip()} {one.accessibleDescription()}" for one in parts)
    for take in before.takes:
        assert take.id not in words
        assert f"ake {take.id[-1]}" not in words


def test_the_mix_and_pause_have_keys_and_pausing_counts_nothing(
    studio: Studio, qtbot: QtBot, view: CompareView
) -> None:
    qtbot.keyClick(view, Key.Key_B)
    assert view.mix_button.isChecked()
    qtbot.keyClick(view, Key.Key_B)
    assert not view.mix_button.isChecked()
    qtbot.keyClick(view, Key.Key_Space)
    assert not studio.workshop.stage.playhead.playing
    assert view.plates["X"].state_words == "Paused"
    assert view.pause_button.text() == "Play"
    qtbot.keyClick(view, Key.Key_Space)
    assert studio.workshop.stage.playhead.playing


def test_an_event_without_two_takes_says_what_is_missing(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    open_here(studio, qtbot, folder)
    studio.workshop.stage.model.select(STEP.id)
    qtbot.keyClick(studio.window.work.timeline.canvas, Key.Key_C)
    assert "two takes" in said(studio)
    assert studio.workshop.compare.view is None


def test_another_project_ends_the_comparison(
    studio: Studio, qtbot: QtBot, view: CompareView, tmp_path: Path, film: Path
) -> None:
    other = tmp_path / "Other.msgproj"
    save_project(new_project("Other", probe(film)), other)
    open_here(studio, qtbot, other)
    assert studio.window.pages.currentWidget() is studio.window.work
    assert not studio.workshop.stage.playhead.playing


def test_a_pair_whose_file_is_gone_is_passed_over(studio: Studio, qtbot: QtBot, folder: Path) -> None:
    open_here(studio, qtbot, folder)
    model = studio.workshop.stage.model
    model.select(KNOCK.id)
    model.project.take("e002_t2").path.unlink()
    qtbot.keyClick(studio.window.work.timeline.canvas, Key.Key_C)
    view = studio.workshop.compare.view
    assert view is not None
    wait_until(qtbot, lambda: studio.workshop.stage.playhead.playing)
    trial = studio.workshop.compare._comparison.trial
    assert {trial.x.id, trial.y.id} == {"e002_t1", "e002_t3"}
