"""A project as plain, frozen Python: what the window edits, the engine fills and the trainer reads.

Every edit gives a new Project; the old one is the undo step.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from engine.project.votes import Vote
from engine.records import ClipInfo, Event, Take
from engine.timecode import DEFAULT_START, TimecodeRate, frame_of_label, label_of_frame, project_rate
from engine.timing import PROJECT_RATE_HZ
from engine.ucs import LANES

STATUSES = ("suggested", "to do", "generating", "review", "approved")
PERSPECTIVES = ("close", "medium", "wide")
DEFAULT_HANDLE_SAMPLES = PROJECT_RATE_HZ // 2

Setting = str | int | float | bool


@dataclass(frozen=True)
class Lane:
    """A lane of the timeline and its place in the mix.

    Attributes:
        name: Fixed name that events refer to ("feet").
        title: What the user calls it.
        gain_db: Level, 0 as recorded.
        pan: -1 left to 1 right; kept, heard nowhere (see mix_rules).
        muted: Left out of the mix.
        solo: Heard alone.
    """

    name: str
    title: str
    gain_db: float = 0.0
    pan: float = 0.0
    muted: bool = False
    solo: bool = False


@dataclass(frozen=True)
class EventSetup:
    """What the user has set for an event, beside what was found.

    Attributes:
        prompt: What should sound.
        negative_prompt: What should not.
        character: Who makes the sound.
        surface: Floor or prop.
        perspective: close, medium or wide.
        on_screen: Whether its source is seen.
        status: One of STATUSES; suggested events are not generated or exported.
        note: Free text.
        handle_samples: Sound kept beyond each end, at 48 kHz.
        gain_db: Level, 0 as generated.
        pan: -1 left to 1 right; kept, heard nowhere (see mix_rules).
        muted: Left out of the mix.
        fade_in_samples: Length at 48 kHz.
        fade_out_samples: Length at 48 kHz.
    """

    prompt: str = ""
    negative_prompt: str = ""
    character: str = ""
    surface: str = ""
    perspective: str = "medium"
    on_screen: bool = True
    status: str = "to do"
    note: str = ""
    handle_samples: int = DEFAULT_HANDLE_SAMPLES
    gain_db: float = 0.0
    pan: float = 0.0
    muted: bool = False
    fade_in_samples: int = 0
    fade_out_samples: int = 0

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"Event status {self.status!r} is not one of {', '.join(STATUSES)}")
        if self.perspective not in PERSPECTIVES:
            raise ValueError(f"Perspective {self.perspective!r} is not one of {', '.join(PERSPECTIVES)}")


@dataclass(frozen=True)
class Marker:
    """A named moment of the timeline.

    Attributes:
        sample: Position at 48 kHz.
        text: What it says.
        colour: "#rrggbb", empty for the window's default.
    """

    sample: int
    text: str
    colour: str = ""


DEFAULT_LANES = tuple(Lane(name, name.capitalize() if name != "fx" else "FX") for name in LANES)


@dataclass(frozen=True)
class Project:
    """Everything a project folder holds.

    Attributes:
        id: Stable across saves, renames and copies.
        name: What the user calls it.
        clip: The film, which stays outside the folder; its path may no longer exist. None before
            one is chosen.
        rate: How timecode counts.
        start_frame: Frames from 00:00:00:00 to the first picture.
        lanes: In display order.
        events: In display order.
        setups: By event id; events without an entry have the default setup.
        takes: In the order they were made.
        chosen: Ids of the takes in use, at most one for each event.
        starred: Ids of favourite takes.
        rejected: Ids of takes folded away.
        votes: Preferences in the order given, revoked ones left out.
        markers: In display order.
        settings: Small values of the window and the export, by name.

    Raises:
        ValueError: When an id comes twice or refers to nothing.
    """

    id: str
    name: str
    rate: TimecodeRate
    start_frame: int
    clip: ClipInfo | None = None
    lanes: tuple[Lane, ...] = DEFAULT_LANES
    events: tuple[Event, ...] = ()
    setups: Mapping[str, EventSetup] = field(default_factory=dict)
    takes: tuple[Take, ...] = ()
    chosen: frozenset[str] = frozenset()
    starred: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    votes: tuple[Vote, ...] = ()
    markers: tuple[Marker, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = {event_id: setup for event_id, setup in self.setups.items() if setup != EventSetup()}
        object.__setattr__(self, "setups", own)
        _check(self)

    @property
    def start_label(self) -> str:
        """Timecode label of the first picture."""
        return label_of_frame(self.rate, self.start_frame)

    def event(self, event_id: str) -> Event:
        """The event of an id.

        Raises:
            KeyError: When there is none.
        """
        return {event.id: event for event in self.events}[event_id]

    def take(self, take_id: str) -> Take:
        """The take of an id.

        Raises:
            KeyError: When there is none.
        """
        return {take.id: take for take in self.takes}[take_id]

    def setup(self, event_id: str) -> EventSetup:
        """What the user has set for an event."""
        return self.setups.get(event_id, EventSetup())

    def takes_of(self, event_id: str) -> tuple[Take, ...]:
        """Takes of an event, in the order they were made."""
        return tuple(take for take in self.takes if take.event_id == event_id)

    def chosen_take(self, event_id: str) -> Take | None:
        """The take in use, None when none is chosen."""
        return next((take for take in self.takes_of(event_id) if take.id in self.chosen), None)

    def with_timecode(self, *, rate: TimecodeRate | None = None, start_label: str | None = None) -> "Project":
        """Another rate, another label of the first picture, or both.

        Raises:
            InputError: When the label is not one of the rate.
        """
        new_rate = rate or self.rate
        label = start_label or self.start_label.replace(";", ":")
        return replace(self, rate=new_rate, start_frame=frame_of_label(new_rate, label))

    def with_event(self, event: Event, setup: EventSetup | None = None) -> "Project":
        """An event added, or put in place of the one with its id; its takes stay."""
        events = {**{old.id: old for old in self.events}, event.id: event}
        setups = self.setups if setup is None else {**self.setups, event.id: setup}
        return replace(self, events=tuple(events.values()), setups=setups)

    def without_event(self, event_id: str) -> "Project":
        """An event removed, its takes with it; their files and votes stay."""
        gone = {take.id for take in self.takes_of(event_id)}
        return replace(
            self,
            events=tuple(event for event in self.events if event.id != event_id),
            setups={key: setup for key, setup in self.setups.items() if key != event_id},
            takes=tuple(take for take in self.takes if take.id not in gone),
            chosen=self.chosen - gone,
            starred=self.starred - gone,
            rejected=self.rejected - gone,
        )

    def with_takes(self, takes: Iterable[Take]) -> "Project":
        """Takes added; the first take of an event without a choice becomes the chosen one."""
        new = tuple(takes)
        chosen = set(self.chosen)
        settled = {take.event_id for take in self.takes if take.id in chosen}
        for take in new:
            if take.event_id not in settled:
                settled.add(take.event_id)
                chosen.add(take.id)
        return replace(self, takes=(*self.takes, *new), chosen=frozenset(chosen))

    def with_chosen(self, event_id: str, take_id: str | None) -> "Project":
        """A take put to use for its event, or none.

        Raises:
            ValueError: When the take is not one of this event.
        """
        of_event = {take.id for take in self.takes_of(event_id)}
        if take_id is not None and take_id not in of_event:
            raise ValueError(f"Take {take_id!r} is not a take of event {event_id!r}")
        return replace(self, chosen=(self.chosen - of_event) | ({take_id} if take_id is not None else set()))

    def with_votes(self, votes: Iterable[Vote]) -> "Project":
        """The votes that stand, in place of those before."""
        return replace(self, votes=tuple(votes))


def new_project(name: str, clip: ClipInfo | None = None) -> Project:
    """An empty project; the film's rate gives the timecode, which starts at 01:00:00:00."""
    rate = project_rate(clip.fps if clip else Fraction(25))
    return Project(uuid.uuid4().hex, name, rate, frame_of_label(rate, DEFAULT_START), clip)


def _check(project: Project) -> None:
    events = _unique("event", (event.id for event in project.events))
    lanes = _unique("lane", (lane.name for lane in project.lanes))
    takes = _unique("take", (take.id for take in project.takes))
    _unique("vote", (vote.id for vote in project.votes))
    _known("lane", {event.lane for event in project.events}, lanes)
    _known("event", {take.event_id for take in project.takes} | set(project.setups), events)
    _known("take", project.chosen | project.starred | project.rejected, takes)
    _unique(
        "event with a chosen take", (take.event_id for take in project.takes if take.id in project.chosen)
    )


def _unique(kind: str, ids: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ValueError(f"The project has {kind} {one!r} twice")
        seen.add(one)
    return seen


def _known(kind: str, used: Iterable[str], present: set[str]) -> None:
    lost = sorted(set(used) - present)
    if lost:
        raise ValueError(f"The project refers to {kind} {lost[0]!r}, which it does not have")
