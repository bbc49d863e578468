"""msg-engine generate: takes for one event given by hand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from engine.class_choice import choose_class, choose_unwanted
from engine.cli.documents import Document, event_fields, headed, leak_lines, take_fields
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
    checked_seconds,
    session_with,
)
from engine.cli.output import answer, progress_shown
from engine.errors import InputError
from engine.event_by_hand import event_by_hand
from engine.generator.guidance import GuidanceWeights
from engine.media.audio_file import read_take
from engine.scratch import output_folder
from engine.take_variety import mean_distance
from engine.takes import TakeOrder

Start = Annotated[float, typer.Option("--start", help="Begin of the event in seconds.", show_default=False)]
End = Annotated[float, typer.Option("--end", help="End of the event in seconds.", show_default=False)]
SoundKind = Annotated[
    str, typer.Option("--class", metavar="CAT_ID", help="UCS CatID or class name; else the prompt's class.")
]
Hits = Annotated[str, typer.Option("--hits", metavar="S,S,...", help="Contacts in seconds; none: goes on.")]
Prompt = Annotated[str, typer.Option("--prompt", help="Words that choose between classes of one CatID.")]
Unwanted = Annotated[
    str, typer.Option("--not", metavar="WORDS", help="Sounds to keep away from: rain, wind.")
]
Variation = Annotated[float, typer.Option("--variation", help="How much takes differ: 0 to 1.")]
Level = Annotated[float, typer.Option("--level", metavar="DB", help="Louder or softer than usual.")]
HitsGuidance = Annotated[float | None, typer.Option("--guidance-hits", help="Weight of the hits alone.")]
SoundGuidance = Annotated[float | None, typer.Option("--guidance-sound", help="Weight of the class alone.")]
PictureGuidance = Annotated[
    float | None, typer.Option("--guidance-picture", help="Weight of the picture alone.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the takes.", show_default=False)]


def generate_command(
    clip: ClipPath,
    start: Start,
    end: End,
    output: Output,
    sound_kind: SoundKind = "",
    hits: Hits = "",
    prompt: Prompt = "",
    unwanted: Unwanted = "",
    variation: Variation = 1.0,
    level: Level = 0.0,
    takes: Takes = 4,
    seed: Seed = 1,
    steps: Steps = 15,
    guidance: Guidance = 2.5,
    guidance_hits: HitsGuidance = None,
    guidance_sound: SoundGuidance = None,
    guidance_picture: PictureGuidance = None,
    model: ModelName = DEFAULT_MODEL,
    adapter: AdapterName = "",
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Generate takes for a stretch of a film, best first; take k has the seed SEED + k - 1."""
    start, end = checked_seconds(start, "--start"), checked_seconds(end, "--end")
    contacts = hit_times(hits)
    weights = weights_of(guidance, guidance_hits, guidance_sound, guidance_picture)
    with progress_shown(as_json=as_json) as listener, output_folder(output):
        session = session_with(model, models_folder, threads, adapter=adapter)
        known = session.model.generator.config.classes
        choice = choose_class(sound_kind, prompt, known=known)
        away, unknown = choose_unwanted(unwanted, known=known, wanted=choice.sound.name)
        opened = session.open(clip, listener=listener)
        event = event_by_hand(
            opened,
            start_s=start,
            end_s=end,
            cat_id=choice.sound.cat_id,
            lane=choice.sound.lane,
            hits=contacts,
        )
        order = TakeOrder(
            event,
            choice.sound.name,
            prompt,
            takes,
            seed,
            steps,
            guidance,
            negative_prompt=unwanted,
            unwanted=tuple(sound.name for sound in away),
            variation=variation,
            level_db=level,
            weights=weights,
        )
        made = session.generate(opened, order, output, listener=listener)
        distance = mean_distance([read_take(take) for take in made])
    fields: Document = {
        "path": str(clip.absolute()),
        "class": choice.sound.name,
        "cat_id": choice.sound.cat_id,
        "class_choice": " ".join(part for part in (choice.how, unknown) if part),
        "unwanted": [sound.name for sound in away],
        "guidance_weights": {
            "hits": weights.hits,
            "sound": weights.sound,
            "picture": weights.picture,
        },
        "variation": variation,
        "level_db": level,
        "take_distance": distance,
        "event": event_fields(event, choice.sound.name),
        "takes": [take_fields(take, opened.info, session.model.card) for take in made],
    }
    answer(headed("generate", fields), _lines(fields), as_json=as_json)


def weights_of(
    guidance: float, hits: float | None, sound: float | None, picture: float | None
) -> GuidanceWeights:
    """Guidance weight of each condition; one for all where a condition has none of its own.

    Raises:
        InputError: When a weight is out of range.
    """
    common = GuidanceWeights.of(guidance)
    own = {"hits": hits, "sound": sound, "picture": picture}
    return replace(common, **{name: weight for name, weight in own.items() if weight is not None})


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
    if fields["take_distance"] is not None:
        yield f"takes differ by {fields['take_distance']:.2f} nepers on average"
    for take in fields["takes"]:
        yield (
            f"{take['path']}  seed {take['seed']}  reward {take['reward']:+.3f}  {take['offset_words']}  "
            f"{take['seconds']:.1f} s (RTF {take['rtf']:.2f})"
        )
    yield from leak_lines(fields["takes"])
