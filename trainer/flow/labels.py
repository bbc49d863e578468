"""Labels of films as classes of the generator; labels that name none are counted, never guessed."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.ucs import SoundClass, class_for, class_from_prompt
from trainer.data.feature_cache import make_folder

_SHOWN = 5


@dataclass(frozen=True)
class FilmLabels:
    """What the labels of a run's films were taken for.

    Attributes:
        taken: By label its class, None for a label that names no class of the generator.
        films: By label the number of films, the most frequent label first.
    """

    taken: dict[str, SoundClass | None]
    films: dict[str, int]

    @property
    def total(self) -> int:
        """All films."""
        return sum(self.films.values())

    @property
    def without_class(self) -> int:
        """Films whose label names no class."""
        return sum(count for label, count in self.films.items() if self.taken[label] is None)

    def account(self) -> str:
        """How many films have no class, and the labels most of them carry, in words."""
        strange = [(label, count) for label, count in self.films.items() if self.taken[label] is None]
        if not strange:
            return f"all {self.total} films have a class"
        shown = ", ".join(f"{label or 'no label'} ({count})" for label, count in strange[:_SHOWN])
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        return (
            f"{self.without_class} of {self.total} films have a label that names no class of the "
            f"generator, their class condition is dropped: {shown}{more}"
        )


def read_labels(labels: Sequence[str], *, known: Sequence[str]) -> FilmLabels:
    """Take the labels of films for classes.

    Args:
        labels: One a film; UCS CatIDs, our class names, or words as VGGSound's.
        known: Names of the generator's classes.
    """
    films = dict(Counter(labels).most_common())
    return FilmLabels({label: class_of_label(label, known=known) for label in films}, films)


def class_of_label(label: str, *, known: Sequence[str]) -> SoundClass | None:
    """The class a label is the name of or whose words it holds, None where the generator has none such."""
    try:
        named: SoundClass | None = class_for(label)
    except InputError:  # no CatID and no class name: words, then
        named = class_from_prompt(label)
    return named if named is not None and named.name in known else None


def write_labels(path: Path, found: FilmLabels) -> None:
    """List in a CSV what each label was taken for; the class of an unknown one is empty.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("label", "films", "class"))
    for label, count in found.films.items():
        taken = found.taken[label]
        table.writerow((label, count, taken.name if taken else ""))
    make_folder(path.parent)
    with written_atomically(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
