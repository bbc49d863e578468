"""Which classes of the sound bank the classifier knows: a rule, and how many sources stand behind it.

Classes are taken as the bank names them: near duplicates such as DOOR_open and DOOR_close stay apart.
"""

from dataclasses import dataclass

from engine.errors import InputError
from trainer.scenes.bank import Ambience, SoundBank, Voice

Sound = Voice | Ambience

LEAST_SOURCES = 3
LEAST_HELD_OUT = 1
LEAST_TRAIN = 2


@dataclass(frozen=True)
class ClassSources:
    """Independent sources (recording groups) of a class on both sides.

    Attributes:
        name: The class.
        train: Groups that may be learned from.
        held_out: Groups that are never learned from.
    """

    name: str
    train: int
    held_out: int

    @property
    def candidate(self) -> bool:
        """Whether it can be learned and tested at all."""
        enough = self.train + self.held_out >= LEAST_SOURCES
        return enough and self.train >= LEAST_TRAIN and self.held_out >= LEAST_HELD_OUT


def sources_of(train: SoundBank, held_out: SoundBank) -> list[ClassSources]:
    """Sources of all classes of either side, by name."""
    names = sorted({*train.classes, *held_out.classes})
    return [ClassSources(name, len(groups_of(train, name)), len(groups_of(held_out, name))) for name in names]


def groups_of(bank: SoundBank, name: str) -> tuple[str, ...]:
    """Recording groups of a class, sorted."""
    return tuple(sorted({sound.group for sound in sounds_of(bank, name)}))


def sounds_of(bank: SoundBank, name: str) -> list[Sound]:
    """Voices and ambiences of a class."""
    return [*bank.voices.get(name, []), *bank.ambiences.get(name, [])]


def known_classes(sources: list[ClassSources], *, least_train_groups: int, least: int = 2) -> tuple[str, ...]:
    """Candidates with at least so many training groups.

    Raises:
        InputError: When fewer than ``least`` classes are left.
    """
    chosen = tuple(found.name for found in sources if found.candidate and found.train >= least_train_groups)
    if len(chosen) < least:
        raise InputError(
            f"{len(chosen)} classes of the sound bank have {least_train_groups} training groups and a "
            f"held-out one, wanted at least {least}: lower least_train_groups or give a larger bank."
        )
    return chosen
