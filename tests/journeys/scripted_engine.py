"""An engine process without networks: what it does with an order stands in the event's prompt.

"wait": tells that it denoises, then waits until it is cancelled, which leaves one finished take. All
other takes are silence and are made at once, and so are stretches of one. In a search for events it finds
none. It heeds no word that is not wanted.
"""

import os
import sys
import wave
from dataclasses import replace
from pathlib import Path

from engine.answers import EventsFound, TakesMade
from engine.frames import FrameReader
from engine.orders import GenerateTakes, RegenerateRange
from engine.progress import Progress
from engine.project.take_files import add_take_file, sound_hash
from engine.protocol import (
    PROTOCOL_VERSION,
    CancelJob,
    EngineMessage,
    Hello,
    JobCancelled,
    JobDone,
    JobProgress,
    Ready,
    StartJob,
    decode,
    encode,
)
from engine.records import Take, TakeLayer
from engine.timing import PROJECT_RATE_HZ, TimeRange
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


def remade_take(order: RegenerateRange, seed: int) -> Take:
    """A take of silence that keeps what lies around the stretch."""
    begin, end = order.where.start_samples, order.where.end_samples
    old = order.take.range
    kept = (TimeRange(old.start_samples, begin), TimeRange(end, old.end_samples))
    layers = tuple(TakeLayer(order.take.id, part.shifted(-old.start_samples)) for part in kept)
    return replace(silent_take(order.how, seed), id=f"{order.take.id}_r{seed}", range=old, layers=layers)


def notice_of(order: GenerateTakes) -> str:
    """What the engine says of words it does not know."""
    return f"Not wanted, but unknown: {order.negative_prompt}." if order.negative_prompt else ""


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
                    made = tuple(silent_take(order, seed) for seed in seeds)
                    say(JobDone(job, TakesMade(made, distance=0.1, notice=notice_of(order))))
                case StartJob(job, RegenerateRange() as order):
                    seeds = range(order.how.seed, order.how.seed + order.how.takes)
                    anew = tuple(remade_take(order, seed) for seed in seeds)
                    say(JobDone(job, TakesMade(anew, distance=2.0)))
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
