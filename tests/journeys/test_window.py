"""The journey by hand, through the real window, with the real engine process and the starter weights."""

from pathlib import Path

import soundfile
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.assets import asset_path
from engine.project.project_file import open_project
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio import commands
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio

ENGINE_MS = 60_000
QUICK = GenerateOptions(takes=2, steps=4, guidance=2.5, seed=1)
DEMO = asset_path("demo", "demo.mp4")


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
