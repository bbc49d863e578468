"""An engine process without an engine: how it behaves is its first argument, a job's end the film's name.

Behaviours: good, silent (no word after the hello), mute (none after it is ready), old (another protocol),
unfit (cannot load), babbling (no frames at all), dying (ends at once), stubborn (hears no cancel).
Films: "wait" goes on until it is cancelled, "die" ends the process, "fail" fails, "flood" tells 1,000 times
how far it is, "strange" answers with a message nobody knows; all others are done at once.
"""

import os
import sys
import threading
from pathlib import Path

from engine.answers import MapMade
from engine.frames import FrameReader, framed
from engine.orders import OpenFilm
from engine.progress import Progress
from engine.protocol import (
    PROTOCOL_VERSION,
    CancelJob,
    EngineMessage,
    Heartbeat,
    Hello,
    JobCancelled,
    JobDone,
    JobFailed,
    JobProgress,
    Ready,
    StartFailed,
    StartJob,
    decode,
    encode,
)

MESSAGES = 1_000
NEWER = 9


def say(message: EngineMessage) -> None:
    """Write a message."""
    os.write(1, encode(message))


def work(job: int, film: str) -> None:
    """Do a job as its film says."""
    sys.stderr.write(f"job {job}: {film}\n")
    sys.stderr.flush()
    match film:
        case "wait":
            say(JobProgress(job, Progress("denoise", 1, 25)))
        case "die":
            say(JobProgress(job, Progress("denoise", 1, 25)))
            os._exit(7)
        case "fail":
            say(JobFailed(job, "MediaError", "no film"))
        case "strange":
            os.write(1, framed(b'{"type":"dance"}'))
        case _:
            for step in range(MESSAGES if film == "flood" else 0):
                say(JobProgress(job, Progress("denoise", step + 1, MESSAGES)))
            say(JobDone(job, MapMade(Path(film))))


def begin(behaviour: str) -> None:
    """What is said before any job."""
    if behaviour == "dying":
        os._exit(5)
    if behaviour == "babbling":
        os.write(1, b"Traceback (most recent call last)")
    say(Hello(NEWER if behaviour == "old" else PROTOCOL_VERSION, "7.0", os.getpid()))
    if behaviour == "unfit":
        say(StartFailed("CheckpointError", "Weights are missing: reinstall the model."))
        os._exit(3)
    if behaviour != "silent":
        say(Ready("fake", "0" * 64, "none", "cpu"))


def beat() -> None:
    """Signs of life, often."""
    rest = threading.Event()
    while not rest.wait(0.05):
        say(Heartbeat(None))


def main() -> None:
    """Behave."""
    behaviour = sys.argv[1]
    begin(behaviour)
    if behaviour not in ("silent", "mute"):
        threading.Thread(target=beat, daemon=True).start()
    reader = FrameReader()
    while data := os.read(0, 1 << 16):
        for text in reader.feed(data):
            message = decode(text)
            if isinstance(message, StartJob) and isinstance(message.order, OpenFilm):
                work(message.job, message.order.film.name)
            elif isinstance(message, CancelJob) and behaviour != "stubborn":
                say(JobCancelled(message.job))


if __name__ == "__main__":
    main()
