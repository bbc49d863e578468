"""The account of a preparation: which films can be trained on, which were skipped, and why."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.timing import TOKEN_RATE_HZ
from trainer.data.feature_cache import FilmCache, FilmFacts, make_folder


@dataclass(frozen=True)
class PreparedFilm:
    """A stretch of film whose features are there.

    Attributes:
        number: Of the film, no other of the run has it.
        place: Line of the manifest, or key in the shard.
        name: Where it comes from, for messages.
        label: What is to be heard, may be empty.
        path: Its features.
        steps: T, its fast steps.
    """

    number: int
    place: str
    name: str
    label: str
    path: Path
    steps: int


@dataclass(frozen=True)
class BadFilm:
    """A film that was skipped.

    Attributes:
        place: Line of the manifest, or key in the shard.
        name: The film.
        reason: Why.
    """

    place: str
    name: str
    reason: str

    @property
    def kind_of_reason(self) -> str:
        """The reason without what is this film's own."""
        return self.reason.replace(Path(self.name).name, "").split(":")[0].strip()


@dataclass(frozen=True)
class FilmNeeds:
    """What a film must have to be trained on.

    Attributes:
        steps: Least fast steps.
        mel_variance: The variance of its log-mel must be above it; a silent film's is next to 0.
    """

    steps: int
    mel_variance: float

    def lacking(self, facts: FilmFacts | None) -> str:
        """What a film lacks, empty when nothing."""
        if facts is None:
            return "its prepared features are damaged: remove them and prepare again"
        if facts.steps < self.steps:
            has_s, wanted_s = facts.steps / TOKEN_RATE_HZ, self.steps / TOKEN_RATE_HZ
            return f"too short: {has_s:.2f} s, the crops of a film and their distances need {wanted_s:.2f} s"
        if not facts.mel_variance > self.mel_variance:
            return (
                f"silent: its log-mel varies by {facts.mel_variance:.4f}, needed is above {self.mel_variance}"
            )
        return ""


@dataclass(frozen=True)
class Outcome:
    """What became of one film.

    Attributes:
        place: Line of the manifest, or key in the shard.
        name: The film.
        label: Of the film.
        key: Of its features, empty when it could not be read at all.
        reason: Why it is bad, empty when it is not.
        fresh: Whether it was read now; else its features or its verdict were there already.
        content: Hash of the film, empty when it could not be read.
    """

    place: str
    name: str
    label: str
    key: str = ""
    reason: str = ""
    fresh: bool = False
    content: str = ""


@dataclass
class Preparation:
    """The account of a preparation.

    Attributes:
        films: Those that can be trained on.
        bad: Those that were skipped.
        cached: How many rows had their features or their verdict already.
        made: How many got their features now.
    """

    films: list[PreparedFilm] = field(default_factory=list)
    bad: list[BadFilm] = field(default_factory=list)
    cached: int = 0
    made: int = 0

    @property
    def rows(self) -> int:
        """All rows, good and bad."""
        return len(self.films) + len(self.bad)

    @property
    def reasons(self) -> dict[str, int]:
        """How many films are bad for which reason, the most frequent first."""
        kinds = Counter(film.kind_of_reason for film in self.bad)
        return dict(kinds.most_common())

    def take(self, outcome: Outcome, cache: FilmCache, needs: FilmNeeds, number: int) -> None:
        """Count an outcome; a film that was read and lacks what is needed is bad as well."""
        self.made += outcome.fresh and not outcome.reason
        self.cached += bool(outcome.key) and not outcome.fresh
        facts = cache.facts(outcome.key) if outcome.key and not outcome.reason else None
        reason = outcome.reason or needs.lacking(facts)
        if reason or facts is None:
            self.bad.append(BadFilm(outcome.place, outcome.name, reason))
        else:
            path = cache.path(outcome.key)
            self.films.append(
                PreparedFilm(number, outcome.place, outcome.name, outcome.label, path, facts.steps)
            )

    def check(self, *, largest_bad_share: float, listed_in: Path) -> None:
        """Whether enough films are good.

        Raises:
            InputError: When none is, or the share of bad ones is too large.
        """
        share = len(self.bad) / max(1, self.rows)
        if self.films and share <= largest_bad_share:
            return
        first = f" The first: {self.bad[0].name}: {self.bad[0].reason}." if self.bad else ""
        raise InputError(
            f"{len(self.bad)} of {self.rows} films ({share:.0%}) are bad, allowed are "
            f"{largest_bad_share:.0%} (largest_bad_share). {listed_in} lists them: mend these films or "
            f"their rows, or raise the limit.{first}"
        )


def write_bad_films(path: Path, bad: Sequence[BadFilm]) -> None:
    """List bad films in a CSV of place, film and reason; none leaves the header alone.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("place", "film", "reason"))
    table.writerows((film.place, film.name, film.reason) for film in bad)
    make_folder(path.parent)
    with written_atomically(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
