"""An event from numbers a user typed."""

from engine.clip import Clip
from engine.errors import InputError
from engine.records import Event, HitPoint
from engine.timing import PROJECT_RATE_HZ, TimeRange, seconds_to_samples


def event_by_hand(
    clip: Clip, *, start_s: float, end_s: float, cat_id: str, lane: str, hits: tuple[float, ...]
) -> Event:
    """An event from numbers a user typed; a hit point given twice is one.

    Raises:
        InputError: When the range or a hit point lies outside the clip.
    """
    where = TimeRange.from_seconds(start_s, end_s)
    if where.start_samples < 0 or where.end_samples > clip.info.duration_samples:
        raise InputError(
            f"Range {start_s:.3f} to {end_s:.3f} s leaves the clip, which lasts "
            f"{clip.info.duration_samples / PROJECT_RATE_HZ:.3f} s: choose a range inside."
        )
    outside = [hit for hit in hits if not start_s <= hit < end_s]
    if outside:
        raise InputError(
            f"Hit point {outside[0]:.3f} s lies outside {start_s:.3f} to {end_s:.3f} s: move it."
        )
    points = tuple(HitPoint(seconds_to_samples(hit)) for hit in sorted(set(hits)))
    return Event("e001", lane, cat_id, where, points, 1.0, "made by hand")
