"""An engine process without networks: what it does with an order stands in the event's prompt.

"wait": tells that it denoises, then waits until it is cancelled, which leaves one finished take. All
other takes are silence and are made at once. In a search for events it finds none.
"""

import os
import sys
import wave
from dataclasses import replace
from pathlib import Path

from engine.frames import FrameReader
from engine.progress import Progress
from engine.project.take_files import add_take_file, sound_hash
from engine.protocol import (
    PROTOCOL_VERSION,
    CancelJob,
    EngineMessage,
    EventsFound,
    GenerateTakes,
    Hello,
    JobCancelled,
    JobDone,
    JobProgress,
    Ready,
    StartJob,
    TakesMade,
    decode,
    encode,
)
from engine.records import Take
from engine.timing import PROJECT_RATE_HZ
from tests.msg_studio.scene import make_take

COMMAND = (sys.executable, "-P", "-m", "tests.journeys.scripted_engine")


def say(message: EngineMessage) -> None:
    """Write a message."""
    os.write(1, encode(message))


def silent_take(order: GenerateTakes, seed: int) -> Take:
    """A take of silence, its file in the project folder."""
    wav = Path(order.folder) / f"made-{os.getpid()}-{seed}.wav"
    with wave.open(str(wav), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(PROJECT_RATE_HZ)
        sound.writeframes(seed.to_bytes(4, "little") + bytes(2 * order.event.range.duration_samples - 4))
    stored = add_take_file(order.folder, wav)
    wav.unlink()
    take = replace(make_take(order.event, seed), path=stored, sha256=sound_hash(stored), seed=seed)
    return replace(take, id=f"{order.event.id}_s{seed}", prompt=order.prompt)


def main() -> None:
    """Behave."""
    say(Hello(PROTOCOL_VERSION, "7.0", os.getpid()))
    say(Ready("scripted", "0" * 64, "none", "cpu"))
    reader = FrameReader()
    waiting: dict[int, GenerateTakes] = {}
    while data := os.read(0, 1 << 16):
        for text in reader.feed(data):
            match decode(text):
                case StartJob(job, GenerateTakes() as order) if order.prompt == "wait":
                    waiting[job] = order
                    say(JobProgress(job, Progress("denoise", 1, 25)))
                case StartJob(job, GenerateTakes() as order):
                    seeds = range(order.seed, order.seed + order.takes)
                    say(JobDone(job, TakesMade(tuple(silent_take(order, seed) for seed in seeds))))
                case StartJob(job):
                    say(JobDone(job, EventsFound(())))
                case CancelJob(job) if job in waiting:
                    order = waiting.pop(job)
                    say(JobDone(job, TakesMade((silent_take(order, order.seed),))))
                case CancelJob(job):
                    say(JobCancelled(job))
                case _:
                    return


if __name__ == "__main__":
    main()
