import numpy as np
import pytest

from msg_studio.workers.stream_clock import StreamClock, StreamFeed, plausible_delay_s

SECOND = 48_000


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_frame_is_heard_after_the_delay() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(4800, at_s=time.now_s, delay_s=0.06)
    assert clock.frames_heard() == 0
    time.now_s += 0.06 + 0.01  # 10 ms into the block
    assert clock.frames_heard() == pytest.approx(480, abs=1)


def test_no_more_is_heard_than_was_asked_for() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(480, at_s=time.now_s, delay_s=0.0)
    time.now_s += 5
    assert clock.frames_heard() == 480


def test_time_never_runs_back_when_the_device_states_a_longer_delay() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(4800, at_s=time.now_s, delay_s=0.0)
    time.now_s += 0.1
    assert clock.frames_heard() == 4800
    clock.note(4800, at_s=time.now_s, delay_s=0.09)
    assert clock.frames_heard() == 4800


def test_jitter_of_the_calls_moves_the_clock_by_a_tenth_of_it() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(SECOND, at_s=100.0, delay_s=0.0)
    clock.note(SECOND, at_s=101.05, delay_s=0.0)  # called 50 ms late: stream time 1 s
    time.now_s = 101.5
    assert clock.frames_heard() == pytest.approx(SECOND * 1.495, abs=2)


def test_a_pause_of_the_device_is_taken_over_at_once() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(480, at_s=100.0, delay_s=0.0)
    clock.note(480, at_s=103.0, delay_s=0.0)
    time.now_s = 103.005
    assert clock.frames_heard() == pytest.approx(480 + 240, abs=1)


def test_a_drifting_device_is_followed_within_a_millisecond() -> None:
    time = Time()
    clock = StreamClock(time)
    for block in range(3000):  # the device is 0.02 % fast: 30 s of blocks in 29.994 s
        time.now_s = 100.0 + block * 0.01 * 0.9998
        clock.note(480, at_s=time.now_s, delay_s=0.0)
    assert clock.frames_heard() == pytest.approx(2999 * 480, abs=48)


def test_quiet_time_is_told() -> None:
    time = Time()
    clock = StreamClock(time)
    clock.note(480, at_s=time.now_s, delay_s=0.0)
    time.now_s += 3
    assert clock.quiet_s() == 3


@pytest.mark.parametrize("stated_s", [0.0, -4.0, 1e6, float("nan")])
def test_an_impossible_delay_gives_way_to_the_buffer(stated_s: float) -> None:
    assert plausible_delay_s(stated_s, buffer_s=0.06) == 0.06


def test_a_possible_delay_is_used() -> None:
    assert plausible_delay_s(0.043, buffer_s=0.06) == 0.043


def test_a_fill_that_fails_gives_silence_and_is_remembered() -> None:
    def fail(block: np.ndarray) -> None:
        block.fill(1)
        raise ZeroDivisionError("no way")

    feed = StreamFeed(fail)
    block = np.ones((16, 2), dtype=np.float32)
    feed.ask(block, delay_s=0.0)
    assert not block.any()
    assert feed.fault == "ZeroDivisionError: no way"
    assert feed.clock.frames_asked == 16
