import os
import signal
import threading

import pytest

from trainer.stop_request import GO_ON, RunStopped, StopRequest, listening_for_stop


def test_first_signal_is_noted_and_the_second_acts_as_ever() -> None:
    before = signal.getsignal(signal.SIGINT)
    with listening_for_stop() as request:
        assert request.reason == GO_ON
        os.kill(os.getpid(), signal.SIGINT)
        assert request.reason == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_former_actions_come_back_after_a_failure() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), listening_for_stop():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGTERM) is before


def test_other_threads_leave_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    found: list[tuple[StopRequest, object]] = []

    def work() -> None:
        with listening_for_stop() as request:
            found.append((request, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0][0].reason == GO_ON
    assert found[0][1] is before


def test_exit_code_is_that_of_shells() -> None:
    assert RunStopped(signal.SIGINT, "Stopped.").exit_code == 130
