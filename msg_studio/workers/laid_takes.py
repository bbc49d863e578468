"""Lays the takes in use for the mixer, by the rules the export follows as well."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import InputError
from engine.project.mix_rules import PlacedTake, sounding_takes
from engine.project.project import Project
from engine.records import FloatArray, Take
from msg_studio.workers.mixer import LaidSound

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
        sounds: In the order of the cue sheet.
        silent: Why a take cannot be heard, by its id.
    """

    sounds: tuple[LaidSound, ...]
    silent: dict[str, str]


def lay_takes(project: Project, read: TakeReader, *, audition: Audition | None = None) -> LaidTakes:
    """The takes that sound as in the export, cut to the film, with gains and fades.

    Args:
        project: The project; without a film nothing sounds.
        read: Gives the sound of a take, (S,); raises InputError when it cannot.
        audition: A take to hear in any case, in place of the chosen one of its event.
    """
    sounds: list[LaidSound] = []
    silent: dict[str, str] = {}
    for placed in _placed(project, audition):
        take = placed.take
        try:
            shaped = placed.shaped(read(take))
        except InputError as error:
            silent[take.id] = str(error)
        else:
            sounds.append(LaidSound(placed.range.start_samples, shaped, gain=placed.level, name=take.id))
    return LaidTakes(tuple(sounds), silent)


def _placed(project: Project, audition: Audition | None) -> list[PlacedTake]:
    if audition is None:
        return list(sounding_takes(project))
    auditioned = next((take for take in project.takes if take.id == audition.take_id), None)
    placed = sounding_takes(project, auditioned=auditioned)
    return [one for one in placed if not audition.solo or one.take is auditioned]
