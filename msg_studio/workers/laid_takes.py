"""Lays the takes in use where export will put them, at the same level and with the same fades.

The window may not import `engine.rendering`, which loads what the engine needs; a test holds
both to the same sum. Letters: S samples of a sound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.project.project import EventSetup, Project
from engine.records import Event, FloatArray, Take
from engine.timing import PROJECT_RATE_HZ
from msg_studio.workers.mixer import LaidSound

EDGE_FADE_SAMPLES = PROJECT_RATE_HZ // 200  # 5 ms, so that no edge clicks

TakeReader = Callable[[Take], FloatArray]


@dataclass(frozen=True)
class Audition:
    """A take listened to in place of the chosen one of its event.

    Attributes:
        take_id: The take.
        solo: Without the rest of the mix and the guide.
    """

    take_id: str
    solo: bool = False


@dataclass(frozen=True)
class LaidTakes:
    """What sounds, and what should but cannot.

    Attributes:
        sounds: In the order of events.
        silent: Why a take cannot be heard, by its id.
    """

    sounds: tuple[LaidSound, ...]
    silent: dict[str, str]


def lay_takes(project: Project, read: TakeReader, *, audition: Audition | None = None) -> LaidTakes:
    """The takes that sound, cut to the film, with gains and fades.

    Muted lanes and events, solo lanes and suggested events count as in the export; an auditioned
    take is heard in any case.

    Args:
        project: The project; without a film nothing sounds.
        read: Gives the sound of a take, (S,); raises InputError when it cannot.
        audition: A take to hear in place of the chosen one.
    """
    sounds: list[LaidSound] = []
    silent: dict[str, str] = {}
    for event, take in _sounding(project, audition):
        try:
            sounds.append(_laid(event, take, project, read))
        except InputError as error:
            silent[take.id] = str(error)
    return LaidTakes(tuple(sounds), silent)


def shaped(sound: FloatArray, setup: EventSetup, *, length: int) -> FloatArray:
    """A take's sound cut to a length, with its fades, (length,)."""
    kept = np.array(sound[:length], dtype=np.float32)
    fade_in = min(max(setup.fade_in_samples, EDGE_FADE_SAMPLES), len(kept))
    fade_out = min(max(setup.fade_out_samples, EDGE_FADE_SAMPLES), len(kept))
    kept[:fade_in] *= _slope(fade_in)
    kept[len(kept) - fade_out :] *= _slope(fade_out)[::-1]
    return kept


def _sounding(project: Project, audition: Audition | None) -> Iterator[tuple[Event, Take]]:
    length = project.clip.duration_samples if project.clip else 0
    for event in project.events:
        take, heard = _take_of(event, project, audition)
        if take is not None and heard and take.range.start_samples < length and take.range.end_samples > 0:
            yield event, take


def _take_of(event: Event, project: Project, audition: Audition | None) -> tuple[Take | None, bool]:
    """The take of an event that may sound, and whether it does."""
    if audition is not None:
        auditioned = (take for take in project.takes_of(event.id) if take.id == audition.take_id)
        take = next(auditioned, None)
        if take is not None or audition.solo:
            return take, True
    setup = project.setup(event.id)
    heard = event.lane in _audible_lanes(project) and not setup.muted and setup.status != "suggested"
    return project.chosen_take(event.id), heard


def _audible_lanes(project: Project) -> set[str]:
    solo = any(lane.solo for lane in project.lanes)
    return {lane.name for lane in project.lanes if not lane.muted and (lane.solo or not solo)}


def _laid(event: Event, take: Take, project: Project, read: TakeReader) -> LaidSound:
    setup = project.setup(event.id)
    lane = next(lane for lane in project.lanes if lane.name == event.lane)
    film = project.clip.duration_samples if project.clip else 0
    start = max(0, take.range.start_samples)
    sound = read(take)[start - take.range.start_samples :]
    return LaidSound(
        start,
        shaped(sound, setup, length=min(take.range.end_samples, film) - start),
        gain=float(np.float32(10 ** ((setup.gain_db + lane.gain_db) / 20))),
        pan=min(max(-1.0, setup.pan + lane.pan), 1.0),
        name=take.id,
    )


def _slope(length: int) -> FloatArray:
    """Raised cosine from 0 to 1, (length,)."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
