"""msg-engine regenerate: a stretch of a take made anew, the rest of it bit for bit as it was."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import soundfile
import typer

from engine.class_choice import ClassChoice, choose_class, choose_unwanted
from engine.cli.documents import Document, event_fields, headed, leak_lines, range_fields, take_fields
from engine.cli.generate import Hits, Level, Prompt, SoundKind, Unwanted, Variation, hit_times
from engine.cli.options import (
    DEFAULT_MODEL,
    AdapterName,
    AsJson,
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
from engine.clip import Clip
from engine.errors import InputError
from engine.event_by_hand import event_by_hand
from engine.media.bwf_origin import read_origin
from engine.records import Event, Score, Take
from engine.scratch import output_folder
from engine.session import EngineSession
from engine.takes import MadeTake, RangeOrder, TakeOrder
from engine.timecode import DEFAULT_START, project_rate, time_reference
from engine.timing import PROJECT_RATE_HZ, TimeRange, seconds_to_samples

TakePath = Annotated[Path, typer.Argument(metavar="TAKE", help="WAV of the take.", show_default=False)]
Film = Annotated[Path, typer.Option("--film", metavar="CLIP", help="Its film.", show_default=False)]
Start = Annotated[float, typer.Option("--start", help="Begin of the stretch, seconds of the film.")]
End = Annotated[float, typer.Option("--end", help="End of the stretch.", show_default=False)]
At = Annotated[
    float | None, typer.Option("--at", help="Where the take begins in the film; else as its file says.")
]
Strength = Annotated[float, typer.Option("--strength", help="1 makes it anew; less varies what is there.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the takes.", show_default=False)]


def regenerate_command(
    take: TakePath,
    film: Film,
    start: Start,
    end: End,
    output: Output,
    sound_kind: SoundKind = "",
    hits: Hits = "",
    prompt: Prompt = "",
    unwanted: Unwanted = "",
    at: At = None,
    strength: Strength = 1.0,
    variation: Variation = 1.0,
    level: Level = 0.0,
    takes: Takes = 1,
    seed: Seed = 1,
    steps: Steps = 15,
    guidance: Guidance = 2.5,
    model: ModelName = DEFAULT_MODEL,
    adapter: AdapterName = "",
    models_folder: ModelsFolder = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Make a stretch of a take anew; outside its joins every sample stays as it was. Best first."""
    where = TimeRange.from_seconds(checked_seconds(start, "--start"), checked_seconds(end, "--end"))
    contacts = hit_times(hits)
    with progress_shown(as_json=as_json) as listener, output_folder(output):
        session = session_with(model, models_folder, threads, adapter=adapter)
        known = session.model.generator.config.classes
        choice = choose_class(sound_kind, prompt, known=known)
        away, unknown = choose_unwanted(unwanted, known=known, wanted=choice.sound.name)
        clip = session.open(film, listener=listener)
        old = take_of_file(take, clip, session, at_s=at)
        event = _event_of(old, clip, choice, contacts)
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
        )
        asked = RangeOrder(where, order, strength)
        made = sorted(session.regenerate(clip, old, asked, output, listener=listener), key=_by_reward)
    fields: Document = {
        "path": str(film.absolute()),
        "take": str(take.absolute()),
        **range_fields(where),
        "class": choice.sound.name,
        "class_choice": " ".join(part for part in (choice.how, unknown) if part),
        "unwanted": [sound.name for sound in away],
        "strength": strength,
        "variation": variation,
        "level_db": level,
        "event": event_fields(event, choice.sound.name),
        "takes": [take_fields(one.take, clip.info, session.model.card) for one in made],
        "joins": [{**range_fields(join), "kind": "equal power"} for join in made[0].joins],
    }
    answer(headed("regenerate", fields), _lines(fields), as_json=as_json)


def take_of_file(path: Path, clip: Clip, session: EngineSession, *, at_s: float | None) -> Take:
    """A take as its file tells of it.

    Raises:
        InputError: When it is no WAV at 48 kHz, or neither file nor ``at_s`` says where it begins.
    """
    origin = read_origin(path)
    if at_s is not None:
        start = seconds_to_samples(checked_seconds(at_s, "--at"))
    elif origin is not None:
        start = origin.time_reference - _reference(clip.info.fps, 0)
    else:
        raise InputError(f"{path} does not say where it begins (no bext chunk): give --at SECONDS.")
    length = soundfile.info(path).frames
    if not 0 <= start < clip.info.duration_samples:
        raise InputError(
            f"{path} begins at {start / PROJECT_RATE_HZ:.3f} s, outside of {clip.info.path.name}: give the "
            "film it was made for, or --at SECONDS."
        )
    name = origin.reference if origin and origin.reference else path.stem
    return Take(
        id=name,
        event_id=name.partition("_")[0],
        path=path,
        range=TimeRange(start, start + length),
        seed=0,
        steps=0,
        guidance=0.0,
        prompt="",
        model=session.model.card.name,
        model_sha256="",
        weights_licence="",
        clip_fingerprint=clip.info.fingerprint,
        device=session.device,
        batch=1,
        threads=1,
        sha256="",
        seconds=0.0,
        score=Score(0.0, 0.0, 0.0, 0.0, 0.0, False, "not scored"),
    )


def _reference(fps: Fraction, sample: int) -> int:
    return time_reference(project_rate(fps), DEFAULT_START, sample, rate_hz=PROJECT_RATE_HZ)


def _event_of(take: Take, clip: Clip, choice: ClassChoice, hits: tuple[float, ...]) -> Event:
    """The take's whole range as an event."""
    inside = min(take.range.end_samples, clip.info.duration_samples)
    return event_by_hand(
        clip,
        start_s=take.range.start_s,
        end_s=inside / PROJECT_RATE_HZ,
        cat_id=choice.sound.cat_id,
        lane=choice.sound.lane,
        hits=hits,
    )


def _by_reward(made: MadeTake) -> float:
    return -made.take.score.reward


def _lines(fields: Document) -> Iterator[str]:
    if fields["class_choice"]:
        yield fields["class_choice"]
    for take in fields["takes"]:
        yield f"{take['path']}  seed {take['seed']}  reward {take['reward']:+.3f}  {take['offset_words']}"
    yield from leak_lines(fields["takes"])
    for join in fields["joins"]:
        yield f"joined from {join['start_s']:.3f} to {join['end_s']:.3f} s"
