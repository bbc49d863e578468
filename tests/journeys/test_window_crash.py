"""A window process that dies or is ended by the system: the next start gives back what was done."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.project.recovery import find_recoveries
from msg_studio.studio import Studio
from msg_studio.views.recovery_view import RecoveryView
from tests.journeys.journey import (
    answer,
    dialog_of,
    project_of,
    running_studio,
    wait_until,
    window_process_environment,
)

ROOT_OF_TREE = Path(__file__).parents[2]
LIMIT_S = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ends processes by signal")


@pytest.fixture
def window(tmp_path: Path, film: Path) -> Iterator["subprocess.Popen[str]"]:
    """A window in a process of its own that has edited a new project."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.window_process", str(film)],
        env=window_process_environment(tmp_path / "user"),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT_OF_TREE,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "edited\n"
            yield process
        finally:
            process.kill()


def recover(studio: Studio, qtbot: QtBot) -> None:
    view = dialog_of(studio, qtbot, RecoveryView)
    view.recover.click()
    wait_until(qtbot, lambda: studio.workshop.stage.model.is_open)


def test_killed_window_gives_its_edits_back_at_the_next_start(
    qtbot: QtBot, window: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    window.send_signal(signal.SIGKILL)
    assert window.wait(LIMIT_S) == -signal.SIGKILL
    with running_studio(qtbot) as studio:
        view = dialog_of(studio, qtbot, RecoveryView)
        assert view.table.item(0, 0).text() == "walk"
        view.later.click()  # nothing is removed
    with running_studio(qtbot) as studio:
        recover(studio, qtbot)
        project = project_of(studio)
        assert sorted(project.setup(event.id).prompt for event in project.events) == ["cup", "step"]
        assert [len(event.hit_points) for event in project.events].count(1) == 1
        model = studio.workshop.stage.model
        assert (model.folder, model.unsaved) == (None, True)
        wait_until(qtbot, lambda: studio.window.work.picture.picture is not None)
        studio.window.close()
        answer(studio, qtbot, "Cancel")
        assert model.is_open
        with qtbot.waitSignal(studio.workshop.files.saved):
            studio.workshop.files.save_as(tmp_path / "Walk")
        studio.window.close()
        wait_until(qtbot, lambda: not studio.window.isVisible())
    assert find_recoveries() == ()


def test_recovered_window_that_is_killed_again_still_has_them(
    qtbot: QtBot, window: "subprocess.Popen[str]"
) -> None:
    window.kill()
    window.wait(LIMIT_S)
    with running_studio(qtbot) as studio:
        recover(studio, qtbot)
    # Ended without a word of the user, as by the system: the copy was not given up.
    (found,) = find_recoveries()
    assert found.events == 2


def test_discarded_work_is_gone_on_the_users_word_only(qtbot: QtBot, window: "subprocess.Popen[str]") -> None:
    window.kill()
    window.wait(LIMIT_S)
    with running_studio(qtbot) as studio:
        view = dialog_of(studio, qtbot, RecoveryView)
        view.discard.click()
        question = dialog_of(studio, qtbot, QMessageBox)
        question.button(QMessageBox.StandardButton.Discard).click()
        wait_until(qtbot, lambda: not studio.window.findChildren(RecoveryView))
    assert find_recoveries() == ()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_window_ended_by_the_system_keeps_even_what_is_being_typed(
    qtbot: QtBot, window: "subprocess.Popen[str]", ending: signal.Signals
) -> None:
    window.send_signal(ending)
    assert window.wait(LIMIT_S) == 128 + ending
    with running_studio(qtbot) as studio:
        recover(studio, qtbot)
        project = project_of(studio)
        prompts = sorted(project.setup(event.id).prompt for event in project.events)
        assert prompts == ["cup", "step on gravel"]
