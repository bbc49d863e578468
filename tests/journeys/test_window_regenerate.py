"""A stretch of a take made anew by hand: marks, key, new takes beside the old, saved and opened again."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.project.project_file import open_project
from engine.records import Take
from engine.timing import TimeRange
from msg_studio.studio import Studio
from tests.journeys.journey import notice, open_here, project_of, said, wait_until


def takes_of(studio: Studio) -> tuple[Take, ...]:
    return project_of(studio).takes_of("e001")


def make_takes(studio: Studio, qtbot: QtBot, *, count: int) -> None:
    """Ask for takes of the first event and wait for them."""
    before = len(takes_of(studio))
    inspector = studio.window.work.inspector
    inspector.order.takes.setValue(count)
    wait_until(qtbot, inspector.order.button.isEnabled)
    studio.window.action("generate").trigger()
    wait_until(qtbot, lambda: len(takes_of(studio)) == before + count)


def mark(studio: Studio, start: int, end: int) -> None:
    """Mark a stretch by the keys I and O."""
    playhead, canvas = studio.workshop.stage.playhead, studio.window.work.timeline.canvas
    for sample, key in ((start, Qt.Key.Key_I), (end, Qt.Key.Key_O)):
        playhead.seek(sample)
        QTest.keyClick(canvas, key)
    assert playhead.segment == TimeRange(start, end)


@pytest.fixture
def with_takes(studio: Studio, qtbot: QtBot, folder: Path) -> Studio:
    open_here(studio, qtbot, folder)
    make_takes(studio, qtbot, count=2)
    return studio


def test_a_stretch_of_the_chosen_take_is_made_anew_beside_it(
    with_takes: Studio, qtbot: QtBot, folder: Path
) -> None:
    studio, window = with_takes, with_takes.window
    old = takes_of(studio)
    mark(studio, 48_000, 72_000)
    window.work.takes.remake.strength.setValue(30)
    qtbot.keyClick(window.work.timeline.canvas, Qt.Key.Key_R)
    wait_until(qtbot, lambda: len(takes_of(studio)) == 4)
    assert takes_of(studio)[:2] == old
    assert [take.id.startswith(f"{old[0].id}_r") for take in takes_of(studio)[2:]] == [True, True]
    assert len({take.seed for take in takes_of(studio)}) == 4
    assert project_of(studio).chosen_take("e001") == old[0]
    assert said(studio) == (
        "2 takes arrived; 01:00:01:00 to 01:00:01:12 made anew, joined there to take 1; they differ clearly"
    )
    window.action("choose 3").trigger()
    window.action("undo").trigger()
    assert project_of(studio).chosen_take("e001") == old[0]
    assert len(takes_of(studio)) == 4  # undo loses no take
    with qtbot.waitSignal(studio.workshop.files.saved, timeout=60_000):
        window.action("save").trigger()
    assert open_project(folder).takes[3].remade == TimeRange(48_000, 72_000)
    assert window.work.takes.takes.record(2).number_words == "3 ←1"


def test_marks_that_do_not_fit_are_said_and_start_nothing(with_takes: Studio, qtbot: QtBot) -> None:
    window = with_takes.window
    window.action("regenerate").trigger()
    assert "with I and O first" in said(with_takes)
    mark(with_takes, 0, 48_000)
    window.action("regenerate").trigger()
    assert "take 1 runs from 01:00:00:15 to 01:00:03:00: move the marks inside it" in said(with_takes)
    assert not with_takes.workshop.stage.jobs.unfinished()


def test_words_the_model_does_not_know_stand_above_until_takes_come_without_them(
    with_takes: Studio, qtbot: QtBot
) -> None:
    form = with_takes.window.work.inspector.form
    form.lines["negative_prompt"].setText("qwertz")
    make_takes(with_takes, qtbot, count=2)
    assert notice(with_takes).startswith("Not wanted, but unknown: qwertz. The takes were made all the same")
    form.lines["negative_prompt"].setText("")
    form.settle()
    form.options.variation.setValue(10)
    make_takes(with_takes, qtbot, count=2)
    assert notice(with_takes) == ""
    assert said(with_takes) == "2 takes arrived; they hardly differ: raise Variation under More"
