"""msg-engine generate: takes for one event given by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from engine.class_choice import choose_class
from engine.cli.documents import Document, event_fields, headed, take_fields
from engine.cli.options import (
    DEFAULT_MODEL,
    AsJson,
    ClipPath,
    Guidance,
    ModelName,
    ModelsFolder,
    Seed,
    Steps,
    Takes,
    Threads,
    checked_seconds,
    session_with,
)
from engine.cli.output import answer, progress_shown
from engine.errors import InputError
from engine.scratch import output_folder
from engine.session import event_by_hand
from engine.takes import TakeOrder

Start = Annotated[float, typer.Option("--start", help="Begin of the event in seconds.", show_default=False)]
End = Annotated[float, typer.Option("--end", help="End of the event in seconds.", show_default=False)]
SoundKind = Annotated[
    str, typer.Option("--class", metavar="CAT_ID", help="UCS CatID or class name; else the prompt's class.")
]
Hits = Annotated[str, typer.Option("--hits", metavar="S,S,...", help="Contacts in seconds; none: goes on.")]
Prompt = Annotated[str, typer.Option("--prompt", help="Words that choose between classes of one CatID.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the takes.", show_default=False)]


def generate_command(
    clip: ClipPath,
    start: Start,
    end: End,
    output: Output,
    sound_kind: SoundKind = "",
    hits: Hits = "",
    prompt: Prompt = "",
    takes: Takes = 4,
    seed: Seed = 1,
    steps: Steps = 15,
    guidance: Guidance = 2.5,
    model: ModelName = DEFAULT_MODEL,
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Generate takes for a stretch of a film, best first; take k has the seed SEED + k - 1."""
    start, end = checked_seconds(start, "--start"), checked_seconds(end, "--end")
    contacts = hit_times(hits)
    with progress_shown(as_json=as_json) as listener, output_folder(output):
        session = session_with(model, models_folder, threads)
        choice = choose_class(sound_kind, prompt, known=session.model.generator.config.classes)
        opened = session.open(clip, listener=listener)
        event = event_by_hand(
            opened,
            start_s=start,
            end_s=end,
            cat_id=choice.sound.cat_id,
            lane=choice.sound.lane,
            hits=contacts,
        )
        order = TakeOrder(event, choice.sound.name, prompt, takes, seed, steps, guidance)
        made = session.generate(opened, order, output, listener=listener)
    fields: Document = {
        "path": str(clip.absolute()),
        "class": choice.sound.name,
        "cat_id": choice.sound.cat_id,
        "class_choice": choice.how,
        "event": event_fields(event, choice.sound.name),
        "takes": [take_fields(take, opened.info) for take in made],
    }
    answer(headed("generate", fields), _lines(fields), as_json=as_json)


def hit_times(text: str) -> tuple[float, ...]:
    """Seconds from "0.5,1.25".

    Raises:
        InputError: When a part is no number.
    """
    try:
        times = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InputError(
            f"--hits '{text}' cannot be read: give seconds parted by commas, as 0.5,1.25."
        ) from None
    return tuple(checked_seconds(time, "--hits") for time in times)


def _lines(fields: Document) -> Iterator[str]:
    if fields["class_choice"]:
        yield fields["class_choice"]
    for take in fields["takes"]:
        yield (
            f"{take['path']}  seed {take['seed']}  reward {take['reward']:+.3f}  {take['offset_words']}  "
            f"{take['seconds']:.1f} s (RTF {take['rtf']:.2f})"
        )
