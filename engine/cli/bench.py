"""msg-engine bench: how fast this machine is at each step, on the sample clip or a film."""

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import torch
import typer

from engine.assets import asset_path
from engine.cli.documents import Document, headed
from engine.cli.options import DEFAULT_MODEL, AsJson, ModelName, ModelsFolder, Steps, Threads, session_with
from engine.cli.output import answer, progress_shown
from engine.clip import Clip
from engine.errors import InputError
from engine.media.audio_file import read_take
from engine.media.video_reader import probe
from engine.progress import Progress, ProgressListener
from engine.records import Event
from engine.session import EngineSession
from engine.takes import TakeOrder, laid_on_timeline
from engine.timing import PROJECT_RATE_HZ, TimeRange

EVENT_S = 8
GUIDANCE = 2.5

BenchClip = Annotated[
    Path | None, typer.Option("--clip", help="A film of 8 s or more; else the sample clip.")
]


class Bench:
    """Rows of measured times, in the order they were taken.

    Args:
        listener: Told what is being measured.
    """

    def __init__(self, listener: ProgressListener) -> None:
        self.rows: list[Document] = []
        self._listener = listener

    def add(self, name: str, value: float, unit: str) -> None:
        """Note a value."""
        self.rows.append({"name": name, "value": round(value, 4), "unit": unit})

    def value(self, name: str) -> float:
        """A value noted before."""
        return float(next(row["value"] for row in self.rows if row["name"] == name))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note the seconds that the block takes."""
        self._listener(Progress("bench", len(self.rows), 0, name))
        begun = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - begun, "s")


def bench_command(
    clip: BenchClip = None,
    steps: Steps = 25,
    model: ModelName = DEFAULT_MODEL,
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Time each step; RTF is seconds of work for a second of event, all takes together."""
    film = clip or asset_path("demo", "demo.mp4")
    with progress_shown(as_json=as_json) as listener:
        session = session_with(model, models_folder, threads)
        bench = Bench(listener)
        _measure(bench, session, film, steps=steps)
    fields = {
        "clip": str(film.absolute()),
        "model": session.model.card.name,
        "machine": f"{platform.machine()} {platform.system()}, {os.cpu_count()} CPUs",
        "date": datetime.now(UTC).date().isoformat(),
        "steps": steps,
        "guidance": GUIDANCE,
        "rows": bench.rows,
    }
    text = (f"{row['name']:32} {row['value']:10.3f} {row['unit']}" for row in bench.rows)
    answer(headed("bench", fields), text, as_json=as_json)


def _measure(bench: Bench, session: EngineSession, film: Path, *, steps: int) -> None:
    with bench.timed("probe"):
        probe(film)
    with bench.timed("open"):
        clip = session.open(film)
    event = _event_of(clip)
    name_of_class = session.model.generator.config.classes[0]
    with bench.timed("find events"):
        session.detect_events(clip)
    with tempfile.TemporaryDirectory(prefix="msg-bench-") as folder:
        trial = TakeOrder(event, name_of_class, takes=1, steps=1, guidance=GUIDANCE)
        warm = session.generate(clip, trial, Path(folder))[0]  # the first run is never the usual one
        sound = laid_on_timeline(read_take(warm), warm.range, clip.info.duration_samples)
        with bench.timed(f"score {EVENT_S} s"):
            session.score(clip, sound=sound, where=event.range)
        for takes in (1, 4):
            with bench.timed(_generation(takes)):
                session.generate(clip, replace(trial, takes=takes, steps=steps), Path(folder))
    _add_ratios(bench)


def _add_ratios(bench: Bench) -> None:
    one, four = bench.value(_generation(1)), bench.value(_generation(4))
    bench.add("RTF, one take", one / EVENT_S, "x")
    bench.add("RTF, four takes", four / EVENT_S, "x")
    bench.add("four takes over one take", four / one, "x")
    bench.add("threads", torch.get_num_threads(), "")
    if hasattr(os, "getloadavg"):
        bench.add("load of the last minute", os.getloadavg()[0], "processes")


def _generation(takes: int) -> str:
    return f"generate {EVENT_S} s event, {'one take' if takes == 1 else f'{takes} takes'}"


def _event_of(clip: Clip) -> Event:
    """A continuous event of EVENT_S at the clip's start.

    Raises:
        InputError: When the clip is shorter.
    """
    if clip.info.duration_samples < EVENT_S * PROJECT_RATE_HZ:
        raise InputError(
            f"{clip.info.path.name} lasts {clip.info.duration_samples / PROJECT_RATE_HZ:.2f} s, "
            f"bench needs {EVENT_S} s: choose a longer --clip."
        )
    return Event("bench", "fx", "", TimeRange(0, EVENT_S * PROJECT_RATE_HZ), (), 1.0, "to measure")
