"""The table of the generator: a row for each figure, a column for each kind of sound."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from trainer.classifier.accuracy import ClassAccuracy
from trainer.evaluation.figures import Figure, Sense
from trainer.evaluation.generator.columns import ClassFigures, TimingFigures
from trainer.evaluation.generator.frechet import FrechetScale, frechet_distance
from trainer.evaluation.generator.own_hits import OwnHitFigures
from trainer.evaluation.generator.variety import variety

GENERATED, TRUTH, GRIFFIN_LIM = "generated", "truth", "Griffin-Lim"
CLASS_NOISE, PREVIOUS = "class noise", "previous"
COLUMNS = (GENERATED, TRUTH, GRIFFIN_LIM, CLASS_NOISE, PREVIOUS)

LEAST_CEILING_SHARE = 0.9
LEAST_OWN_HITS_F1 = 0.5
LEAST_REAL_ACCURACY = 0.6
LEAST_ACCURACY_SHARE = 0.75
MOST_OF_THE_WAY = 0.35
MOST_LEVEL_OFF = 0.15
MOST_GAP_OFF_DB = 6.0
LEAST_VARIETY = 0.6


@dataclass(frozen=True)
class Column:
    """What was measured of one kind of sound; None where it was not tried.

    Attributes:
        timing: Stems with their hits given.
        classes: Segments of known classes.
        own_hits: Scenes with hits of our own detection.
    """

    timing: TimingFigures
    classes: ClassFigures
    own_hits: OwnHitFigures | None = None


@dataclass(frozen=True)
class TableRow:
    """A figure of what is generated, and the same of the other columns."""

    figure: Figure
    others: Mapping[str, float | None] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As printed."""
        values = {GENERATED: self.figure.got, **self.others}
        shown = {name: _rounded(values.get(name)) for name in COLUMNS}
        words = {"wanted": self.figure.wanted_in_words, "verdict": self.figure.verdict}
        return {"figure": self.figure.name, **shown, **words, "remark": self.figure.remark}


@dataclass(frozen=True)
class FlowEvaluation:
    """All that was measured.

    Attributes:
        columns: By name.
        real_accuracy: Of the classifier on held-out recordings as they are.
        frechet: Floor and far end.
        reference: (B, E) features of real held-out sound.
        real_distances: Mean distance between recordings by class.
        classes: Classes the classifier knows.
    """

    columns: Mapping[str, Column]
    real_accuracy: ClassAccuracy
    frechet: FrechetScale
    reference: Tensor
    real_distances: Mapping[str, float]
    classes: tuple[str, ...]

    def rows(self) -> list[TableRow]:
        """The table."""
        return [
            *self._onset_rows(),
            self._own_hit_row(),
            *self._class_rows(),
            *self._frechet_rows(),
            *self._level_rows(),
            self._variety_row(),
        ]

    def _row(
        self,
        name: str,
        values: Mapping[str, float | None],
        *,
        wanted: float | None = None,
        sense: Sense = "at least",
        remark: str = "",
    ) -> TableRow:
        others = {column: value for column, value in values.items() if column != GENERATED}
        kind: Sense = "note" if wanted is None else sense
        return TableRow(Figure(name, values[GENERATED], wanted=wanted, sense=kind, remark=remark), others)

    def _onset_rows(self) -> list[TableRow]:
        f1 = {name: column.timing.onsets.f1 for name, column in self.columns.items()}
        shares = {name: value / max(f1[TRUTH], 1e-9) for name, value in f1.items()}
        found = self.columns[GENERATED].timing.onsets
        words = f"precision {found.precision:.2f}, recall {found.recall:.2f} of {found.true}"
        return [
            self._row("onset F1 within 50 ms, hits given", f1, remark=words),
            self._row(
                "its share of the detector's ceiling on true sound", shares, wanted=LEAST_CEILING_SHARE
            ),
        ]

    def _own_hit_row(self) -> TableRow:
        found = {name: column.own_hits for name, column in self.columns.items()}
        f1 = {name: None if own is None else own.onsets.f1 for name, own in found.items()}
        own = found[GENERATED]
        words = "" if own is None else f"{own.onsets.true} contacts; onsets on silent copies count: "
        words += "" if own is None else f"{own.strict.f1:.2f}"
        name = "onset F1 within 50 ms, own hits on picture alone, visible contacts"
        return self._row(name, f1, wanted=LEAST_OWN_HITS_F1, remark=words)

    def _class_rows(self) -> list[TableRow]:
        accuracy: dict[str, float | None] = {n: c.classes.accuracy.mean for n, c in self.columns.items()}
        real = self.real_accuracy.mean
        shares = {name: (value or 0.0) / max(real, 1e-9) for name, value in accuracy.items()}
        heard = self.columns[GENERATED].classes.accuracy
        sources = f"{self.real_accuracy.classes} classes, {self.real_accuracy.segments} segments"
        return [
            self._row(
                "classifier on real held-out recordings",
                {GENERATED: real},
                wanted=LEAST_REAL_ACCURACY,
                remark=f"{sources}, each class alike",
            ),
            self._row(
                "class accuracy", accuracy, remark=f"{heard.classes} classes, {heard.segments} segments"
            ),
            self._row("its share of that on real recordings", shares, wanted=LEAST_ACCURACY_SHARE),
            self._row(
                "the same, no class counted above its real recordings",
                {name: self._capped_share(c.classes.accuracy) for name, c in self.columns.items()},
                remark="what sounds like training recordings that the classifier learned gains nothing",
            ),
        ]

    def _capped_share(self, accuracy: ClassAccuracy) -> float:
        """Share of the real accuracy, where no class can make up for another."""
        real = self.real_accuracy.of_class
        both = ~(real.isnan() | accuracy.of_class.isnan())
        capped = torch.minimum(accuracy.of_class, real)[both].sum()
        return float(capped / real[both].sum().clamp_min(1e-9))

    def _frechet_rows(self) -> list[TableRow]:
        distances = {
            name: frechet_distance(column.classes.features, self.reference)
            for name, column in self.columns.items()
        }
        ways = {name: self.frechet.share_of_the_way(value) for name, value in distances.items()}
        scale = f"floor {self.frechet.floor:.3g} (real train), far {self.frechet.far:.3g} (class noise)"
        words = f"{scale}; {len(self.columns[GENERATED].classes.features)} segments"
        return [
            self._row("Frechet distance to real held-out sound", distances, remark=words),
            self._row("its share of the way", ways, wanted=MOST_OF_THE_WAY, sense="at most"),
        ]

    def _level_rows(self) -> list[TableRow]:
        levels = {name: column.timing.levels for name, column in self.columns.items()}
        rows = []
        for name in ("mel_mean", "mel_std"):
            values = {column: getattr(level, name) for column, level in levels.items()}
            true = values[TRUTH]
            off = {column: abs(value - true) / abs(true) for column, value in values.items()}
            words = name.replace("_", " ")
            rows.append(self._row(words, values))
            rows.append(self._row(f"{words} off truth", off, wanted=MOST_LEVEL_OFF, sense="at most"))
        gaps = {column: level.gap_db for column, level in levels.items()}
        gap_off = {column: abs(value - gaps[TRUTH]) for column, value in gaps.items()}
        contrast = {column: level.contrast_db for column, level in levels.items()}
        rows.append(self._row("level of gaps between hits, dB", gaps, remark="no gate"))
        rows.append(self._row("gap level off truth, dB", gap_off, wanted=MOST_GAP_OFF_DB, sense="at most"))
        rows.append(self._row("hits over gaps, dB", contrast))
        return rows

    def _variety_row(self) -> TableRow:
        shares = {n: variety(c.timing.distances, self.real_distances) for n, c in self.columns.items()}
        used = [name for name, _ in self.columns[GENERATED].timing.distances if name in self.real_distances]
        words = f"{len(used)} trials of {len(set(used))} classes with two recordings or more"
        name = "distance of takes over that of real recordings"
        return self._row(name, shares, wanted=LEAST_VARIETY, remark=words)


def _rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 4)
