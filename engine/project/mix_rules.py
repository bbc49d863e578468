"""Which takes of a project sound, where and how loud: one truth for the export and for what the window plays.

Takes, lanes and mix are mono: the sound editor places them in the panorama, so pan is kept in the
project and heard nowhere. Letters: S samples of one sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.cues import cue_order
from engine.errors import InputError
from engine.project.project import EventSetup, Lane, Project
from engine.records import Event, FloatArray, Take
from engine.timing import PROJECT_RATE_HZ, TimeRange

EDGE_FADE_SAMPLES = PROJECT_RATE_HZ // 200  # 5 ms, so that no edge clicks


@dataclass(frozen=True)
class PlacedTake:
    """A take in the mix.

    Attributes:
        cue: Number of its event in the cue sheet, from 1 in the order of time.
        event: The event.
        take: The take.
        take_number: Place among the event's takes, from 1.
        range: Where it sounds: the take's range, cut to the film.
        level: Factor of the event's and the lane's gain.
        setup: What the user has set for the event.
    """

    cue: int
    event: Event
    take: Take
    take_number: int
    range: TimeRange
    level: float
    setup: EventSetup

    def shaped(self, sound: FloatArray) -> FloatArray:
        """Its part of the take's sound, with fades of 5 ms at least, before the level; (S,).

        Args:
            sound: The whole take, (S,).

        Raises:
            InputError: When the take has another length than its place on the timeline.
        """
        if len(sound) != self.take.range.duration_samples:
            raise InputError(
                f"Take {self.take.id} holds {len(sound)} samples, its place on the timeline "
                f"{self.take.range.duration_samples}: make it again, or choose another take."
            )
        outside = self.range.start_samples - self.take.range.start_samples
        kept = np.array(sound[outside:][: self.range.duration_samples], dtype=np.float32)
        fade_in = min(max(self.setup.fade_in_samples, EDGE_FADE_SAMPLES), len(kept))
        fade_out = min(max(self.setup.fade_out_samples, EDGE_FADE_SAMPLES), len(kept))
        kept[:fade_in] *= _slope(fade_in)
        kept[len(kept) - fade_out :] *= _slope(fade_out)[::-1]
        return kept


def audible_lanes(project: Project) -> tuple[Lane, ...]:
    """The lanes that are heard, in display order: the solo ones, or all; muted ones never."""
    solo = any(lane.solo for lane in project.lanes)
    return tuple(lane for lane in project.lanes if not lane.muted and (lane.solo or not solo))


def sounding_takes(project: Project, *, auditioned: Take | None = None) -> Iterator[PlacedTake]:
    """The takes that sound, in the order of the cue sheet.

    Of each event its chosen take sounds, unless the event is muted or only suggested, its lane is
    not heard, or the take lies outside the film.

    Args:
        project: The project; without a film nothing sounds.
        auditioned: A take that sounds in any case, in place of the chosen one of its event.
    """
    lanes = {lane.name for lane in audible_lanes(project)}
    takes_of = _takes_by_event(project)
    for cue, event in enumerate(sorted(project.events, key=cue_order), start=1):
        takes, setup = takes_of.get(event.id, ()), project.setup(event.id)
        if auditioned is not None and auditioned.event_id == event.id:
            take: Take | None = auditioned
        elif event.lane in lanes and not setup.muted and setup.status != "suggested":
            take = next((take for take in takes if take.id in project.chosen), None)
        else:
            take = None
        where = _inside_film(take, project)
        if take is not None and where is not None:
            yield PlacedTake(
                cue, event, take, takes.index(take) + 1, where, _level(event, setup, project), setup
            )


def _takes_by_event(project: Project) -> Mapping[str, Sequence[Take]]:
    takes: dict[str, list[Take]] = {}
    for take in project.takes:
        takes.setdefault(take.event_id, []).append(take)
    return takes


def _inside_film(take: Take | None, project: Project) -> TimeRange | None:
    """The part of a take inside the film: an event moved to an end may leave some of it outside."""
    length = project.clip.duration_samples if project.clip else 0
    if take is None or take.range.start_samples >= length or take.range.end_samples <= 0:
        return None
    return TimeRange(max(0, take.range.start_samples), min(take.range.end_samples, length))


def _level(event: Event, setup: EventSetup, project: Project) -> float:
    lane_db = next(lane.gain_db for lane in project.lanes if lane.name == event.lane)
    return float(np.float32(10 ** ((setup.gain_db + lane_db) / 20)))


def _slope(length: int) -> FloatArray:
    """Raised cosine from 0 to 1, (length,)."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
