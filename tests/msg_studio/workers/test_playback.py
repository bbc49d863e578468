from collections.abc import Callable, Iterator

import miniaudio
import numpy as np
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from msg_studio.qt_models.playhead import Playhead
from msg_studio.workers.audio_output import AudioOutput, MiniaudioOutput, SilentOutput
from msg_studio.workers.mixer import LaidSound
from msg_studio.workers.playback import Playback
from tests.msg_studio.workers.hand_output import HandOutput

SECOND = 48_000
FILM = 10 * SECOND

Make = Callable[..., Playback]


@pytest.fixture
def owner() -> Iterator[QObject]:
    parent = QObject()
    yield parent
    parent.deleteLater()


@pytest.fixture
def playhead(owner: QObject) -> Playhead:
    head = Playhead(owner)
    head.set_duration(FILM)
    return head


@pytest.fixture
def make(owner: QObject, playhead: Playhead) -> Iterator[Make]:
    made: list[Playback] = []

    def make_one(*outputs: AudioOutput) -> Playback:
        waiting = list(outputs)
        made.append(Playback(playhead, owner, open_output=lambda **_options: waiting.pop(0)))
        return made[-1]

    yield make_one
    for playback in made:
        playback.shut_down()


def test_the_playhead_follows_what_was_consumed(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    make(output)
    playhead.play()
    for seconds in (1, 2, 3):
        output.play(SECOND)
        wanted = seconds * SECOND
        qtbot.waitUntil(lambda wanted=wanted: abs(playhead.position - wanted) <= 1)


def test_nothing_moves_while_the_device_consumes_nothing(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    playback = make(HandOutput())
    playhead.play()
    for _tick in range(5):
        qtbot.waitSignal(playback.level).wait()
    assert playhead.position == 0


def test_the_position_is_what_is_heard_not_what_is_mixed(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    output = HandOutput(delay_frames=4800)
    make(output)
    playhead.play()
    output.play(SECOND)
    qtbot.waitUntil(lambda: abs(playhead.position - (SECOND - 4800)) <= 1)


def test_playing_sounds_and_stopping_silences(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    playback = make(output)
    playback.set_sounds([LaidSound(0, np.ones(FILM, dtype=np.float32))])
    assert not output.play(960).any()
    playhead.play()
    assert output.play(960)[-1, 0] == 1
    playhead.stop()
    assert not output.play(960)[-1].any()


def test_the_picture_stays_where_stop_was_pressed(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput(delay_frames=4800)
    playback = make(output)
    playhead.play()
    output.play(SECOND)
    qtbot.waitUntil(lambda: playhead.position > SECOND // 2)
    playhead.stop()
    stopped_at = playhead.position
    output.play(SECOND)
    for _tick in range(3):
        qtbot.waitSignal(playback.level).wait()
    assert playhead.position == stopped_at
    playhead.play()
    output.play(4800 + 480)  # what was queued, then one block from where the stop was
    qtbot.waitUntil(lambda: playhead.position > stopped_at)
    assert playhead.position <= stopped_at + 480


def test_a_seek_while_playing_never_shows_the_old_place_again(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    output = HandOutput(delay_frames=4800)
    playback = make(output)
    playhead.play()
    output.play(SECOND)
    qtbot.waitUntil(lambda: playhead.position > SECOND // 2)
    playhead.seek(5 * SECOND)
    seen: list[int] = []
    playhead.moved.connect(seen.append)
    for _block in range(20):
        output.play(480)
        qtbot.waitSignal(playback.level).wait()
    assert seen
    assert min(seen) >= 5 * SECOND
    assert playhead.position == pytest.approx(5 * SECOND + 20 * 480 - 4800, abs=1)


@pytest.mark.parametrize(("speed", "expected"), [(2.0, 6), (8.0, 10), (0.25, 4.25), (-1.0, 3), (-8.0, 0)])
def test_the_position_runs_at_the_asked_speed(
    qtbot: QtBot, make: Make, playhead: Playhead, speed: float, expected: float
) -> None:
    output = HandOutput()
    make(output)
    playhead.seek(4 * SECOND)
    playhead.play(speed)
    output.play(SECOND)
    qtbot.waitUntil(lambda: abs(playhead.position - expected * SECOND) <= 1)


def test_playing_stops_at_the_end_and_begins_again_at_the_start(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    output = HandOutput()
    make(output)
    playhead.seek(FILM - 1000)
    playhead.play()
    output.play(4800)
    qtbot.waitUntil(lambda: not playhead.playing)
    assert playhead.position == FILM
    playhead.play()
    assert playhead.position == 0
    output.play(4800)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(4800, abs=1))


def test_reverse_stops_at_the_start(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    make(output)
    playhead.seek(1000)
    playhead.play(-1)
    output.play(4800)
    qtbot.waitUntil(lambda: not playhead.playing)
    assert playhead.position == 0


def test_the_marked_segment_is_looped(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    make(output)
    playhead.set_mark_in(SECOND)
    playhead.set_mark_out(2 * SECOND)
    playhead.set_looping(True)
    playhead.play()
    assert playhead.position == SECOND
    output.play(SECOND + SECOND // 2)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(SECOND + SECOND // 2, abs=1))
    playhead.set_looping(False)
    output.play(SECOND)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(2 * SECOND + SECOND // 2, abs=1))


def test_a_loop_without_marks_repeats_the_film(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    make(output)
    playhead.set_looping(True)
    playhead.seek(FILM - SECOND)
    playhead.play()
    output.play(3 * SECOND)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(2 * SECOND, abs=1))
    assert playhead.playing


def test_the_picture_is_led_by_the_monitor_offset(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    playback = make(output)
    playback.set_monitor_offset_ms(100)
    playhead.play()
    output.play(SECOND)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(SECOND + 4800, abs=1))


@pytest.mark.parametrize("on", [True, False])
def test_scrubbing_while_stopped_sounds_when_wanted(make: Make, playhead: Playhead, on: bool) -> None:
    output = HandOutput()
    playback = make(output)
    playback.set_sounds([LaidSound(0, np.ones(FILM, dtype=np.float32))])
    playback.set_scrub_sound(on)
    output.play(960)
    playhead.seek(SECOND)
    assert bool(output.play(960).any()) == on
    output.play(4800)
    assert playhead.position == SECOND


def test_peaks_reach_the_meter(qtbot: QtBot, make: Make, playhead: Playhead) -> None:
    output = HandOutput()
    playback = make(output)
    playback.set_sounds([LaidSound(0, np.full(FILM, 0.5, dtype=np.float32))])
    playhead.play()
    output.play(4800)
    with qtbot.waitSignal(playback.level, check_params_cb=lambda left, right: left == right == 0.5):
        pass


def test_underruns_are_counted(qtbot: QtBot, make: Make) -> None:
    output = HandOutput()
    playback = make(output)
    with qtbot.waitSignal(playback.underrun) as told:
        output.feed.underruns = 2
    assert told.args == [2]


def test_a_mixer_that_stumbles_is_shown(qtbot: QtBot, make: Make) -> None:
    output = HandOutput()
    playback = make(output)
    with qtbot.waitSignal(playback.fault) as told:
        output.feed.fault = "ValueError: odd"
    assert told.args is not None
    assert "ValueError: odd" in told.args[0]


def test_rescan_closes_the_old_device_and_goes_on_at_the_same_place(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    old, new = HandOutput("No sound device", audible=False), HandOutput("Sound: card")
    playback = make(old, new)
    playhead.play()
    old.play(SECOND)
    qtbot.waitUntil(lambda: abs(playhead.position - SECOND) <= 1)
    with qtbot.waitSignal(playback.output_changed) as told:
        playback.rescan()
    assert (told.args, playback.audible, old.stopped) == (["Sound: card"], True, True)
    here = playhead.position
    playhead.play()
    new.play(SECOND)
    qtbot.waitUntil(lambda: playhead.position == pytest.approx(here + SECOND, abs=1))


def test_a_device_that_went_away_gives_way_to_the_computer_clock(
    qtbot: QtBot, make: Make, playhead: Playhead
) -> None:
    output = HandOutput()
    playback = make(output)
    playhead.play()
    output.play(480)
    with qtbot.waitSignal(playback.output_changed) as told:
        output.now_s += 60  # time goes on and nothing is asked for
    assert told.args is not None
    assert "The sound device went away" in told.args[0]
    assert (playback.audible, output.stopped, playhead.playing) == (False, True, False)
    playhead.play()
    qtbot.waitUntil(lambda: playhead.position > SECOND // 10)


def test_sound_goes_on_while_the_window_is_busy(make: Make, playhead: Playhead) -> None:
    output = SilentOutput("off")
    playback = make(output)
    playback.set_sounds([LaidSound(0, np.ones(FILM, dtype=np.float32))])
    playhead.play()
    begun = output.feed.clock.frames_asked
    while output.feed.clock.frames_asked < begun + SECOND // 4:
        sum(range(1000))  # no event loop runs here
    assert playhead.position == 0  # the window did not get to it
    assert output.feed.clock.frames_asked >= begun + SECOND // 4


@pytest.mark.parametrize("kind", ["silent", "null"])
def test_the_picture_is_within_a_block_of_what_the_sink_consumed(
    qtbot: QtBot, make: Make, playhead: Playhead, kind: str
) -> None:
    """A real-time sink: at every step the position lies between what was heard before and after it."""
    output = SilentOutput("off") if kind == "silent" else MiniaudioOutput([miniaudio.Backend.NULL])
    make(output)
    playhead.play()
    clock = output.feed.clock
    offs: list[int] = []
    # Frames of silence before the play order reached the mixer shift all positions alike.
    playhead.moved.connect(lambda position: offs.append(clock.frames_heard() - position))
    qtbot.waitUntil(lambda: playhead.position > SECOND // 2)
    assert max(offs) - min(offs) <= 960


def test_shut_down_closes_the_device(make: Make) -> None:
    output = HandOutput()
    make(output).shut_down()
    assert output.stopped
