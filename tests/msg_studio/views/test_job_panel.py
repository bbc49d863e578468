import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.progress import Progress
from msg_studio.qt_models.job_list import JobList
from msg_studio.views.job_panel import JobPanel


class HandClock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jobs(qapp: QApplication, clock: HandClock) -> JobList:
    return JobList(qapp, clock=clock)


@pytest.fixture
def panel(qtbot: QtBot, jobs: JobList) -> JobPanel:
    panel = JobPanel(jobs)
    qtbot.addWidget(panel)
    panel.resize(420, 250)
    return panel


def test_without_jobs_the_panel_is_not_there(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    assert not panel.isVisible()
    jobs.add(1, "Find events")
    qtbot.waitUntil(panel.isVisible)
    assert panel.summary.text() == "Jobs: 1 waiting"
    jobs.finish(1)
    qtbot.waitUntil(lambda: not panel.isVisible())


def test_a_running_job_shows_stage_progress_and_time(
    qtbot: QtBot, jobs: JobList, panel: JobPanel, clock: HandClock
) -> None:
    jobs.add(1, "Generate 4 takes")
    jobs.progress(1, Progress("denoise", 12, 25))
    clock.now_s = 65.0
    jobs.progress(1, Progress("denoise", 12, 25))
    qtbot.waitUntil(lambda: 1 in panel.rows and panel.rows[1].times.text() == "1:05")
    row = panel.rows[1]
    assert (row.words.text(), row.stage.text()) == ("Generate 4 takes", "denoise 12/25")
    assert (row.bar.value(), row.bar.maximum()) == (48, 100)
    assert panel.summary.text() == "Jobs: 1 running"
    assert row.accessibleName() == "Generate 4 takes: denoise 12/25"


def test_a_job_is_cancelled_by_its_button(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    jobs.add(7, "Find events")
    qtbot.waitUntil(lambda: 7 in panel.rows)
    with qtbot.waitSignal(panel.cancel_wanted) as asked:
        qtbot.mouseClick(panel.rows[7].cancel_button, Qt.MouseButton.LeftButton)
    assert asked.args == [7]
    jobs.cancelling(7)
    qtbot.waitUntil(lambda: panel.rows[7].stage.text() == "cancelling")
    assert not panel.rows[7].cancel_button.isEnabled()


def test_a_job_that_was_interrupted_can_be_retried(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    jobs.add(3, "Export stems")
    jobs.fail(3, "interrupted", "the engine stopped")
    qtbot.waitUntil(lambda: 3 in panel.rows and panel.rows[3].retry_button.isVisible())
    assert panel.rows[3].stage.text() == "interrupted: the engine stopped"
    assert not panel.rows[3].cancel_button.isVisible()
    with qtbot.waitSignal(panel.retry_wanted) as asked:
        qtbot.mouseClick(panel.rows[3].retry_button, Qt.MouseButton.LeftButton)
    assert asked.args == [3]


def test_failed_jobs_stay_until_they_are_cleared(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    for number in (1, 2):
        jobs.add(number, f"Job {number}")
    jobs.fail(1, "MediaError", "The film is gone.")
    qtbot.waitUntil(lambda: panel.clear_button.isVisible())
    assert panel.summary.text() == "Jobs: 1 waiting, 1 failed"
    qtbot.mouseClick(panel.clear_button, Qt.MouseButton.LeftButton)
    assert list(panel.rows) == [2]
    assert panel.summary.text() == "Jobs: 1 waiting"


def test_a_flood_of_messages_is_shown_now_and_then(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    jobs.add(1, "Generate")
    shown: list[str] = []
    qtbot.waitUntil(lambda: 1 in panel.rows)
    show_job = panel.rows[1].show_job
    panel.rows[1].show_job = lambda job, times: (shown.append(job.stage), show_job(job, times=times))  # type: ignore[method-assign,assignment,func-returns-value]
    for step in range(1000):
        jobs.progress(1, Progress(f"step {step}", step, 1000))
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[-1] == "step 999"
    assert len(shown) < 10


def test_words_that_wrap_make_the_row_higher(qtbot: QtBot, jobs: JobList, panel: JobPanel) -> None:
    jobs.add(1, "Export stems")
    jobs.fail(1, "OutputLocationError", "Cannot write there because " + "of many reasons " * 12)
    qtbot.waitUntil(lambda: 1 in panel.rows)
    wide, narrow = (panel.rows[1].height_at(width) for width in (800, 250))
    assert narrow > wide
