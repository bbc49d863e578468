"""msg-engine events: what in a film should sound."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from engine.cli.documents import at, event_fields, headed
from engine.cli.options import DEFAULT_MODEL, AsJson, ClipPath, ModelName, ModelsFolder, Threads, session_with
from engine.cli.output import answer, progress_shown
from engine.event_detection import Finding

PictureOnly = Annotated[
    bool, typer.Option("--picture-only", help="Do not listen to the film's own sound while looking.")
]


def events_command(
    clip: ClipPath,
    picture_only: PictureOnly = False,
    model: ModelName = DEFAULT_MODEL,
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Find the events of a film: where, which class, which hit points, and why."""
    with progress_shown(as_json=as_json) as listener:
        session = session_with(model, models_folder, threads)
        opened = session.open(clip, listener=listener)
        findings = session.detect_events(opened, picture_only=picture_only, listener=listener)
    fields = {
        "path": str(clip.absolute()),
        **at("duration", opened.info.duration_samples),
        "model": session.model.card.name,
        "picture_only": picture_only,
        "events": [event_fields(finding.event, finding.class_name) for finding in findings],
    }
    answer(headed("events", fields), event_lines(findings), as_json=as_json)


def event_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Events for people, one a line, with the reason below."""
    for finding in findings:
        event = finding.event
        hits = " ".join(f"{hit.sample / 48_000:.2f}" for hit in event.hit_points)
        yield (
            f"{event.id}  {event.range.start_s:7.2f} to {event.range.end_s:7.2f} s  {event.lane:8} "
            f"{event.cat_id} ({finding.class_name})  confidence {event.confidence:.2f}"
        )
        yield f"      {event.reason}{f'; hits at {hits} s' if hits else ''}"
