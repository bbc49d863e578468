"""The edits a user can make: each function is one step that can be undone."""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import TypeVar

from engine.errors import InputError
from engine.project.project import EventSetup, Lane, Project
from engine.records import ClipInfo, Event, FoundEvent, HitPoint
from engine.timing import PROJECT_RATE_HZ, TimeRange
from engine.ucs import class_for, fitting_class
from msg_studio.event_knobs import KNOBS, with_knob, without_knobs
from msg_studio.qt_models.project_model import ProjectModel

SHORTEST_EVENT = PROJECT_RATE_HZ // 100  # 10 ms
BY_HAND = "made by hand"
# What an event on a lane most likely is before anybody has said so: footsteps, cloth, an impact ...
PLAIN_CLASSES = {
    "feet": "FEETHmn", "moves": "CLOTHMvmt", "props": "OBJMisc", "ambience": "WIND", "fx": "SWSH",
}  # fmt: skip

Field = str | int | float | bool
Setting = TypeVar("Setting", EventSetup, Lane)


def make_event(
    model: ProjectModel,
    lane: str,
    where: TimeRange,
    *,
    hits: Sequence[int] = (),
    cat_id: str = "",
    prompt: str = "",
) -> Event:
    """Make an event by hand and select it.

    Args:
        model: The open project.
        lane: Lane it lies on.
        where: Its range; cut to the film.
        hits: Hit points, in samples.
        cat_id: UCS CatID; the lane's plain class when empty.
        prompt: What should sound.

    Raises:
        InputError: When the range lies outside the film.
        ProjectError: When the project is read-only.
    """
    inside = _inside_film(model.project, where)
    points = tuple(HitPoint(hit) for hit in sorted(set(hits)) if inside.holds(hit))
    event = Event(_new_id(), lane, cat_id or PLAIN_CLASSES[lane], inside, points, 1.0, BY_HAND)
    model.edit("make event", model.project.with_event(event, EventSetup(prompt=prompt)))
    model.select(event.id)
    return event


def delete_event(model: ProjectModel, event_id: str) -> None:
    """Remove an event with its takes, whose files stay; its neighbour becomes the selected one."""
    events = [event.id for event in model.project.events]
    place = events.index(event_id)
    neighbours = [*events[place + 1 :], *reversed(events[:place])]
    model.edit("delete event", without_knobs(model.project.without_event(event_id), event_id))
    if model.selected is None:
        model.select(neighbours[0] if neighbours else None)


def set_range(model: ProjectModel, event_id: str, where: TimeRange, *, gesture: str = "") -> None:
    """Resize an event; hit points outside its new range go.

    Raises:
        InputError: When the range lies outside the film.
    """
    event = model.project.event(event_id)
    inside = _inside_film(model.project, where)
    points = tuple(hit for hit in event.hit_points if inside.holds(hit.sample))
    _put(model, "resize event", replace(event, range=inside, hit_points=points), gesture=gesture)


def move_event(
    model: ProjectModel, event_id: str, by_samples: int, *, lane: str | None = None, gesture: str = ""
) -> None:
    """Move an event with its hit points and takes, as far as the film goes, and perhaps to another lane."""
    event = model.project.event(event_id)
    last_start = _film_samples(model.project) - event.range.duration_samples
    start = min(max(0, event.range.start_samples + by_samples), max(0, last_start))
    by = start - event.range.start_samples
    moved = replace(
        event,
        lane=lane or event.lane,
        range=event.range.shifted(by),
        hit_points=tuple(replace(hit, sample=hit.sample + by) for hit in event.hit_points),
    )
    takes = tuple(
        replace(take, range=take.range.shifted(by)) if take.event_id == event_id else take
        for take in model.project.takes
    )
    project = replace(model.project.with_event(moved), takes=takes)
    model.edit("move event", project, merge=gesture)


def add_hit(model: ProjectModel, event_id: str, sample: int, *, strength: float = 1.0) -> None:
    """Add a hit point to an event.

    Raises:
        InputError: When it lies outside the event.
    """
    event = model.project.event(event_id)
    _check_hit(event, sample)
    others = tuple(hit for hit in event.hit_points if hit.sample != sample)
    _put_hits(model, "add hit point", event, (*others, HitPoint(sample, strength)))


def move_hit(model: ProjectModel, event_id: str, index: int, sample: int, *, gesture: str = "") -> None:
    """Move a hit point inside its event, between its neighbours."""
    event = model.project.event(event_id)
    hits = list(event.hit_points)
    low = hits[index - 1].sample + 1 if index > 0 else event.range.start_samples
    high = hits[index + 1].sample - 1 if index + 1 < len(hits) else event.range.end_samples - 1
    hits[index] = replace(hits[index], sample=min(max(low, sample), high))
    _put_hits(model, "move hit point", event, hits, gesture=gesture)


def set_hit_strength(model: ProjectModel, event_id: str, index: int, strength: float) -> None:
    """Make a hit point stronger or weaker, 0 to 1."""
    event = model.project.event(event_id)
    hits = list(event.hit_points)
    hits[index] = replace(hits[index], strength=min(max(0.0, strength), 1.0))
    _put_hits(model, "set hit strength", event, hits)


def remove_hit(model: ProjectModel, event_id: str, index: int) -> None:
    """Remove a hit point."""
    event = model.project.event(event_id)
    hits = [hit for place, hit in enumerate(event.hit_points) if place != index]
    _put_hits(model, "remove hit point", event, hits)


def add_suggestions(model: ProjectModel, found: Sequence[FoundEvent]) -> None:
    """Add events that were found, as suggestions in place of the suggestions before."""
    project = model.project
    for event in project.events:
        if project.setup(event.id).status == "suggested":
            project = project.without_event(event.id)
    taken = {event.id for event in project.events}
    for one in found:
        event = replace(one.event, id=_free_id(one.event.id, taken))
        taken.add(event.id)
        project = project.with_event(event, EventSetup(prompt=one.prompt, status="suggested"))
    model.edit("find events", project)
    if model.selected is None and project.events:
        model.select(project.events[0].id)


def accept(model: ProjectModel, event_id: str) -> None:
    """Take a suggested event over."""
    project = model.project
    status = "review" if project.takes_of(event_id) else "to do"
    _put_setup(model, "accept event", event_id, {"status": status})


def accept_all(model: ProjectModel) -> None:
    """Take all suggested events over."""
    project = model.project
    for event in project.events:
        setup = project.setup(event.id)
        if setup.status == "suggested":
            project = project.with_event(event, replace(setup, status="to do"))
    model.edit("accept all events", project)


def set_setup(model: ProjectModel, event_id: str, *, gesture: str = "", **changes: Field) -> None:
    """Change what the user sets for an event (fields of EventSetup).

    A prompt that names a class of another kind changes the event's class with it.
    """
    words = f"set {' and '.join(name.replace('_', ' ') for name in changes)}"
    _put_setup(model, words, event_id, changes, gesture=gesture)


def set_class(model: ProjectModel, event_id: str, cat_id: str, *, prompt: str | None = None) -> None:
    """Give an event another sound class, and perhaps the words that choose among its kinds."""
    event = replace(model.project.event(event_id), cat_id=class_for(cat_id).cat_id)
    setup = model.project.setup(event_id)
    words = setup if prompt is None else replace(setup, prompt=prompt)
    model.edit("set class", model.project.with_event(event, words))


def choose_take(model: ProjectModel, take_id: str | None, *, event_id: str = "") -> None:
    """Put a take to use for its event; None takes the choice of `event_id` back."""
    owner = event_id if take_id is None else model.project.take(take_id).event_id
    project = model.project.with_chosen(owner, take_id)
    if take_id is not None:
        project = replace(project, rejected=project.rejected - {take_id})
    model.edit("choose take", project)


def set_rejected(model: ProjectModel, take_id: str, rejected: bool) -> None:
    """Fold a take away, or bring it back; the best one left takes the place of one in use."""
    project = model.project
    if rejected:
        changed = replace(project, rejected=project.rejected | {take_id})
        if take_id in project.chosen:
            event_id = project.take(take_id).event_id
            changed = changed.with_chosen(event_id, _best_left(changed, event_id))
    else:
        changed = replace(project, rejected=project.rejected - {take_id})
    model.edit("reject take" if rejected else "bring take back", changed)


def set_starred(model: ProjectModel, take_id: str, starred: bool) -> None:
    """Mark a take as a favourite, or not."""
    marked = model.project.starred | {take_id} if starred else model.project.starred - {take_id}
    model.edit("star take" if starred else "unstar take", replace(model.project, starred=marked))


def set_lane(model: ProjectModel, name: str, *, gesture: str = "", **changes: Field) -> None:
    """Change a lane (fields of Lane)."""
    words = f"set lane {' and '.join(changes)}"
    lanes = tuple(_changed(lane, changes) if lane.name == name else lane for lane in model.project.lanes)
    model.edit(words, replace(model.project, lanes=lanes), merge=gesture)


def set_setting(model: ProjectModel, name: str, value: Field, *, gesture: str = "") -> None:
    """Change a small value of the project ("guide_gain_db")."""
    settings = {**model.project.settings, name: value}
    words = f"set {name.replace('_', ' ')}"
    model.edit(words, replace(model.project, settings=settings), merge=gesture)


def set_knob(model: ProjectModel, event_id: str, name: str, value: float) -> None:
    """Change how takes of an event are made (KNOBS); turns of a knob in a row are one step."""
    changed = with_knob(model.project, event_id, name, value)
    model.edit(f"set {KNOBS[name].words}", changed, merge=f"{name} of {event_id}")


def relink(model: ProjectModel, film: ClipInfo) -> None:
    """Use another file as the project's film; events and takes stay where they are."""
    model.edit("locate film", replace(model.project, clip=film))


def _put(model: ProjectModel, words: str, event: Event, *, gesture: str = "") -> None:
    model.edit(words, model.project.with_event(event), merge=gesture)


def _put_hits(
    model: ProjectModel, words: str, event: Event, hits: Sequence[HitPoint], *, gesture: str = ""
) -> None:
    ordered = tuple(sorted(hits, key=lambda hit: hit.sample))
    _put(model, words, replace(event, hit_points=ordered), gesture=gesture)


def _put_setup(
    model: ProjectModel, words: str, event_id: str, changes: Mapping[str, Field], *, gesture: str = ""
) -> None:
    setup = _changed(model.project.setup(event_id), changes)
    event = model.project.event(event_id)
    if "prompt" in changes:
        event = replace(event, cat_id=fitting_class(event.cat_id, setup.prompt).cat_id)
    model.edit(words, model.project.with_event(event, setup), merge=gesture)


def _changed(record: Setting, changes: Mapping[str, Field]) -> Setting:
    return replace(record, **changes)  # type: ignore[arg-type]  # checked by the record itself


def _film_samples(project: Project) -> int:
    if project.clip is None:
        raise InputError("This project has no film yet: open a video first.")
    return project.clip.duration_samples


def _inside_film(project: Project, where: TimeRange) -> TimeRange:
    length = _film_samples(project)
    start, end = max(0, where.start_samples), min(length, where.end_samples)
    if end - start < SHORTEST_EVENT:
        raise InputError(
            f"An event from {where.start_s:.3f} to {where.end_s:.3f} s leaves less than 10 ms inside the "
            f"film, which lasts {length / PROJECT_RATE_HZ:.3f} s: choose a longer range inside it."
        )
    return TimeRange(start, end)


def _check_hit(event: Event, sample: int) -> None:
    if not event.range.holds(sample):
        raise InputError(
            f"A hit point at {sample / PROJECT_RATE_HZ:.3f} s lies outside its event, "
            f"{event.range.start_s:.3f} to {event.range.end_s:.3f} s: make the event longer first."
        )


def _best_left(project: Project, event_id: str) -> str | None:
    """The take of an event with the highest reward that is not rejected; None when all are."""
    left = [take for take in project.takes_of(event_id) if take.id not in project.rejected]
    best = max(left, key=lambda take: _rank(take.score.reward), default=None)
    return best.id if best else None


def _rank(reward: float) -> float:
    return -math.inf if math.isnan(reward) else reward


def _new_id() -> str:
    return uuid.uuid4().hex[:8]


def _free_id(wanted: str, taken: set[str]) -> str:
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)
