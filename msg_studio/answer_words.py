"""What the user is told of takes that have arrived."""

from collections.abc import Sequence

from engine.project.project import Project
from engine.records import Take
from msg_studio.take_orders import span_words

# Nepers between log-mels. Four takes of a hammer differ by 0.17 with a variation of 10 %, by 2.1 with 100 %;
# four of wind, which has no blows to differ in, by 0.07 and 0.38.
HARDLY, CLEARLY = 0.2, 0.75


def arrival_words(
    project: Project, takes: Sequence[Take], distance: float | None, *, variation: float = 1.0
) -> str:
    """Takes that have arrived in one line: how many, what is new in them, how much they differ.

    Args:
        project: The project with them in it.
        takes: The takes.
        distance: Mean distance of their log-mels in nepers, None for fewer than two.
        variation: What they were ordered with.
    """
    count = f"{len(takes)} take{'' if len(takes) == 1 else 's'}"
    remade = remade_words(project, takes[0]) if takes else ""
    parts = (f"{count} arrived", remade, variety_words(distance, variation=variation))
    return "; ".join(part for part in parts if part)


def remade_words(project: Project, take: Take) -> str:
    """Which stretch of a take was made anew, and what it is joined to; empty for a take of its own."""
    where = take.remade
    if where is None:
        return ""
    ids = [one.id for one in project.takes_of(take.event_id)]
    source = take.layers[0].source_take_id
    old = f"take {ids.index(source) + 1}" if source in ids else f"the older take {source}"
    return f"{span_words(project, where)} made anew, joined there to {old}"


def variety_words(distance: float | None, *, variation: float = 1.0) -> str:
    """How much takes differ from each other; empty where there is nothing to compare."""
    if distance is None:
        return ""
    if distance >= HARDLY:
        return "they differ clearly" if distance >= CLEARLY else "they differ a little"
    remedy = "raise Variation under More" if variation < 1 else "other words or hit points may help"
    return f"they hardly differ: {remedy}"
