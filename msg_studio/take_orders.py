"""Orders for takes, made from the project and the user's wishes, and where their takes belong."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from engine.errors import InputError, ProjectError
from engine.orders import GenerateTakes, RegenerateRange
from engine.project.project import Project
from engine.records import Event, Take
from engine.timecode import format_timecode
from engine.timing import PROJECT_RATE_HZ, TOKEN_RATE_HZ, TimeRange
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.generate_options import GenerateOptions

LARGEST_FIRST_SEED = 2**31 - 1000
SHORTEST_STRETCH = PROJECT_RATE_HZ // TOKEN_RATE_HZ  # a token, the least the generator can make anew
NO_MARKS = "Mark the stretch to make anew with I and O first, inside the take."

TakesOrder = GenerateTakes | RegenerateRange


@dataclass(frozen=True)
class Places:
    """Where an order finds and leaves its files.

    Attributes:
        film: The film.
        takes: Project folder that keeps the WAV files.
        maps: Folder of the sync maps.
    """

    film: Path
    takes: Path
    maps: Path


def takes_order(
    project: Project, event_id: str, options: GenerateOptions, places: Places, *, seed: int
) -> GenerateTakes:
    """The order for takes of an event as the project has it.

    Args:
        project: The project.
        event_id: The event.
        options: How takes are to be made.
        places: Where files lie.
        seed: Of the first take.
    """
    event, setup = project.event(event_id), project.setup(event_id)
    return GenerateTakes(
        film=places.film,
        event=event,
        prompt=setup.prompt,
        negative_prompt=setup.negative_prompt,
        takes=options.takes,
        seed=seed,
        steps=options.steps,
        guidance=options.guidance,
        folder=places.takes,
        maps=places.maps,
        variation=options.variation,
        level_db=options.level_db,
        others=others_beside(project, event),
        adapter=options.adapter,
    )


def others_beside(project: Project, event: Event) -> tuple[str, ...]:
    """CatIDs of the accepted events that sound while one does: its takes keep away from them."""
    beside = (
        other.cat_id
        for other in project.events
        if other.range.start_samples < event.range.end_samples
        and event.range.start_samples < other.range.end_samples
        and project.setup(other.id).status != "suggested"
    )
    return tuple(dict.fromkeys(cat_id for cat_id in beside if cat_id != event.cat_id))


def checked_stretch(project: Project, take: Take, marked: TimeRange | None) -> TimeRange:
    """The marked stretch, where it can be made anew inside a take.

    Raises:
        InputError: When there is none, it leaves the take or is too short.
    """
    if marked is None:
        raise InputError(NO_MARKS)
    if marked.start_samples < take.range.start_samples or marked.end_samples > take.range.end_samples:
        raise InputError(
            f"In and Out mark {span_words(project, marked)}, but take {take_number(project, take)} runs from "
            f"{span_words(project, take.range)}: move the marks inside it."
        )
    if marked.duration_samples < SHORTEST_STRETCH:
        raise InputError(
            f"The marked stretch lasts {1000 * marked.duration_samples // PROJECT_RATE_HZ} ms, at least "
            f"{1000 * SHORTEST_STRETCH // PROJECT_RATE_HZ} ms can be made anew: move In and Out apart."
        )
    return marked


def order_words(project: Project, order: TakesOrder) -> str:
    """An order as it is listed among the jobs."""
    if isinstance(order, RegenerateRange):
        number = take_number(project, order.take)
        return f"Regenerate {span_words(project, order.where)} of take {number}"
    takes = f"{order.takes} take{'' if order.takes == 1 else 's'}"
    return f"Generate {takes} of {order.prompt or class_words(order.event.cat_id)}"


def span_words(project: Project, where: TimeRange) -> str:
    """A stretch as "01:00:01:00 to 01:00:02:12"."""
    edges = (where.start_samples, where.end_samples)
    first, last = (format_timecode(project.rate, project.start_label, sample) for sample in edges)
    return f"{first} to {last}"


def take_number(project: Project, take: Take) -> int:
    """The number of a take among those of its event, from 1; 0 when it is gone."""
    ids = [one.id for one in project.takes_of(take.event_id)]
    return ids.index(take.id) + 1 if take.id in ids else 0


def order_now(project: Project, order: TakesOrder, places: Places) -> TakesOrder:
    """An order given again: its event, take and files as they are now.

    Raises:
        ProjectError: When its event or take is gone.
    """
    how = order.how if isinstance(order, RegenerateRange) else order
    event = next((event for event in project.events if event.id == how.event.id), None)
    if event is None:
        raise ProjectError("The event was deleted. Undo that to try again.")
    how = replace(how, film=places.film, event=event, folder=places.takes, maps=places.maps)
    if not isinstance(order, RegenerateRange):
        return how
    take = next((take for take in project.takes if take.id == order.take.id), None)
    if take is None:
        raise ProjectError("The take is gone from the project.")
    by = take.range.start_samples - order.take.range.start_samples
    return replace(order, film=places.film, take=take, where=order.where.shifted(by), how=how)


def first_seed(project: Project, event_id: str, coming: Sequence[int] = ()) -> int:
    """A seed after all seeds used for the event, a random one for its first takes.

    Args:
        project: The project.
        event_id: The event.
        coming: Seeds of its takes that are being made.
    """
    used = [*(take.seed for take in project.takes_of(event_id)), *coming]
    after = max(used, default=LARGEST_FIRST_SEED) + 1
    return after if after < LARGEST_FIRST_SEED else random.randrange(LARGEST_FIRST_SEED)


def last_seed(order: TakesOrder) -> int:
    """Seed of the last take of an order."""
    how = order.how if isinstance(order, RegenerateRange) else order
    return how.seed + how.takes - 1


def with_own_ids(takes: Sequence[Take], taken: set[str]) -> list[Take]:
    """Takes under names nobody has yet: the same seed with other words is another take."""
    named = []
    for take in takes:
        names = chain([take.id], (f"{take.id}-{number}" for number in count(2)))
        free = next(name for name in names if name not in taken)
        taken = {*taken, free}
        named.append(replace(take, id=free))
    return named


def moved_along(takes: Sequence[Take], order: TakesOrder, project: Project) -> list[Take]:
    """Takes where they belong now.

    An event that was moved takes those made for it along, a resized one does not; takes made anew in
    part lie where the old one lies.

    Args:
        takes: As they were made.
        order: What they were made for.
        project: As it is now.
    """
    by = 0
    if isinstance(order, RegenerateRange):
        old = next((take for take in project.takes if take.id == order.take.id), order.take)
        by = old.range.start_samples - order.take.range.start_samples
    else:
        now = next((event for event in project.events if event.id == order.event.id), order.event)
        if now.range.duration_samples == order.event.range.duration_samples:
            by = now.range.start_samples - order.event.range.start_samples
    return [replace(take, range=take.range.shifted(by)) for take in takes]
