"""Pairs ready to be tuned on, and the batches drawn from them: easy ones first, the user's late.

Letters: B pairs, N tokens of a take, T tokens of a crop, L latent channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import InputError
from engine.generator.starter import StarterInputs
from engine.progress import Progress, ProgressListener, silent
from trainer.distributed import own_rows
from trainer.preference.candidates import read_latents
from trainer.preference.given import (
    Given,
    cropped_given,
    given_of_stem,
    joined_given,
    moved_given,
    read_given,
)
from trainer.preference.pairs import PairFile, PairRecord, StoredGiven, TakeAt
from trainer.preference.stems import read_stem


@dataclass(frozen=True)
class TuningPair:
    """A better and a worse take of one wish.

    Attributes:
        chosen: (N, L) latents in network space.
        rejected: (N, L).
        given: What both were made for, of one sample.
        weight: How often it is drawn against others.
        ease: How clear the preference is; None for one of the user, which comes late.

    Raises:
        InputError: When the two are of different shapes.
    """

    chosen: Tensor
    rejected: Tensor
    given: Given
    weight: float = 1.0
    ease: float | None = None

    def __post_init__(self) -> None:
        if self.chosen.dim() != 2 or self.chosen.shape != self.rejected.shape:
            raise InputError(
                f"A pair of latents {tuple(self.chosen.shape)} and {tuple(self.rejected.shape)}: wanted "
                "two of one shape (N, L)."
            )

    @property
    def tokens(self) -> int:
        """N."""
        return len(self.chosen)


@dataclass(frozen=True)
class PairBatch:
    """Pairs of one length with what they were made for.

    Attributes:
        chosen: (B, T, L).
        rejected: (B, T, L).
        given: Of B samples.
    """

    chosen: Tensor
    rejected: Tensor
    given: Given

    def to(self, device: torch.device) -> "PairBatch":
        """The same on another device."""
        return PairBatch(self.chosen.to(device), self.rejected.to(device), moved_given(self.given, device))


@dataclass(frozen=True)
class CurriculumConfig:
    """Which pairs come when (two stages as in V2A-DPO, section 3.3).

    Attributes:
        easy_share: Share of the pairs ranked by reward that count as easy, those of the largest
            margins; 0 draws from all pairs all the time.
        easy_until: Share of the steps in which easy pairs alone are drawn; after it the others are,
            those of the user among them.

    Raises:
        InputError: When a share is not from 0 to 1.
    """

    easy_share: float = 0.0
    easy_until: float = 0.5

    def __post_init__(self) -> None:
        for name in ("easy_share", "easy_until"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(
                    f"[tune.curriculum] {name} = {getattr(self, name)}: give a share from 0 to 1."
                )


class PairSource:
    """Pairs as a source of batches.

    Args:
        pairs: At least one.
        curriculum: Which come when.
        crop_tokens: T at most; 0 for whole takes.

    Raises:
        InputError: When there is no pair.
    """

    def __init__(self, pairs: Sequence[TuningPair], curriculum: CurriculumConfig, crop_tokens: int) -> None:
        if not pairs:
            raise InputError("There are no pairs to tune on: rank candidates first, or vote on takes.")
        self.pairs = list(pairs)
        self.curriculum = curriculum
        self.crop_tokens = crop_tokens
        weights = torch.tensor([pair.weight for pair in pairs])
        easy = _are_easy(pairs, curriculum.easy_share)
        staged = bool(easy.any()) and not bool(easy.all())
        self.early = weights * easy if staged else weights
        self.late = weights * ~easy if staged else weights

    def draw(self, size: int, *, done: float, chance: torch.Generator) -> PairBatch:
        """This process's rows of a batch; the same state of ``chance`` gives the same batch.

        Args:
            size: B over all processes.
            done: Share of the run that is behind, 0 to 1.
            chance: In the same state in all processes.

        Raises:
            InputError: When the processes cannot share the batch, or takes cannot be cropped.
        """
        weights = self.early if done < self.curriculum.easy_until else self.late
        rows = torch.multinomial(weights, size, replacement=True, generator=chance)
        places = torch.rand(size, generator=chance, dtype=torch.float64)
        own = own_rows(torch.arange(size))
        drawn = [self.pairs[row] for row in rows.tolist()]
        tokens = min(self.crop_tokens or drawn[0].tokens, *(pair.tokens for pair in drawn))
        cuts = [
            cropped(pair, int(place * (pair.tokens - tokens + 1)), tokens)
            for pair, place in zip(drawn[own], places[own].tolist(), strict=True)
        ]
        return PairBatch(
            torch.stack([cut.chosen for cut in cuts]),
            torch.stack([cut.rejected for cut in cuts]),
            joined_given([whole_precision(cut.given) for cut in cuts]),
        )


def _are_easy(pairs: Sequence[TuningPair], share: float) -> Tensor:
    """Which pairs count as easy, (pairs,) bool: the clearest of those that have an ease."""
    ranked = sorted(
        (row for row, pair in enumerate(pairs) if pair.ease is not None), key=lambda r: -ease_of(pairs[r])
    )
    easy = torch.zeros(len(pairs), dtype=torch.bool)
    easy[ranked[: round(share * len(ranked))]] = True
    return easy


def ease_of(pair: TuningPair) -> float:
    """How clear a preference is; 0 for one of the user."""
    return 0.0 if pair.ease is None else pair.ease


def cropped(pair: TuningPair, start: int, tokens: int) -> TuningPair:
    """A stretch of a pair.

    Raises:
        InputError: When a part is asked for and what it was made for cannot be cropped.
    """
    part = slice(start, start + tokens)
    given = cropped_given(pair.given, start, tokens, whole=pair.tokens)
    return replace(pair, chosen=pair.chosen[part], rejected=pair.rejected[part], given=given)


def half_precision(given: Given) -> Given:
    """What a take was made for with its pictures in half precision: pairs are kept so."""
    return replace(given, grid=given.grid.half()) if isinstance(given, StarterInputs) else given


def whole_precision(given: Given) -> Given:
    """The same with its pictures in float32."""
    return replace(given, grid=given.grid.float()) if isinstance(given, StarterInputs) else given


def load_pairs(
    stored: PairFile, *, classes: Sequence[str], listener: ProgressListener = silent
) -> list[TuningPair]:
    """Read the takes and conditions of a file of pairs.

    Args:
        stored: The records.
        classes: Of the generator.
        listener: Told how many pairs are read, and of lines left out.

    Raises:
        InputError: When takes, scenes or conditions are absent or damaged, or a class is unknown.
    """
    reader = _PairReader(stored, classes)
    pairs = []
    for done, record in enumerate(stored.pairs, start=1):
        pairs.append(reader.read(record))
        listener(
            Progress("pairs", done, len(stored.pairs), stored.account() if done == len(stored.pairs) else "")
        )
    return pairs


class _PairReader:
    """Reads pairs one after the other; the file read last is kept, its rows come together."""

    def __init__(self, stored: PairFile, classes: Sequence[str]) -> None:
        self.stored = stored
        self.classes = tuple(classes)
        self.kept: dict[str, Tensor] = {}

    def read(self, record: PairRecord) -> TuningPair:
        ease = record.margin if record.origin == "sf_cavp" else None
        return TuningPair(
            chosen=self._take(record.chosen),
            rejected=self._take(record.rejected),
            given=half_precision(self._given(record)),
            weight=record.weight,
            ease=ease,
        )

    def _take(self, take: TakeAt) -> Tensor:
        path = self.stored.resolved(take.file)
        if take.file not in self.kept:
            self.kept = {**dict(list(self.kept.items())[-1:]), take.file: read_latents(path)}
        latents = self.kept[take.file]
        if not 0 <= take.row < len(latents):
            raise InputError(f"Pair names take {take.row} of {path}, which holds {len(latents)}: rank again.")
        return latents[take.row].clone()

    def _given(self, record: PairRecord) -> Given:
        given = record.given
        if isinstance(given, StoredGiven):
            return read_given(self.stored.resolved(given.file))
        stem = read_stem(Path(given.pool), given.place)
        if stem.entry.class_name not in self.classes:
            raise InputError(
                f"Pair {record.id}: the generator does not know the class '{stem.entry.class_name}'. Tune "
                "the generator that made the takes."
            )
        return given_of_stem(stem, classes=self.classes, hits=given.hits)


def count_of(pairs: Sequence[TuningPair]) -> dict[str, float]:
    """How many pairs there are, of SF-CAVP and of the user, and their mean length in tokens."""
    users = sum(pair.ease is None for pair in pairs)
    return {
        "pairs": float(len(pairs)),
        "user_pairs": float(users),
        "tokens": sum(pair.tokens for pair in pairs) / max(1, len(pairs)),
    }
