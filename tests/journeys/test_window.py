"""The journey by hand, through the real window, with the real engine process and the starter weights."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.assets import asset_path
from engine.project.project_file import open_project
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio import commands
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio
from msg_studio.workers.engine_process import engine_command
from tests.journeys.journey import running_studio

ENGINE_MS = 60_000
QUICK = GenerateOptions(takes=2, steps=4, guidance=2.5, seed=1)
DEMO = asset_path("demo", "demo.mp4")


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """The window as it is installed, its engine starting beside the test."""
    with running_studio(qtbot, command=engine_command()) as running:
        yield running


def wait_for_jobs(studio: Studio, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: bool(studio.workshop.stage.jobs.jobs) and not studio.workshop.stage.jobs.unfinished(),
        timeout=ENGINE_MS,
    )
    failed = [job.message for job in studio.workshop.stage.jobs.jobs if job.state != "done"]
    assert failed == []


def test_from_a_film_to_stems_by_hand(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    workshop = studio.workshop
    stage = workshop.stage
    model, window = stage.model, stage.window
    studio.open(DEMO)
    qtbot.waitUntil(lambda: model.is_open and window.work.picture.picture is not None, timeout=ENGINE_MS)
    assert stage.playhead.duration == model.project.clip.duration_samples

    window.action("find").trigger()
    wait_for_jobs(studio, qtbot)
    suggested = [
        event for event in model.project.events if model.project.setup(event.id).status == "suggested"
    ]
    assert suggested
    model.select(suggested[0].id)
    window.action("accept").trigger()
    assert model.project.setup(suggested[0].id).status == "to do"

    by_hand = commands.make_event(
        model, "props", TimeRange(0, PROJECT_RATE_HZ), hits=[PROJECT_RATE_HZ // 4], prompt="wooden knock"
    )
    workshop.orders.generate(by_hand.id, QUICK)
    wait_for_jobs(studio, qtbot)
    takes = model.project.takes_of(by_hand.id)
    assert len(takes) == 2
    assert model.project.chosen_take(by_hand.id) == takes[0]
    assert window.work.maps.plots is not None

    qtbot.keyClick(window.work.timeline.canvas, Qt.Key.Key_2, Qt.KeyboardModifier.ShiftModifier)
    assert model.project.chosen_take(by_hand.id) == takes[1]
    qtbot.keyClick(window.work.timeline.canvas, Qt.Key.Key_1)
    assert stage.playhead.playing
    qtbot.waitUntil(lambda: stage.playhead.position > 0, timeout=5000)
    qtbot.keyClick(window.work.timeline.canvas, Qt.Key.Key_Space)
    assert not stage.playhead.playing

    stage.playhead.set_mark_in(PROJECT_RATE_HZ // 5)
    stage.playhead.set_mark_out(PROJECT_RATE_HZ // 2)
    window.work.inspector.order.takes.setValue(1)
    window.action("regenerate").trigger()
    wait_for_jobs(studio, qtbot)
    anew = model.project.takes_of(by_hand.id)[2]
    assert anew.layers[0].source_take_id == takes[0].id  # the one looked at since it was heard
    assert anew.remade is not None
    assert anew.remade.holds(PROJECT_RATE_HZ // 3)
    assert model.project.chosen_take(by_hand.id) == takes[1]

    workshop.orders.export(tmp_path / "out", preview=True, cue_sheet=True)
    wait_for_jobs(studio, qtbot)
    stem = soundfile.info(next((tmp_path / "out" / "stems").glob("*.wav")))
    assert (stem.samplerate, stem.subtype) == (48_000, "PCM_24")
    assert soundfile.info(tmp_path / "out" / "mix.wav").frames == stage.playhead.duration

    with qtbot.waitSignal(workshop.files.saved, timeout=ENGINE_MS):
        workshop.files.save_as(tmp_path / "Film.msgproj")
    assert not model.unsaved
    saved = open_project(tmp_path / "Film.msgproj")
    assert saved.chosen_take(by_hand.id).sha256 == takes[1].sha256
    assert saved.chosen_take(by_hand.id).path.is_file()


def test_a_saved_project_is_there_again_with_takes_maps_and_new_seeds(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    model, window = studio.workshop.stage.model, studio.window
    canvas = window.work.timeline.canvas
    with qtbot.waitSignal(studio.workshop.files.opened, timeout=ENGINE_MS):
        studio.open(DEMO)
    first = commands.make_event(model, "props", TimeRange(0, PROJECT_RATE_HZ), prompt="wooden knock")
    second = commands.make_event(
        model, "feet", TimeRange(2 * PROJECT_RATE_HZ, 3 * PROJECT_RATE_HZ), prompt="step"
    )
    qtbot.waitUntil(lambda: studio.workshop.engine.state == "ready", timeout=ENGINE_MS)

    for _ in range(2):  # the second order is given while the first one waits
        workshop_order(studio, first.id)
    wait_for_jobs(studio, qtbot)
    workshop_order(studio, first.id)
    wait_for_jobs(studio, qtbot)
    seeds = [take.seed for take in model.project.takes_of(first.id)]
    assert len(set(seeds)) == len(seeds) == 3

    commands.choose_take(model, model.project.takes_of(first.id)[2].id)
    maps = window.work.maps
    model.select(first.id)
    assert maps.pages.currentWidget() is maps.plots
    model.select(second.id)
    for file in studio.workshop.shelf.folder.rglob("*.npz"):  # the cache may be emptied at any time
        file.unlink()
    model.select(first.id)
    assert maps.pages.currentWidget() is not maps.plots
    qtbot.keyClick(canvas, Qt.Key.Key_H)
    wait_for_jobs(studio, qtbot)
    assert maps.pages.currentWidget() is maps.plots
    with qtbot.waitSignal(studio.workshop.files.saved, timeout=ENGINE_MS):
        studio.workshop.files.save_as(tmp_path / "Film")
    saved = model.project
    window.action("close").trigger()
    assert not model.is_open
    assert window.pages.currentWidget() is window.welcome

    with qtbot.waitSignal(studio.workshop.files.opened, timeout=ENGINE_MS):
        studio.open(tmp_path / "Film.msgproj")
    assert model.project == saved
    assert model.selected is not None
    model.select(first.id)
    assert model.selected_take == saved.chosen_take(first.id)
    assert [window.work.takes.takes.record(row).take.seed for row in range(3)] == seeds
    qtbot.waitUntil(lambda: window.work.maps.plots is not None, timeout=ENGINE_MS)
    qtbot.waitUntil(lambda: window.work.picture.picture is not None, timeout=ENGINE_MS)
    assert not studio.workshop.orders.unfinished


def test_a_job_is_cancelled_by_its_button_and_the_next_one_runs(studio: Studio, qtbot: QtBot) -> None:
    model, panel = studio.workshop.stage.model, studio.window.work.jobs
    with qtbot.waitSignal(studio.workshop.files.opened, timeout=ENGINE_MS):
        studio.open(DEMO)
    event = commands.make_event(model, "props", TimeRange(0, PROJECT_RATE_HZ), prompt="wooden knock")
    orders = studio.workshop.orders
    orders.generate(event.id, replace(QUICK, takes=4, steps=200))
    orders.generate(event.id, replace(QUICK, takes=1, seed=50))
    jobs = studio.workshop.stage.jobs
    qtbot.waitUntil(lambda: jobs.job(1).stage == "denoise", timeout=ENGINE_MS)
    qtbot.waitUntil(lambda: 1 in panel.rows, timeout=ENGINE_MS)
    qtbot.mouseClick(panel.rows[1].cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not jobs.unfinished(), timeout=ENGINE_MS)
    assert [job.state for job in jobs.jobs] == ["cancelled", "done"]
    assert [take.seed for take in model.project.takes] == [50]


def workshop_order(studio: Studio, event_id: str) -> None:
    """Ask for one quick take with a seed of the window's choice."""
    studio.window.work.inspector.generate_wanted.emit(event_id, replace(QUICK, takes=1, seed=None))
