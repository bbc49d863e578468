"""msg-engine foley: from a film to stems, mix, preview, heatmaps, report and project."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.documents import Document, leak_lines
from engine.cli.foley_report import replace_report, report_document
from engine.cli.options import (
    DEFAULT_MODEL,
    AdapterName,
    AsJson,
    ClipPath,
    Guidance,
    ModelName,
    ModelsFolder,
    Seed,
    Steps,
    Takes,
    Threads,
    session_with,
)
from engine.cli.output import answer, progress_shown
from engine.foley import FoleyOrder, FoleyReport, make_foley

Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for everything.", show_default=False)]


def foley_command(
    clip: ClipPath,
    output: Output,
    takes: Takes = 3,
    seed: Seed = 1,
    steps: Steps = 15,
    guidance: Guidance = 2.5,
    model: ModelName = DEFAULT_MODEL,
    adapter: AdapterName = "",
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Find the events of a film, make takes for each, and write everything a sound editor needs.

    Every event gets its own seeds, drawn from SEED and the event's id; report.json says them.
    """
    order = FoleyOrder(clip, output, takes=takes, seed=seed, steps=steps, guidance=guidance)
    with progress_shown(as_json=as_json) as listener:
        session = session_with(model, models_folder, threads, adapter=adapter)
        report = make_foley(session, order, listener=listener)
        document = report_document(report)
        replace_report(document, output)
    answer(document, _lines(report, document), as_json=as_json)


def _lines(report: FoleyReport, document: Document) -> Iterator[str]:
    for one in report.events:
        score = one.chosen.score
        yield (
            f"{one.event.id}  {one.event.range.start_s:7.2f} to {one.event.range.end_s:7.2f} s  "
            f"{one.event.cat_id} ({one.class_name})  {one.chosen.id}: reward {score.reward:+.3f}, "
            f"{score.offset_in_words(frame_ms=float(1000 / report.clip.fps))}"
        )
    for event in document["events"]:
        yield from leak_lines(event["takes"])
    if report.stems.gain_db:
        yield f"stems and mix were scaled by {report.stems.gain_db:.2f} dB to keep from clipping"
    yield f"preview: {report.preview.reason}"
    total = sum(report.seconds.values())
    yield f"{len(report.events)} events, {len(report.files)} files in {report.order.out} after {total:.1f} s"
