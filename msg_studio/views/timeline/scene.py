"""Everything one picture of the timeline is drawn from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtGui import QFont

from engine.project.project import EventSetup, Project
from engine.records import Event, Take
from engine.timing import TimeRange
from msg_studio.look.theme import Theme
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.timeline.geometry import Box, Rows
from msg_studio.views.timeline.peak_pyramid import PeakPyramid

Peaks = Callable[[str], PeakPyramid | None]
Trouble = Callable[[str], str]

NO_CLASS = "no class yet"

# What the engine says of an event is a sentence; on a dashed outline there is room for a word.
REASON_WORDS = (("contact", "contact"), ("movement", "motion"), ("motion", "motion"), ("cut", "cut"))
OTHER_REASON_WORDS = (("steady sound", "sound"), ("ambience", "ambience"))


@dataclass(frozen=True)
class Preview:
    """What a drag would do if it ended now.

    Attributes:
        events: Events as they would be, by id.
        outline: Lane and range of an event about to be made.
        hits: Hit points tapped so far, with the outline.
        marks: In and out as they would be; None while they are not dragged.
        snapped: Sample the drag has caught on.
        words: What to say beside the pointer.
        words_at: Sample and height where the words stand.
    """

    events: Mapping[str, Event] = field(default_factory=dict)
    outline: tuple[str, TimeRange] | None = None
    hits: tuple[int, ...] = ()
    marks: tuple[int | None, int | None] | None = None
    snapped: int | None = None
    words: str = ""
    words_at: tuple[int, float] = (0, 0.0)


@dataclass(frozen=True)
class Scene:
    """One state of the timeline, ready to be drawn.

    Attributes:
        project: The project.
        axis: The time axis.
        rows: The bands.
        boxes: Boxes of the events seen, the selected one last.
        numbers: Cue numbers by event id.
        chosen: The take in use by event id.
        selected: Id of the selected event.
        selected_hit: Index of the selected hit point of that event, -1 for none.
        marks: In and out.
        preview: What a drag would do.
        theme: Colours.
        font: Font of titles and labels.
        peaks: Waveforms by key.
        trouble: Why a key has no waveform, empty when it is on its way.
        width: Logical pixels.
        height: Logical pixels.
        ratio: Device pixels in a logical one.
    """

    project: Project
    axis: TimeAxis
    rows: Rows
    boxes: tuple[Box, ...]
    numbers: Mapping[str, int]
    chosen: Mapping[str, Take]
    selected: str
    selected_hit: int
    marks: tuple[int | None, int | None]
    preview: Preview
    theme: Theme
    font: QFont
    peaks: Peaks
    trouble: Trouble
    width: int
    height: int
    ratio: float


def chosen_takes(project: Project) -> dict[str, Take]:
    """The take in use of each event that has one."""
    return {take.event_id: take for take in project.takes if take.id in project.chosen}


def silent_lanes(project: Project) -> set[str]:
    """Lanes that are not heard: muted ones, and all without solo when one has it."""
    solo = any(lane.solo for lane in project.lanes)
    return {lane.name for lane in project.lanes if lane.muted or (solo and not lane.solo)}


def title_of(event: Event, setup: EventSetup) -> str:
    """What should sound: the prompt, with the words of the class where it does not say them."""
    words = class_words(event.cat_id)
    prompt = setup.prompt.strip()
    if not prompt or not words:
        return prompt or words or NO_CLASS
    return prompt if words.split()[0].casefold() in prompt.casefold() else f"{prompt} ({words})"


def reason_word(event: Event) -> str:
    """One word for why an event was found."""
    reason = event.reason.casefold()
    fitting = (word for sign, word in (*REASON_WORDS, *OTHER_REASON_WORDS) if sign in reason)
    return next(fitting, reason.split()[0].strip(",;:.") if reason.split() else "found")


def words_of(project: Project, event: Event, number: int, *, position: Callable[[int], str]) -> str:
    """An event in a sentence, for tooltips and screen readers."""
    setup = project.setup(event.id)
    hits = len(event.hit_points)
    takes = len(project.takes_of(event.id))
    parts = [
        f"Cue {number}: {title_of(event, setup)}",
        f"{event.lane}, {setup.status}{', muted' if setup.muted else ''}",
        f"{position(event.range.start_samples)} to {position(event.range.end_samples)}, "
        f"{event.range.duration_s:.2f} s",
        f"{hits} hit point{'' if hits == 1 else 's'}, {takes} take{'' if takes == 1 else 's'}",
    ]
    chosen = project.chosen_take(event.id)
    if chosen is not None and chosen.remade is not None:
        edges = (chosen.remade.start_samples, chosen.remade.end_samples)
        parts.append(f"take in use made anew from {' to '.join(position(edge) for edge in edges)}")
    if setup.status == "suggested":
        parts.append(f"{event.confidence:.0%} sure: {event.reason}")
    return "; ".join(parts)
