"""A stand-in for the engine process that floods the window with progress: for the heartbeat bench and tests.

`python -m msg_studio.bench.flooding_engine [RATE_HZ] [SECONDS]`: each job sends RATE_HZ messages a second for
so many seconds (all at once where RATE_HZ is 0), then ends with a map that is not there. It speaks the
protocol of `engine.server`.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from engine import __version__
from engine.answers import MapMade
from engine.frames import FrameReader
from engine.progress import Progress
from engine.protocol import (
    HEARTBEAT_S,
    PROTOCOL_VERSION,
    EngineMessage,
    Heartbeat,
    Hello,
    JobDone,
    JobProgress,
    Message,
    Ready,
    StartJob,
    decode,
    encode,
)
from msg_studio.workers.child_python import child_command

RATE_HZ = 1_000
SECONDS = 5.0


def flooding_command(rate_hz: int = RATE_HZ, seconds: float = SECONDS) -> tuple[str, ...]:
    """The command for `EngineClient(command=...)`.

    Args:
        rate_hz: Messages a second; 0 for all of one second's worth at once.
        seconds: How long a job floods.
    """
    return child_command("msg_studio.bench.flooding_engine", str(rate_hz), str(seconds))


def flood(job: int, rate_hz: int, seconds: float) -> None:
    """Send the progress of one job, in bursts of 10 ms, and its end."""
    total = int((rate_hz or RATE_HZ) * seconds)
    begun = time.perf_counter()
    for step in range(1, total + 1):
        say(JobProgress(job, Progress("denoise", step, total)))
        ahead_s = step / rate_hz - (time.perf_counter() - begun) if rate_hz else 0.0
        if ahead_s > 0.01:
            time.sleep(ahead_s)
    say(JobDone(job, MapMade(Path("nowhere.npz"))))


def say(message: EngineMessage) -> None:
    """Write a message to the window; short ones do not mix, whatever thread writes them."""
    os.write(1, encode(message))


def heard() -> Iterator[Message]:
    """Messages of the window, until it is gone."""
    reader = FrameReader()
    while data := os.read(0, 1 << 16):
        for text in reader.feed(data):
            yield decode(text)


def beat() -> None:
    """Say that we live, for ever."""
    rest = threading.Event()
    while not rest.wait(HEARTBEAT_S):
        say(Heartbeat(None))


def main() -> None:
    """Entry point."""
    rate_hz = int(sys.argv[1]) if len(sys.argv) > 1 else RATE_HZ
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    say(Hello(PROTOCOL_VERSION, __version__, os.getpid()))
    threading.Thread(target=beat, daemon=True).start()
    say(Ready("flood", "0" * 64, "none", "cpu"))
    for message in heard():
        if isinstance(message, StartJob):
            flood(message.job, rate_hz, seconds)


if __name__ == "__main__":
    main()
