import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from engine.progress import Progress
from msg_studio.qt_models.job_list import KEPT_ENDED, JobList, JobRole, clock_words


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(qtbot: QtBot, qapp: object, clock: Clock) -> JobList:
    model = JobList(qapp, clock=clock)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def text(jobs: JobList, row: int = 0, role: int = Qt.ItemDataRole.DisplayRole) -> object:
    return jobs.data(jobs.index(row), role)


def test_job_waits_runs_and_is_done(jobs: JobList, clock: Clock) -> None:
    jobs.add(7, "Generate 4 takes", event_id="e001")
    assert text(jobs) == "Generate 4 takes · waiting"
    assert jobs.elapsed_s(jobs.job(7)) is None
    jobs.progress(7, Progress("denoise", 12, 25))
    clock.now_s += 65
    assert text(jobs) == "Generate 4 takes · denoise 12/25 · 48 % · 1:05"
    assert text(jobs, role=JobRole.PERCENT) == 48
    jobs.finish(7)
    clock.now_s += 1000
    assert text(jobs) == "Generate 4 takes · done · 1:05"
    assert (text(jobs, role=JobRole.STATE), text(jobs, role=JobRole.PERCENT)) == ("done", 100)


def test_stage_without_steps_shows_no_percent(jobs: JobList) -> None:
    jobs.add(1, "Find events")
    jobs.progress(1, Progress("read picture", 0, 0))
    assert text(jobs) == "Find events · read picture · 0:00"
    assert text(jobs, role=JobRole.PERCENT) == -1


@pytest.mark.parametrize(
    ("kind", "state"), [("MediaError", "failed"), ("interrupted", "interrupted"), ("InputError", "failed")]
)
def test_failed_job_says_why(jobs: JobList, kind: str, state: str) -> None:
    jobs.add(1, "Find events")
    jobs.fail(1, kind, "It went wrong: try again.")
    assert jobs.job(1).state == state
    assert text(jobs, role=JobRole.STATE_WORDS) == f"{state}: It went wrong: try again."
    assert text(jobs, role=Qt.ItemDataRole.ToolTipRole) == "It went wrong: try again."


def test_cancelled_job_says_so_before_and_after(jobs: JobList) -> None:
    jobs.add(1, "Export stems")
    jobs.progress(1, Progress("write stems", 0, 1))
    jobs.cancelling(1)
    jobs.progress(1, Progress("write preview", 0, 1))  # it was under way
    assert jobs.job(1).state == "cancelling"
    jobs.cancelled(1)
    assert jobs.job(1).state == "cancelled"
    jobs.cancelling(1)
    assert jobs.job(1).state == "cancelled"


def test_late_progress_does_not_wake_an_ended_job(jobs: JobList) -> None:
    jobs.add(1, "Find events")
    jobs.finish(1)
    jobs.progress(1, Progress("denoise", 1, 2))
    assert jobs.job(1).state == "done"


def test_event_is_busy_while_a_job_for_it_is_open(jobs: JobList) -> None:
    jobs.add(1, "Generate", event_id="e001")
    jobs.add(2, "Generate", event_id="e001")
    assert jobs.running_for("e001")
    assert not jobs.running_for("e002")
    jobs.finish(1)
    assert (jobs.running_for("e001"), jobs.unfinished()) == (True, (2,))
    jobs.fail(2, "InputError", "")
    assert (jobs.running_for("e001"), jobs.unfinished()) == (False, ())


def test_time_left_follows_the_median_of_its_kind(jobs: JobList, clock: Clock) -> None:
    for number, seconds in enumerate((10, 50, 12), start=1):  # 2 seconds of sound each
        jobs.add(number, "Generate", kind="generate", amount=2.0)
        jobs.progress(number, Progress("denoise", 1, 25))
        assert (jobs.remaining_s(jobs.job(number)) is None) == (number == 1)
        clock.now_s += seconds
        jobs.finish(number)
    jobs.add(4, "Generate", kind="generate", amount=4.0)
    assert jobs.remaining_s(jobs.job(4)) is None  # it waits
    jobs.progress(4, Progress("denoise", 1, 25))
    clock.now_s += 4
    # Median of 5, 25 and 6 seconds for one of sound is 6; 4 of sound take 24, of which 4 are over.
    assert jobs.remaining_s(jobs.job(4)) == pytest.approx(20)
    assert text(jobs, 3, JobRole.REMAINING) == "about 0:20 left"
    clock.now_s += 21
    assert text(jobs, 3, JobRole.REMAINING) == ""  # nothing is promised any more


def test_failed_jobs_teach_nothing_about_time(jobs: JobList) -> None:
    jobs.add(1, "Generate", kind="generate")
    jobs.progress(1, Progress("denoise", 1, 25))
    jobs.fail(1, "interrupted", "")
    jobs.add(2, "Generate", kind="generate")
    jobs.progress(2, Progress("denoise", 1, 25))
    assert jobs.remaining_s(jobs.job(2)) is None


def test_running_job_is_told_again_each_second_and_an_ended_one_is_not(jobs: JobList, qtbot: QtBot) -> None:
    jobs.add(1, "Generate")
    jobs.progress(1, Progress("denoise", 1, 25))
    with qtbot.waitSignal(jobs.changed, timeout=5_000):
        pass
    jobs.finish(1)
    with qtbot.assertNotEmitted(jobs.changed, wait=1_200):
        pass


def test_ended_jobs_are_forgotten_in_the_end_and_open_ones_never(jobs: JobList) -> None:
    jobs.add(0, "waits for ever")
    for number in range(1, KEPT_ENDED + 3):
        jobs.add(number, "Find events")
        jobs.finish(number)
    kept = [job.number for job in jobs.jobs]
    assert kept == [0, *range(3, KEPT_ENDED + 3)]
    with pytest.raises(KeyError):
        jobs.job(1)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.9, "0:00"), (7, "0:07"), (61, "1:01"), (3_599.9, "59:59"), (3_723, "1:02:03")]
)
def test_durations_read_as_a_clock(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words
