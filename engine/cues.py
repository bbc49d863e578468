"""The cue sheet as CSV: one line per event, positions as timecode and, exactly, as samples."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.records import Event, Take
from engine.timecode import TimecodeRate, format_timecode

COLUMNS = (
    "number", "tc_in", "tc_out", "lane", "cat_id", "what", "hit_points", "confidence", "takes",
    "chosen_take", "event_id", "start_samples", "end_samples",
)  # fmt: skip

# A spreadsheet would take a cell that begins so for a formula.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cue:
    """One line of the cue sheet.

    Attributes:
        event: The event.
        what: What should sound, in words.
        takes: Its takes.
        chosen: The take in use, None when none is chosen.
    """

    event: Event
    what: str
    takes: tuple[Take, ...] = ()
    chosen: Take | None = None


def cue_order(event: Event) -> tuple[int, int]:
    """What events are sorted by before their cues are numbered: their begin, then their end."""
    return event.range.start_samples, event.range.end_samples


def write_cue_sheet(path: Path, cues: Sequence[Cue], *, rate: TimecodeRate, start_label: str) -> None:
    """Write the cue sheet as UTF-8 CSV, cues numbered in the order of time.

    Args:
        path: The file to write.
        cues: The cues, in any order.
        rate: How timecode counts.
        start_label: Timecode label of the first picture.

    Raises:
        InputError: When the label is not one of the rate.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    in_time = sorted(cues, key=lambda cue: cue_order(cue.event))
    lines = [_line(number, cue, rate, start_label) for number, cue in enumerate(in_time, start=1)]
    with (
        written_atomically(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as handle,
    ):
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def _line(number: int, cue: Cue, rate: TimecodeRate, start_label: str) -> dict[str, str | int]:
    event = cue.event
    hits = (format_timecode(rate, start_label, hit.sample) for hit in event.hit_points)
    return {
        "number": number,
        "tc_in": format_timecode(rate, start_label, event.range.start_samples),
        "tc_out": format_timecode(rate, start_label, event.range.end_samples),
        "lane": event.lane,
        "cat_id": event.cat_id,
        "what": _plain_text(cue.what),
        "hit_points": " ".join(hits),
        "confidence": f"{event.confidence:.2f}",
        "takes": len(cue.takes),
        "chosen_take": cue.chosen.id if cue.chosen else "",
        "event_id": event.id,
        "start_samples": event.range.start_samples,
        "end_samples": event.range.end_samples,
    }


def _plain_text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
