"""How takes of an event are made, as the user last set it; kept among the project's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.project.project import Project, Setting


@dataclass(frozen=True)
class Knob:
    """A number that takes are made with.

    Attributes:
        name: Name of the field of GenerateOptions.
        words: What the user calls it.
        usual: Its value until the user sets another.
        least: Lowest value.
        most: Highest value.
    """

    name: str
    words: str
    usual: float
    least: float
    most: float


KNOBS: Mapping[str, Knob] = {
    knob.name: knob
    for knob in (
        Knob("takes", "number of takes", 4, 1, 8),
        Knob("variation", "variation", 1.0, 0.0, 1.0),
        Knob("level_db", "level", 0.0, -24.0, 12.0),
        Knob("steps", "steps", 15, 1, 200),
        Knob("guidance", "guidance", 2.5, 0.0, 20.0),
    )
}


def knob_value(project: Project, event_id: str, name: str) -> float:
    """What a knob stands at for an event; its usual value where the file holds no number."""
    knob = KNOBS[name]
    stored = project.settings.get(_key(event_id, name), knob.usual)
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        return knob.usual
    return stored if knob.least <= stored <= knob.most else knob.usual


def turned_knobs(project: Project, event_id: str) -> list[str]:
    """Words of the knobs that do not stand at their usual value for an event."""
    return [knob.words for knob in KNOBS.values() if knob_value(project, event_id, knob.name) != knob.usual]


def with_knob(project: Project, event_id: str, name: str, value: float) -> Project:
    """The project with a knob of an event at another value; the usual one is not stored."""
    knob, key = KNOBS[name], _key(event_id, name)
    others: dict[str, Setting] = {one: set_to for one, set_to in project.settings.items() if one != key}
    inside = min(max(knob.least, value), knob.most)
    return replace(project, settings=others if inside == knob.usual else {**others, key: inside})


def without_knobs(project: Project, event_id: str) -> Project:
    """The project without what was set for an event."""
    gone = {_key(event_id, name) for name in KNOBS}
    if not gone & project.settings.keys():
        return project
    return replace(
        project, settings={key: set_to for key, set_to in project.settings.items() if key not in gone}
    )


def _key(event_id: str, name: str) -> str:
    return f"{name} of {event_id}"
