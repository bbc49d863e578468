"""The cue table: one row per event, the accessible twin of the timeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from engine.errors import InputError
from engine.project.project import STATUSES, EventSetup, Project
from engine.records import Event, Take
from engine.timecode import format_timecode
from engine.ucs import class_for
from msg_studio.commands import set_setup
from msg_studio.qt_models.cue_numbers import cue_numbers
from msg_studio.qt_models.offset_brief import offset_in_brief
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import SORT_ROLE, Column, RecordTable

OPEN_STATUSES = ("to do", "review", "approved")  # for the user to give; the others come by themselves
UNMEASURED_ORDER = 10_000.0  # sorts below every offset
STATUS_SIGNS = {"suggested": "?", "to do": "○", "generating": "…", "review": "◐", "approved": "●"}


@dataclass(frozen=True)
class Cue:
    """What one row shows.

    Attributes:
        number: Place among the events in the order of time, from 1.
        event: The event.
        setup: What the user has set for it.
        takes: How many takes it has, rejected ones left out.
        chosen: The take in use.
        timecode: Where it begins.
        frame_ms: Length of a picture, for offsets.
    """

    number: int
    event: Event
    setup: EventSetup
    takes: int
    chosen: Take | None
    timecode: str
    frame_ms: float

    @property
    def what(self) -> str:
        """The prompt, or the words of the class where there is none."""
        return self.setup.prompt or class_words(self.event.cat_id)


def make_event_table(model: ProjectModel) -> RecordTable[Cue]:
    """A cue table that follows the open project; what and status can be edited."""
    table = RecordTable(
        cue_columns(model),
        model,
        key=lambda cue: cue.event.id,
        quiet=lambda cue: cue.setup.status == "suggested",
        editable=lambda: not model.read_only_reason,
    )
    model.project_changed.connect(lambda: table.show_records(tuple(cues_of(model.project))))
    table.show_records(tuple(cues_of(model.project)))
    return table


def cue_columns(model: ProjectModel) -> list[Column[Cue]]:
    """The columns, from left to right."""
    set_field = partial(set_setup, model)
    return [
        Column(
            "#", lambda cue: str(cue.number), numeric=True, sort=lambda cue: cue.number, about="Cue number"
        ),
        Column(
            "What",
            lambda cue: cue.what,
            tip=lambda cue: f"{cue.what}\n{cue.event.cat_id}: {class_words(cue.event.cat_id)}",
            edited=lambda cue, words: set_field(cue.event.id, prompt=words.strip()),
            start=lambda cue: cue.setup.prompt,
            about="What should sound: the prompt, or the class where there is none",
        ),
        Column("In", lambda cue: cue.timecode, sort=lambda cue: cue.number, about="Where the event begins"),
        Column("Takes", lambda cue: str(cue.takes), numeric=True, sort=lambda cue: cue.takes),
        Column(
            "Status",
            lambda cue: f"{STATUS_SIGNS[cue.setup.status]} {cue.setup.status}",
            sort=lambda cue: STATUSES.index(cue.setup.status),
            edited=lambda cue, status: set_field(cue.event.id, status=status),
            tip=lambda cue: cue.setup.status,
            start=lambda cue: cue.setup.status,
            choices=OPEN_STATUSES,
            about="Status: ○ to do, ◐ review, ● approved, ? suggested",
            bare=True,
        ),
        Column("Lane", lambda cue: cue.event.lane),
        Column(
            "Length",
            lambda cue: f"{cue.event.range.duration_s:.2f} s",
            numeric=True,
            sort=lambda cue: cue.event.range.duration_samples,
        ),
        Column(
            "Hits",
            lambda cue: str(len(cue.event.hit_points)),
            numeric=True,
            sort=lambda cue: len(cue.event.hit_points),
            about="Hit points",
        ),
        Column(
            "Offset",
            lambda cue: offset_in_brief(cue.chosen.score) if cue.chosen else "",
            tip=offset_words,
            sort=offset_order,
            about="Offset of the chosen take",
        ),
        Column(
            "Sure",
            lambda cue: f"{cue.event.confidence:.0%}",
            numeric=True,
            sort=lambda cue: cue.event.confidence,
            about="How sure it is that something sounds here",
        ),
        Column("Why", lambda cue: cue.event.reason, about="Why the event is there"),
    ]


def cues_of(project: Project) -> Iterator[Cue]:
    """One cue an event, in the order of the project."""
    counts: dict[str, int] = {}
    chosen: dict[str, Take] = {}
    for take in project.takes:
        counts[take.event_id] = counts.get(take.event_id, 0) + (take.id not in project.rejected)
        if take.id in project.chosen:
            chosen[take.event_id] = take
    frame_ms = 1000 / float(project.rate.fps)
    numbers = cue_numbers(project.events)
    for event in project.events:
        yield Cue(
            numbers[event.id],
            event,
            project.setup(event.id),
            counts.get(event.id, 0),
            chosen.get(event.id),
            format_timecode(project.rate, project.start_label, event.range.start_samples),
            frame_ms,
        )


@cache  # the timeline asks with each repaint
def class_words(cat_id: str) -> str:
    """The plainest words of a class; the CatID itself where we do not know it."""
    try:
        return class_for(cat_id).words[0]
    except InputError:
        return cat_id


def offset_words(cue: Cue) -> str:
    """Offset of the chosen take in words, empty where there is none."""
    return cue.chosen.score.offset_in_words(frame_ms=cue.frame_ms) if cue.chosen else ""


def offset_order(cue: Cue) -> float:
    """Orders the worst offsets first; what cannot be measured comes last."""
    if cue.chosen is None or not cue.chosen.score.measurable:
        return UNMEASURED_ORDER
    return -abs(cue.chosen.score.offset_ms)


class CueFilter(QSortFilterProxyModel):
    """Cues in the order of a column, those only that hold every word of a filter."""

    def __init__(self, table: RecordTable[Cue], parent: QObject) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(table)

    def set_filter(self, text: str) -> None:
        """Show cues that hold each of these words somewhere; all for an empty text."""
        self._words = tuple(text.casefold().split())
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether a cue holds every word."""
        if not self._words:
            return True
        table = self.sourceModel()
        cells = (
            str(table.index(source_row, column, source_parent).data())
            for column in range(table.columnCount())
        )
        row = "\n".join(cells).casefold()
        return all(word in row for word in self._words)
