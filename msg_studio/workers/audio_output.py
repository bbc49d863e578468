"""Where sound goes: sounddevice, else miniaudio, else a silent clock that asks for blocks in real time.

An output is open and running from its making until `stop`, and fed silence until `start`:
opening a device when Space is pressed would cost a pause and a click.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any, Protocol

import miniaudio
import numpy as np

from engine.errors import DeviceError, InputError
from engine.timing import PROJECT_RATE_HZ
from msg_studio.workers.stream_clock import Fill, StereoBlock, StreamFeed, plausible_delay_s

BLOCK_FRAMES = PROJECT_RATE_HZ // 100  # 10 ms
BUFFER_S = 0.06
PREFERENCE = "MSG_AUDIO"

_CHANNELS = 2
_PERIOD_MS = 20
_PERIODS = 3
_LONGEST_GAP_S = 1.0
_ON_COMPUTER_CLOCK = "timing runs on the computer clock"
_LIBRARY = "libportaudio2"


class AudioOutput(Protocol):
    """A running stereo stream at 48 kHz.

    Attributes:
        name: sounddevice, miniaudio or silent.
        words: What runs, and why nothing better does, short enough for the status line.
        reasons: Why each better output does not run.
        audible: Whether anything can be heard.
        feed: Clock, underruns and fault of the stream; one that counts nothing before `start`.
    """

    name: str
    words: str
    reasons: tuple[str, ...]
    audible: bool
    feed: StreamFeed

    @property
    def latency_s(self) -> float:
        """Time from asking for a frame until it is heard."""

    def start(self, fill: Fill) -> None:
        """Let the stream ask ``fill`` for its blocks, (F, 2) float32, from now on."""

    def stop(self) -> None:
        """Close the stream for good; ``fill`` is not called any more afterwards."""


class SoundDeviceOutput:
    """The default device through PortAudio.

    Raises:
        DeviceError: When the library or a device is missing.
    """

    name = "sounddevice"
    audible = True
    reasons: tuple[str, ...] = ()

    def __init__(self, *, rescan: bool = False) -> None:
        library = _portaudio(rescan=rescan)
        self.feed = StreamFeed(_silence)
        self._latency_s = BUFFER_S
        try:
            self._stream = library.OutputStream(
                samplerate=PROJECT_RATE_HZ,
                channels=_CHANNELS,
                dtype="float32",
                blocksize=BLOCK_FRAMES,
                latency=BUFFER_S,
                callback=self._ask,
            )
            self._stream.start()
            self.words = f"Sound: {library.query_devices(kind='output')['name']}"
        except library.PortAudioError as error:
            raise DeviceError(f"sounddevice found no sound device ({error})") from error
        self._latency_s = _one_latency(self._stream.latency)

    @property
    def latency_s(self) -> float:
        """What PortAudio states, where it can be true."""
        return self._latency_s

    def start(self, fill: Fill) -> None:
        """Let the device ask for its blocks."""
        self.feed = StreamFeed(fill)

    def stop(self) -> None:
        """Close the device."""
        self._stream.close()

    def _ask(self, block: StereoBlock, _frames: int, times: Any, status: Any) -> None:
        feed = self.feed
        if status.output_underflow:
            feed.underruns += 1
        stated_s = times.outputBufferDacTime - times.currentTime
        feed.ask(block, delay_s=plausible_delay_s(stated_s, buffer_s=self._latency_s))


class MiniaudioOutput:
    """The default device through miniaudio, which carries its device code with it.

    Raises:
        DeviceError: When no device can be opened.
    """

    name = "miniaudio"
    audible = True
    reasons: tuple[str, ...] = ()

    def __init__(self, backends: list[miniaudio.Backend] | None = None) -> None:
        self.feed = StreamFeed(_silence)
        self._block = np.zeros((BLOCK_FRAMES, _CHANNELS), dtype=np.float32)
        try:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=_CHANNELS,
                sample_rate=PROJECT_RATE_HZ,
                buffersize_msec=_PERIOD_MS,
                callback_periods=_PERIODS,
                backends=backends or _hearing_backends(),
                app_name="MultiSoundGen Studio",
            )
            blocks = self._blocks()
            next(blocks)
            self._device.start(blocks)
        except miniaudio.MiniaudioError as error:
            raise DeviceError("miniaudio found no sound device") from error
        self.words = f"Sound: miniaudio ({self._device.backend})"

    @property
    def latency_s(self) -> float:
        """Length of the buffer; miniaudio states no times."""
        return _PERIODS * _PERIOD_MS / 1000

    def start(self, fill: Fill) -> None:
        """Let the device ask for its blocks."""
        self.feed = StreamFeed(fill)

    def stop(self) -> None:
        """Close the device."""
        self._device.close()

    def _blocks(self) -> Generator[StereoBlock, int, None]:
        """What miniaudio draws its blocks from; it is told the frames wanted and gives them."""
        frames = yield self._block[:0]
        while True:
            if frames > len(self._block):
                self._block = np.zeros((frames, _CHANNELS), dtype=np.float32)
            block = self._block[:frames]
            feed = self.feed
            if feed.clock.frames_asked and feed.clock.quiet_s() > self.latency_s + frames / PROJECT_RATE_HZ:
                feed.underruns += (
                    1  # miniaudio reports none: the buffer is empty when it is asked for so late
                )
            feed.ask(block, delay_s=self.latency_s - _PERIOD_MS / 1000)
            frames = yield block


class SilentOutput:
    """No sound: a thread that asks for blocks as fast as a device would."""

    name = "silent"
    audible = False

    def __init__(self, words: str, *, reasons: tuple[str, ...] = ()) -> None:
        self.words = words
        self.reasons = reasons
        self.feed = StreamFeed(_silence)
        self._block = np.zeros((BLOCK_FRAMES, _CHANNELS), dtype=np.float32)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def latency_s(self) -> float:
        """Nothing waits."""
        return 0.0

    def start(self, fill: Fill) -> None:
        """Ask for blocks in real time."""
        self.stop()
        self.feed = StreamFeed(fill)
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, name="silent clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        clock = self.feed.clock
        due_s = clock.now_s()
        while not self._ended.wait(max(0.0, due_s - clock.now_s())):
            late_s = clock.now_s() - due_s
            if late_s > _LONGEST_GAP_S:  # the computer slept: go on from now
                due_s += late_s
            # Late by as much as this call is: the first frame was due then.
            self.feed.ask(self._block, delay_s=due_s - clock.now_s())
            due_s += BLOCK_FRAMES / PROJECT_RATE_HZ


def open_output(preferred: str = "auto", *, rescan: bool = False) -> AudioOutput:
    """The best output that works here.

    Args:
        preferred: auto, or the name of an output to begin with; MSG_AUDIO in the environment wins.
        rescan: Whether devices may have come or gone since the last output was opened.

    Raises:
        InputError: When there is no output of that name.
    """
    wanted = os.environ.get(PREFERENCE) or preferred
    makers: dict[str, Callable[[], AudioOutput]] = {
        "sounddevice": lambda: SoundDeviceOutput(rescan=rescan),
        "miniaudio": MiniaudioOutput,
    }
    if wanted == "silent":
        return SilentOutput(f"Sound is switched off ({PREFERENCE}=silent): {_ON_COMPUTER_CLOCK}")
    if wanted != "auto" and wanted not in makers:
        raise InputError(
            f"{PREFERENCE} or the sound setting is {wanted!r}: use auto, silent, {' or '.join(makers)}."
        )
    _quieten_alsa()
    return _first_that_opens(makers if wanted == "auto" else {wanted: makers[wanted]})


def _first_that_opens(makers: dict[str, Callable[[], AudioOutput]]) -> AudioOutput:
    reasons: list[str] = []
    for make in makers.values():
        try:
            output = make()
        except DeviceError as error:
            reasons.append(str(error))
            continue
        output.words = "; ".join([output.words, *reasons])
        output.reasons = tuple(reasons)
        return output
    lacks_library = any(_LIBRARY in reason for reason in reasons)
    advice = f"install {_LIBRARY} for sound" if lacks_library else "connect one and press Rescan"
    return SilentOutput(f"No sound device: {_ON_COMPUTER_CLOCK}; {advice}", reasons=tuple(reasons))


def _portaudio(*, rescan: bool) -> ModuleType:
    known = "sounddevice" in sys.modules
    try:
        # Only here: without PortAudio this very import fails, and the window must open all the same.
        import sounddevice
    except OSError as error:
        raise DeviceError(f"sounddevice lacks PortAudio: install {_LIBRARY}") from error
    if rescan and known:
        # PortAudio lists devices once, when it is initialised.
        sounddevice._terminate()
        sounddevice._initialize()
    library: ModuleType = sounddevice
    return library


def _one_latency(stated: float | tuple[float, float]) -> float:
    """The output's latency; a stream with both directions states a pair."""
    latency_s = stated[-1] if isinstance(stated, tuple) else stated
    return latency_s if 0 < latency_s < 1 else BUFFER_S


def _hearing_backends() -> list[miniaudio.Backend]:
    silent = (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)
    return [backend for backend in miniaudio.Backend if backend not in silent]


def _silence(block: StereoBlock) -> None:
    block.fill(0)


def _no_words(*_message: object) -> None:
    """Take a message of ALSA's and say nothing."""


_AlsaHandler = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
_alsa_handler = _AlsaHandler(_no_words)  # ALSA keeps its address: it must live as long as the program


def _quieten_alsa() -> None:
    """Keep ALSA from writing sixty lines to the terminal where there is no sound card."""
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_alsa_handler)
    except OSError:
        return  # no ALSA, no words of it
