"""What the window may ask of the engine process, one record an order."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Literal

from engine.records import Event, Take
from engine.timing import TimeRange


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
        negative_prompt: What is not wanted, parted by commas; kept with the takes.
        takes: How many.
        seed: Seed of the first take; take k has seed + k - 1. Give each order of an event seeds of
            its own: a take is named after event and seed.
        steps: Euler steps.
        guidance: Guidance weight.
        folder: Project folder that keeps the WAV files.
        maps: Folder for the takes' sync maps; made where it is missing.
        variation: How much takes differ from the first: 1 fully, 0 not at all.
        level_db: Louder or softer than usual.
        others: CatIDs of the events that sound at the same time; takes keep away from them.
        adapter: Name of the user's adapter that is switched on, empty for none.
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
    variation: float = 1.0
    level_db: float = 0.0
    others: tuple[str, ...] = ()
    adapter: str = ""
    _: KW_ONLY
    type: Literal["generate takes"] = "generate takes"


@dataclass(frozen=True)
class RegenerateRange:
    """Make a stretch of a take anew; outside its joins it stays as it is. Answer: TakesMade.

    Attributes:
        film: The film.
        take: The old take; it and its file stay.
        where: The stretch on the timeline.
        strength: 1 makes it anew, less varies what is there.
        how: What should sound there and how; its event is the take's.
    """

    film: Path
    take: Take
    where: TimeRange
    strength: float
    how: GenerateTakes
    _: KW_ONLY
    type: Literal["regenerate range"] = "regenerate range"


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


Order = OpenFilm | FindEvents | GenerateTakes | RegenerateRange | ScoreTake | ScoreGuide | ExportStems
