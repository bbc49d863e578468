"""Work on files: in another thread, in order, answered in the window's."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from engine.errors import StudioError, WriteError
from msg_studio.workers.file_work import FileWork


@pytest.fixture
def work(qtbot: QtBot) -> Iterator[FileWork]:
    made = FileWork()
    yield made
    made.shut_down()


def fail(_error: StudioError) -> None:
    pytest.fail("nothing should fail here")


def test_pieces_run_in_order_elsewhere_and_are_answered_here(qtbot: QtBot, work: FileWork) -> None:
    answers: list[tuple[int, bool, bool]] = []
    for number in range(20):
        work.run(
            lambda number=number: (number, threading.current_thread() is threading.main_thread()),  # type: ignore[misc]
            done=lambda told: answers.append((*told, threading.current_thread() is threading.main_thread())),
            failed=fail,
        )
    qtbot.waitUntil(lambda: len(answers) == 20)
    assert answers == [(number, False, True) for number in range(20)]


def test_our_errors_are_answered(qtbot: QtBot, work: FileWork) -> None:
    told: list[StudioError] = []

    def refuse() -> None:
        raise WriteError("full")

    work.run(refuse, done=lambda _: pytest.fail("it failed"), failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert str(told[0]) == "full"


def test_faults_of_the_program_are_not_swallowed(qtbot: QtBot, work: FileWork) -> None:
    with capture_exceptions() as faults:
        work.run(lambda: 1 // 0, done=lambda _: None, failed=fail)
        qtbot.waitUntil(lambda: not work.busy)
    assert [fault[0] for fault in faults] == [ZeroDivisionError]


def test_it_says_when_it_is_busy(qtbot: QtBot, work: FileWork) -> None:
    told: list[bool] = []
    work.busy_changed.connect(told.append)
    work.run(lambda: None, done=lambda _: None, failed=fail)
    work.run(lambda: None, done=lambda _: None, failed=fail)
    qtbot.waitUntil(lambda: not work.busy)
    assert told == [True, False]


def test_shutting_down_drops_nothing(work: FileWork) -> None:
    done: list[int] = []
    for number in range(5):
        work.run(lambda number=number: done.append(number), done=lambda _: None, failed=fail)  # type: ignore[misc]
    work.shut_down()
    assert done == [0, 1, 2, 3, 4]
