"""What the engine process brings back for each order that ended well."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Literal

from engine.records import ClipInfo, FoundEvent, Take
from engine.timing import TimeRange


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
    """The takes, their WAV files in the project folder; fewer than ordered after a cancel.

    Attributes:
        takes: In seed order.
        distance: Mean distance of their log-mels in nepers, None for fewer than two.
        joins: Where regenerated takes mix old and new, on the timeline.
        notice: What the engine made of words it did not know, empty for nothing.
    """

    takes: tuple[Take, ...]
    distance: float | None = None
    joins: tuple[TimeRange, ...] = ()
    notice: str = ""
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
