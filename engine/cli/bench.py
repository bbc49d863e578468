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
from engine.cli.bench_cancelled import measure_cancelled
from engine.cli.bench_film import write_bench_film
from engine.cli.bench_memory import MemoryUse, lengths_up_to, measure_memory
from engine.cli.documents import Document, headed
from engine.cli.options import DEFAULT_MODEL, AsJson, ModelName, ModelsFolder, Steps, Threads, session_with
from engine.cli.output import answer, progress_shown
from engine.clip import Clip
from engine.errors import InputError
from engine.media.audio_file import read_take
from engine.media.video_reader import probe
from engine.orders import GenerateTakes
from engine.progress import Progress, ProgressListener
from engine.records import Event
from engine.session import EngineSession
from engine.takes import RangeOrder, TakeOrder, laid_on_timeline
from engine.timing import PROJECT_RATE_HZ, TimeRange
from engine.ucs import class_for, prompt_of

EVENT_S = 8
GUIDANCE = 2.5
TAKES = 4

FILM_S = 4
FEATURES_LIMIT_S = 0.25
SCORE_LIMIT_S = 0.3
_FEATURES = "features of 1 s of 1080p film"
_SCORE = "score of a new take"
_ANEW = f"make 1 s of {EVENT_S} s anew"

BenchClip = Annotated[
    Path | None, typer.Option("--clip", help="A film of 8 s or more; else the sample clip.")
]


Minutes = Annotated[
    int | None,
    typer.Option(
        "--minutes", min=1, max=240, help="Only the memory that features and score of so long a film take."
    ),
]
Cancelled = Annotated[
    int | None,
    typer.Option("--cancelled", min=1, max=1000, help="Only the memory that so many cancelled jobs leave."),
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

    def tell(self, name: str) -> None:
        """Say what is being measured."""
        self._listener(Progress("bench", len(self.rows), 0, name))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note the seconds that the block takes."""
        self.tell(name)
        begun = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - begun, "s")


def bench_command(
    clip: BenchClip = None,
    steps: Steps = 25,
    minutes: Minutes = None,
    cancelled: Cancelled = None,
    model: ModelName = DEFAULT_MODEL,
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Time each step; RTF is seconds of work for a second of event, all takes together."""
    film = clip or asset_path("demo", "demo.mp4")
    with progress_shown(as_json=as_json) as listener:
        session = session_with(model, models_folder, threads, cached=False)
        bench = Bench(listener)
        if cancelled is not None:
            _measure_cancelled(bench, session, models_folder, film, jobs=cancelled, steps=steps)
        elif minutes is not None:
            _measure_memory(bench, session, models_folder, minutes)
        else:
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
        new = laid_on_timeline(0.9 * read_take(warm), warm.range, clip.info.duration_samples)
        with bench.timed(_SCORE):
            session.score(clip, sound=new, where=event.range)
        _measure_features(bench, session, Path(folder))
        for takes in (1, 4):
            with bench.timed(_generation(takes)):
                session.generate(clip, replace(trial, takes=takes, steps=steps), Path(folder))
        middle = event.range.start_samples + event.range.duration_samples // 2
        anew = RangeOrder(TimeRange(middle, middle + PROJECT_RATE_HZ), replace(trial, steps=steps))
        with bench.timed(_ANEW):
            list(session.regenerate(clip, warm, anew, Path(folder)))
    _add_ratios(bench)


def _measure_features(bench: Bench, session: EngineSession, folder: Path) -> None:
    """Everything that is computed of a 1080p film and its sound, for a second of it."""
    film = write_bench_film(folder / "film.mp4", seconds=FILM_S)
    begun = time.perf_counter()
    clip = session.open(film)
    session.embed(clip)
    session.score(clip)
    bench.add(_FEATURES, (time.perf_counter() - begun) / FILM_S, "s")


def _measure_memory(bench: Bench, session: EngineSession, models_folder: Path | None, minutes: int) -> None:
    threads = torch.get_num_threads()
    first: MemoryUse | None = None
    for length in lengths_up_to(minutes):
        bench.tell(f"{length} min of film")
        name = session.model.card.name
        use = measure_memory(length, model=name, models_folder=models_folder, threads=threads)
        first = first or use
        bench.add(f"{length} min, memory before", use.before_mb, "MB")
        bench.add(f"{length} min, peak memory", use.peak_mb, "MB")
        bench.add(f"{length} min, peak over shortest", use.peak_mb / first.peak_mb, "x")
        bench.add(f"{length} min, features on disk", use.disk_mb, "MB")
        bench.add(f"{length} min, features and score", use.seconds, "s")
        bench.add(f"{length} min, part of real time", use.seconds / (60 * length), "x")


def _measure_cancelled(
    bench: Bench, session: EngineSession, models_folder: Path | None, film: Path, *, jobs: int, steps: int
) -> None:
    event = _event_of(session.open(film))
    prompt = class_for(session.model.generator.config.classes[0])
    order = GenerateTakes(
        film=film,
        event=replace(event, cat_id=prompt.cat_id),
        prompt=prompt_of(prompt),
        negative_prompt="",
        takes=TAKES,
        seed=1,
        steps=steps,
        guidance=GUIDANCE,
        folder=Path(),
        maps=Path(),
    )
    use = measure_cancelled(
        order,
        jobs,
        model=session.model.card.name,
        models_folder=models_folder,
        tell=lambda job: bench.tell(f"cancelled job {job} of {jobs}"),
    )
    bench.add(f"{jobs} cancelled jobs, memory before", use.before_mb, "MB")
    bench.add(f"{jobs} cancelled jobs, memory after", use.after_mb, "MB")
    bench.add("memory after over before", use.after_mb / use.before_mb, "x")
    bench.add("slowest stop", use.slowest_stop_s, "s")
    _add_surroundings(bench)


def _add_ratios(bench: Bench) -> None:
    bench.add("features, share of the limit", bench.value(_FEATURES) / FEATURES_LIMIT_S, "x")
    bench.add("score, share of the limit", bench.value(_SCORE) / SCORE_LIMIT_S, "x")
    one, four = bench.value(_generation(1)), bench.value(_generation(4))
    bench.add("RTF, one take", one / EVENT_S, "x")
    bench.add("RTF, four takes", four / EVENT_S, "x")
    bench.add("four takes over one take", four / one, "x")
    bench.add("1 s anew over one take", bench.value(_ANEW) / one, "x")
    _add_surroundings(bench)


def _add_surroundings(bench: Bench) -> None:
    """What times depend on beside the machine."""
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
