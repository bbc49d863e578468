import builtins
import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import miniaudio
import numpy as np
import pytest

from engine.errors import DeviceError, InputError
from msg_studio.workers.audio_output import (
    MiniaudioOutput,
    SilentOutput,
    SoundDeviceOutput,
    open_output,
)

FAR_FUTURE_S = 30


class Consumed:
    """Fills with ones until a number of frames was asked for."""

    def __init__(self, frames: int) -> None:
        self.wanted = frames
        self.frames = 0
        self.enough = threading.Event()

    def __call__(self, block: np.ndarray) -> None:
        block.fill(1)
        self.frames += len(block)
        if self.frames >= self.wanted:
            self.enough.set()


class FakeStream:
    def __init__(self, **options: Any) -> None:
        self.options = options
        self.latency: float | tuple[float, float] = 0.05
        self.closed = False
        self.started = False

    def start(self) -> None:
        self.started = True

    def close(self) -> None:
        self.closed = True

    def call(self, frames: int, *, dac_s: float = 10.03, now_s: float = 10.0, underflow: bool = False) -> Any:
        block = np.full((frames, 2), np.nan, dtype=np.float32)
        times = SimpleNamespace(outputBufferDacTime=dac_s, currentTime=now_s)
        self.options["callback"](block, frames, times, SimpleNamespace(output_underflow=underflow))
        return block


class FakePortAudioError(Exception):
    pass


class FakePortAudio(ModuleType):
    """What of sounddevice is used."""

    PortAudioError = FakePortAudioError

    def __init__(self, *, card: bool = True) -> None:
        super().__init__("sounddevice")
        self.card = card
        self.streams: list[FakeStream] = []
        self.initialised = 0

    def OutputStream(self, **options: Any) -> FakeStream:  # noqa: N802 - sounddevice's name
        if not self.card:
            raise self.PortAudioError("Error querying device -1")
        self.streams.append(FakeStream(**options))
        return self.streams[-1]

    def query_devices(self, *, kind: str) -> dict[str, str]:
        assert kind == "output"
        return {"name": "Built-in Audio"}

    def _terminate(self) -> None:
        self.initialised -= 1

    def _initialize(self) -> None:
        self.initialised += 1
        self.card = True


@pytest.fixture(autouse=True)
def no_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MSG_AUDIO", raising=False)


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    library = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    return library


@pytest.fixture
def no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    really_import = builtins.__import__

    def fail(name: str, *rest: Any) -> ModuleType:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return really_import(name, *rest)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", fail)


@pytest.fixture
def no_miniaudio_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_options: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", fail)


@pytest.fixture
def miniaudio_on_null(monkeypatch: pytest.MonkeyPatch) -> None:
    def null_only() -> list[miniaudio.Backend]:
        return [miniaudio.Backend.NULL]

    monkeypatch.setattr("msg_studio.workers.audio_output._hearing_backends", null_only)


def test_sounddevice_comes_first(portaudio: FakePortAudio) -> None:
    output = open_output()
    assert (output.name, output.audible, output.words) == ("sounddevice", True, "Sound: Built-in Audio")
    assert portaudio.streams[0].started
    assert portaudio.streams[0].options["samplerate"] == 48_000
    assert output.latency_s == 0.05


@pytest.mark.usefixtures("no_portaudio", "miniaudio_on_null")
def test_miniaudio_stands_in_for_a_missing_portaudio_library() -> None:
    output = open_output()
    output.stop()
    assert output.name == "miniaudio"
    assert "install libportaudio2" in output.words


@pytest.mark.usefixtures("miniaudio_on_null")
def test_miniaudio_stands_in_where_portaudio_finds_no_card(portaudio: FakePortAudio) -> None:
    portaudio.card = False
    output = open_output()
    output.stop()
    assert output.name == "miniaudio"
    assert "Error querying device -1" in output.words


@pytest.mark.usefixtures("no_portaudio", "no_miniaudio_device")
def test_without_any_device_the_computer_clock_runs_and_says_so() -> None:
    output = open_output()
    assert (output.name, output.audible) == ("silent", False)
    assert output.words == (
        "No sound device: timing runs on the computer clock; install libportaudio2 for sound"
    )
    assert len(output.reasons) == 2


@pytest.mark.usefixtures("no_miniaudio_device")
def test_with_the_library_and_no_card_the_advice_is_another(portaudio: FakePortAudio) -> None:
    portaudio.card = False
    assert open_output().words.endswith("computer clock; connect one and press Rescan")


def test_this_machine_gets_an_output_that_runs() -> None:
    output = open_output()
    consumed = Consumed(4800)
    output.start(consumed)
    try:
        assert consumed.enough.wait(FAR_FUTURE_S)
    finally:
        output.stop()


@pytest.mark.usefixtures("portaudio")
def test_the_environment_switches_sound_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSG_AUDIO", "silent")
    assert open_output().name == "silent"


def test_an_unknown_output_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'loud': use auto, silent, sounddevice or miniaudio"):
        open_output("loud")


@pytest.mark.usefixtures("no_miniaudio_device")
def test_rescan_looks_for_devices_again(portaudio: FakePortAudio) -> None:
    portaudio.card = False
    assert open_output().name == "silent"
    assert open_output(rescan=True).name == "sounddevice"  # the fake finds its card when initialised
    assert portaudio.initialised == 0


def test_sounddevice_is_fed_silence_until_someone_fills(portaudio: FakePortAudio) -> None:
    output = SoundDeviceOutput()
    assert not portaudio.streams[0].call(480).any()
    output.start(Consumed(480))
    assert portaudio.streams[0].call(480).min() == 1
    assert output.feed.clock.frames_asked == 480
    output.stop()
    assert portaudio.streams[0].closed


def test_sounddevice_counts_underruns(portaudio: FakePortAudio) -> None:
    output = SoundDeviceOutput()
    output.start(Consumed(480))
    for underflow in (True, False, True):
        portaudio.streams[0].call(480, underflow=underflow)
    assert output.feed.underruns == 2


def test_a_latency_pair_is_understood(portaudio: FakePortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = FakeStream()
    stream.latency = (0.2, 0.07)
    monkeypatch.setattr(portaudio, "OutputStream", lambda **_options: stream)
    assert SoundDeviceOutput().latency_s == 0.07


@pytest.mark.usefixtures("no_portaudio")
def test_a_missing_library_is_a_device_error() -> None:
    with pytest.raises(DeviceError, match="libportaudio2"):
        SoundDeviceOutput()


@pytest.mark.parametrize("kind", ["silent", "null"])
def test_a_clock_without_ears_consumes_in_real_time(kind: str) -> None:
    output = SilentOutput("off") if kind == "silent" else MiniaudioOutput([miniaudio.Backend.NULL])
    consumed = Consumed(24_000)
    began_s = output.feed.clock.now_s()
    output.start(consumed)
    try:
        assert consumed.enough.wait(FAR_FUTURE_S)
        took_s = output.feed.clock.now_s() - began_s
        clock = output.feed.clock
        assert 0 <= clock.frames_asked - clock.frames_heard() <= 48_000 * output.latency_s + 1920
    finally:
        output.stop()
    # Half a second less what may lie in the buffer: nothing runs ahead of time, as ALSA's null device does.
    assert took_s > 0.5 - 0.1


def test_the_silent_clock_asks_no_more_after_its_stop() -> None:
    output = SilentOutput("off")
    consumed = Consumed(480)
    before = set(threading.enumerate())  # windows of other tests may have clocks of their own
    output.start(consumed)
    assert consumed.enough.wait(FAR_FUTURE_S)
    (clock,) = set(threading.enumerate()) - before
    output.stop()
    frames = consumed.frames
    assert clock.name == "silent clock"
    assert not clock.is_alive()
    assert consumed.frames == frames
