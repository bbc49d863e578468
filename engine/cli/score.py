"""msg-engine score: how well a sound fits the picture, and how late it is."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.documents import Document, headed, range_fields, score_fields
from engine.cli.options import (
    DEFAULT_MODEL,
    AsJson,
    ClipPath,
    ModelName,
    ModelsFolder,
    Threads,
    checked_seconds,
    session_with,
)
from engine.cli.output import answer, progress_shown
from engine.errors import InputError
from engine.heatmaps import Kind, draw_sync_map
from engine.media.container import check_is_file
from engine.progress import CancelToken, Progress
from engine.records import SyncMap
from engine.scratch import output_folder
from engine.timing import TimeRange, samples_to_seconds, seconds_to_samples

Audio = Annotated[
    Path | None,
    typer.Option("--audio", help="Sound that begins with the film's first picture; else the film's own."),
]
Start = Annotated[float, typer.Option("--start", help="Begin of the stretch to judge, in seconds.")]
Duration = Annotated[
    float | None, typer.Option("--duration", help="Length of the stretch in seconds; else to the end.")
]
Heatmaps = Annotated[Path | None, typer.Option("--heatmaps", help="Folder for the slow and fast heatmap.")]


def score_command(
    clip: ClipPath,
    audio: Audio = None,
    start: Start = 0.0,
    duration: Duration = None,
    heatmaps: Heatmaps = None,
    model: ModelName = DEFAULT_MODEL,
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Score a sound against the picture; without --audio, the film's own."""
    drawn: dict[Kind, Path] = {}
    place = output_folder(heatmaps) if heatmaps else nullcontext()
    with progress_shown(as_json=as_json) as listener, place:
        session = session_with(model, models_folder, threads)
        if audio is not None:
            check_is_file(audio)
        opened = session.open(clip, listener=listener)
        sound = None if audio is None else opened.sound_of(audio, listener=listener)
        if sound is None:
            opened.hear(listener=listener, cancel=CancelToken())
        where = stretch(start, duration, clip_samples=opened.info.duration_samples)
        listener(Progress("score", 0, 1))
        sync_map = session.score(opened, sound=sound, where=where)
        if heatmaps:
            frame_ms = float(1000 / opened.info.fps)
            drawn = _draw(sync_map, heatmaps, name=clip.stem, frame_ms=frame_ms)
        listener(Progress("score", 1, 1))
    fields: Document = {
        "path": str(clip.absolute()),
        "audio": None if audio is None else str(audio.absolute()),
        **range_fields(where),
        **score_fields(sync_map.score, opened.info),
        "model": session.model.card.name,
        "heatmaps": {kind: str(path.absolute()) for kind, path in drawn.items()},
    }
    answer(headed("score", fields), _lines(fields), as_json=as_json)


def stretch(start_s: float, duration_s: float | None, *, clip_samples: int) -> TimeRange:
    """The stretch of a clip that was asked for.

    Raises:
        InputError: When it is empty or leaves the clip.
    """
    start = seconds_to_samples(checked_seconds(start_s, "--start"))
    length = clip_samples - start
    if duration_s is not None:
        length = seconds_to_samples(checked_seconds(duration_s, "--duration"))
    if start < 0 or length <= 0 or start + length > clip_samples:
        raise InputError(
            f"{samples_to_seconds(length):.3f} s from {start_s:.3f} s leave the clip, which lasts "
            f"{samples_to_seconds(clip_samples):.3f} s: choose --start and --duration inside."
        )
    return TimeRange(start, start + length)


def _draw(sync_map: SyncMap, folder: Path, *, name: str, frame_ms: float) -> dict[Kind, Path]:
    paths: dict[Kind, Path] = {"slow": folder / f"{name}_slow.png", "fast": folder / f"{name}_fast.png"}
    for kind, path in paths.items():
        draw_sync_map(sync_map, path, title=name, kind=kind, frame_ms=frame_ms)
    return paths


def _lines(fields: Document) -> Iterator[str]:
    reason = f": {fields['reason']}" if fields["reason"] else ""
    yield f"{fields['offset_words']}{reason}"
    yield f"reward {fields['reward']:+.3f} (slow {fields['slow']:+.3f}, fast {fields['fast']:+.3f})"
    yield from fields["heatmaps"].values()
