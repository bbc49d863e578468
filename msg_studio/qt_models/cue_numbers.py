"""The numbers of cues, one count for the timeline, the cue table and the cue sheet."""

from collections.abc import Iterable

from engine.records import Event


def cue_numbers(events: Iterable[Event]) -> dict[str, int]:
    """Number of each event by its id: counted from 1 in the order of time, as the cue sheet does."""
    in_time = sorted(events, key=lambda event: (event.range.start_samples, event.range.end_samples))
    return {event.id: number for number, event in enumerate(in_time, start=1)}
