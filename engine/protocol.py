"""What the window and the engine process say to each other: records, as UTF-8 JSON in frames.

Arrays and sounds never travel here: they lie in files whose paths do.
"""

from dataclasses import KW_ONLY, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import InputError, WorkError
from engine.frames import framed
from engine.progress import Progress
from engine.records import ClipInfo, Event, FoundEvent, Take
from engine.timing import TimeRange

PROTOCOL_VERSION = 1
HEARTBEAT_S = 2.0


@dataclass(frozen=True)
class OpenFilm:
    """Read a film, so that later orders on it are quick. Answer: FilmOpened."""

    film: Path
    _: KW_ONLY
    type: Literal["open film"] = "open film"


@dataclass(frozen=True)
class FindEvents:
    """Find what should sound. Answer: EventsFound.

    Attributes:
        film: The film.
        picture_only: Whether to close the ears to the production sound.
    """

    film: Path
    picture_only: bool = False
    _: KW_ONLY
    type: Literal["find events"] = "find events"


@dataclass(frozen=True)
class GenerateTakes:
    """Make takes of an event. Answer: TakesMade.

    Attributes:
        film: The film.
        event: What should sound, and where.
        prompt: Words that choose between the sound classes of the event's CatID.
        negative_prompt: What is not wanted; kept with the takes.
        takes: How many.
        seed: Seed of the first take; take k has seed + k - 1. Give each order of an event seeds of
            its own: a take is named after event and seed.
        steps: Euler steps.
        guidance: Guidance weight.
        folder: Project folder that keeps the WAV files.
        maps: Folder for the takes' sync maps; made where it is missing.
    """

    film: Path
    event: Event
    prompt: str
    negative_prompt: str
    takes: int
    seed: int
    steps: int
    guidance: float
    folder: Path
    maps: Path
    _: KW_ONLY
    type: Literal["generate takes"] = "generate takes"


@dataclass(frozen=True)
class ScoreTake:
    """Measure how a take agrees with the picture of its event. Answer: MapMade.

    Attributes:
        film: The film.
        take: The take.
        event: The event.
        maps: Folder for its sync map; made where it is missing.
    """

    film: Path
    take: Take
    event: Event
    maps: Path
    _: KW_ONLY
    type: Literal["score take"] = "score take"

    @property
    def where(self) -> TimeRange:
        """The stretch that is judged."""
        return self.event.range


@dataclass(frozen=True)
class ScoreGuide:
    """Measure how the production sound agrees with the picture over a stretch. Answer: MapMade."""

    film: Path
    where: TimeRange
    maps: Path
    _: KW_ONLY
    type: Literal["score guide"] = "score guide"


@dataclass(frozen=True)
class ExportStems:
    """Write stems, mix and what goes with them. Answer: Exported.

    Attributes:
        project: The project, from ``engine.project.snapshot.project_to_json``.
        out: Folder to write into; made where it is missing.
        preview: Whether to write the film with the mix.
        cue_sheet: Whether to write cues.csv.
        heatmaps: Whether to draw the sync maps of the takes in use.
        creator: Creator block of the UCS file names.
    """

    project: str
    out: Path
    preview: bool
    cue_sheet: bool
    heatmaps: bool = False
    creator: str = "MSG"
    _: KW_ONLY
    type: Literal["export stems"] = "export stems"


Order = OpenFilm | FindEvents | GenerateTakes | ScoreTake | ScoreGuide | ExportStems


@dataclass(frozen=True)
class StartJob:
    """Do this order; jobs are done one after the other."""

    job: int
    order: Annotated[Order, Field(discriminator="type")]
    _: KW_ONLY
    type: Literal["start job"] = "start job"


@dataclass(frozen=True)
class CancelJob:
    """Stop this job at its next step, or forget it where it has not begun."""

    job: int
    _: KW_ONLY
    type: Literal["cancel job"] = "cancel job"


WindowMessage = StartJob | CancelJob  # to end the engine, its stdin is closed


@dataclass(frozen=True)
class FilmOpened:
    """The film was read."""

    info: ClipInfo
    _: KW_ONLY
    type: Literal["film opened"] = "film opened"


@dataclass(frozen=True)
class EventsFound:
    """What was found, at least one event."""

    found: tuple[FoundEvent, ...]
    _: KW_ONLY
    type: Literal["events found"] = "events found"


@dataclass(frozen=True)
class TakesMade:
    """The takes, their WAV files in the project folder; fewer than ordered after a cancel."""

    takes: tuple[Take, ...]
    _: KW_ONLY
    type: Literal["takes made"] = "takes made"


@dataclass(frozen=True)
class MapMade:
    """Where the sync map lies."""

    path: Path
    _: KW_ONLY
    type: Literal["map made"] = "map made"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: The folder asked for.
        files: Every file, stems first.
        gain_db: What all stems and the mix were scaled by so that none clips; 0 mostly.
    """

    folder: Path
    files: tuple[Path, ...]
    gain_db: float
    _: KW_ONLY
    type: Literal["exported"] = "exported"


Result = FilmOpened | EventsFound | TakesMade | MapMade | Exported


@dataclass(frozen=True)
class Hello:
    """First word of the engine, before its libraries load.

    Attributes:
        protocol: Its PROTOCOL_VERSION.
        version: Version of the program.
        pid: Its process.
    """

    protocol: int
    version: str
    pid: int
    _: KW_ONLY
    type: Literal["hello"] = "hello"


@dataclass(frozen=True)
class Ready:
    """The model is loaded.

    Attributes:
        model: Its name.
        model_sha256: Hash of the generator weights.
        licence: Licence of the weights.
        device: Device kind ("cpu").
    """

    model: str
    model_sha256: str
    licence: str
    device: str
    _: KW_ONLY
    type: Literal["ready"] = "ready"


@dataclass(frozen=True)
class StartFailed:
    """The engine cannot work and ends.

    Attributes:
        kind: Name of the error's class ("CheckpointError").
        message: The sentence for the user.
    """

    kind: str
    message: str
    _: KW_ONLY
    type: Literal["start failed"] = "start failed"


@dataclass(frozen=True)
class Heartbeat:
    """Sign of life every HEARTBEAT_S; the job at work, None when idle."""

    job: int | None
    _: KW_ONLY
    type: Literal["heartbeat"] = "heartbeat"


@dataclass(frozen=True)
class JobProgress:
    """How far a job has come."""

    job: int
    progress: Progress
    _: KW_ONLY
    type: Literal["job progress"] = "job progress"


@dataclass(frozen=True)
class JobDone:
    """A job ended well."""

    job: int
    result: Annotated[Result, Field(discriminator="type")]
    _: KW_ONLY
    type: Literal["job done"] = "job done"


@dataclass(frozen=True)
class JobFailed:
    """A job ended in an error.

    Attributes:
        job: Its number.
        kind: Name of the error's class ("MediaError").
        message: The sentence for the user.
    """

    job: int
    kind: str
    message: str
    _: KW_ONLY
    type: Literal["job failed"] = "job failed"


@dataclass(frozen=True)
class JobCancelled:
    """A job was stopped on request and left nothing."""

    job: int
    _: KW_ONLY
    type: Literal["job cancelled"] = "job cancelled"


EngineMessage = Hello | Ready | StartFailed | Heartbeat | JobProgress | JobDone | JobFailed | JobCancelled
Message = WindowMessage | EngineMessage


def encode(message: Message) -> bytes:
    """A message as one frame.

    Raises:
        InputError: When a file name in it is no Unicode text.
        WorkError: When it is too long.
    """
    try:
        text = _adapter().dump_json(message)
    except ValueError as error:
        raise InputError(
            f"A file name in '{message.type}' is not readable as text ({error}): rename the file."
        ) from error
    return framed(text)


def decode(text: bytes) -> Message:
    """The message in a frame's JSON.

    Raises:
        WorkError: When it is none of ours.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise WorkError(
            f"A message between window and engine cannot be read ({first['msg']} at {first['loc']}): "
            "restart the engine."
        ) from error


@cache  # building it takes some milliseconds, which the import of this module must not
def _adapter() -> TypeAdapter[Message]:
    wide = ConfigDict(ser_json_inf_nan="constants")  # a score may be no number
    return TypeAdapter(Annotated[Message, Field(discriminator="type")], config=wide)
