"""Base and tuned generator on the same held-out scenes with the same noise: the table of four axes.

Distribution, level, meaning and timing are measured by what was neither tuned on nor ranked by; the
reward that was tuned on stands below them, and the judge beside it, which nobody tunes on.

Letters: F mel frames, M bands, C segments, E features.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.progress import Progress, ProgressListener, silent
from trainer.data.feature_cache import make_folder
from trainer.evaluation.cavp import circumstances
from trainer.evaluation.figures import Sense
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings, Wish
from trainer.evaluation.generator.trials import Trial
from trainer.evaluation.rpo import measurement as figures
from trainer.evaluation.rpo.bootstrap import Contrast, contrast
from trainer.evaluation.rpo.measurement import Ears, Measurement
from trainer.evaluation.rpo.plots import draw_contrasts
from trainer.preference.real_sound import real_mel
from trainer.preference.stems import Stem, StemShelf

RESULT_FILE = "rpo.json"
SCHEMA = 1
VARIANTS = {"hit track off": False, "hit track on": True}


@dataclass(frozen=True)
class RpoTrialConfig:
    """How both are tried.

    Attributes:
        scenes: Held-out scenes with contacts.
        steps: Euler steps.
        guidance: Guidance weight.
        resamples: Draws of scenes behind each interval.
        seed: Of these draws.
    """

    scenes: int = 64
    steps: int = 15
    guidance: float = 2.5
    resamples: int = 1000
    seed: int = 1

    def quick(self) -> "RpoTrialConfig":
        """A few of everything: enough to see that it runs, too few to believe."""
        return replace(self, scenes=min(2, self.scenes), steps=min(2, self.steps), resamples=50)


@dataclass(frozen=True)
class RpoRow:
    """One figure of both models.

    Attributes:
        axis: What it is about.
        name: The figure.
        variant: Whether the hit track was given.
        sense: Whether more or less of it is better.
        found: The figure with its intervals.
    """

    axis: str
    name: str
    variant: str
    sense: Sense
    found: Contrast

    @property
    def verdict(self) -> str:
        """Better or worse where the interval of the difference leaves out 0."""
        difference = self.found.difference
        if difference.low <= 0 <= difference.high:
            return "no clear difference"
        return "better" if (difference.value > 0) == (self.sense == "at least") else "worse"

    def plain(self) -> dict[str, Any]:
        """As printed."""
        return {
            "axis": self.axis,
            "figure": self.name,
            "hits": self.variant,
            "base": self.found.base.shown(),
            "tuned": self.found.tuned.shown(),
            "difference": self.found.difference.shown(),
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class _Wished:
    """A stem, as it is asked for, with its true sound (F, M)."""

    stem: Stem
    trial: Trial
    true_mel: Tensor


def compare(
    base: SoundMaker,
    tuned: SoundMaker,
    pool: Path,
    config: RpoTrialConfig,
    ears: Ears,
    *,
    listener: ProgressListener = silent,
) -> list[RpoRow]:
    """Measure both models; the same weights, scenes and settings give the same figures.

    Args:
        base: Before tuning.
        tuned: After it.
        pool: Folder of the scenes; its held-out side is used.
        config: How much is tried.
        ears: What listens.
        listener: Told of progress.

    Raises:
        InputError: When the pool has no stem that fits, or too few scenes.
    """
    wished = _wished(pool, config, base.generator.config.classes)
    scenes = [one.stem.entry.scene for one in wished]
    reference = _true_features(wished, ears)
    rows: list[RpoRow] = []
    for variant, hits in VARIANTS.items():
        settings = TakeSettings(config.steps, config.guidance, use_hits=hits)
        before = _measured(base, wished, settings, ears, name=f"base, {variant}", listener=listener)
        after = _measured(tuned, wished, settings, ears, name=f"tuned, {variant}", listener=listener)
        for axis, name, sense, figure in asked_figures(ears, reference):
            chance = torch.Generator().manual_seed(config.seed)
            found = contrast(before, after, scenes, figure, resamples=config.resamples, chance=chance)
            rows.append(RpoRow(axis, name, variant, sense, found))
            listener(Progress("intervals", len(rows), 0, name))
    return rows


def _wished(pool: Path, config: RpoTrialConfig, classes: Sequence[str]) -> list[_Wished]:
    """All stems of contacts on screen, of scenes spread over the pool that chose no model."""
    shelf = StemShelf(pool, "held_out")
    scenes = {entry.scene for entry in shelf.spread(config.scenes, classes=classes, half="measure")}
    known = set(classes)
    entries = [
        entry
        for entry in shelf.entries
        if entry.scene in scenes and entry.seen and entry.contacts and entry.class_name in known
    ]
    wished = []
    for number, entry in enumerate(entries):
        stem = shelf.read(entry)
        true_mel = real_mel(stem)
        trial = Trial(Wish(stem.grid, stem.control, entry.class_name), number, true_mel)
        wished.append(_Wished(stem, trial, true_mel))
    return wished


def _true_features(wished: Sequence[_Wished], ears: Ears) -> Tensor:
    """Features (C, E) of the true sound of all stems."""
    found = [ears.measure(one.stem, one.trial, one.true_mel, one.true_mel).features for one in wished]
    features = torch.cat(found)
    if ears.classifier is not None and len(features) < 2:
        raise InputError(
            "The classifier knows the class of no held-out stem: train it from the same sound bank as the "
            "scenes, or leave it out with --no-classifier."
        )
    return features


def _measured(
    maker: SoundMaker,
    wished: Sequence[_Wished],
    settings: TakeSettings,
    ears: Ears,
    *,
    name: str,
    listener: ProgressListener,
) -> list[Measurement]:
    found = []
    for done, one in enumerate(wished, start=1):
        mel = maker.mels(one.trial.wish, settings, [one.trial.number])[0]
        found.append(ears.measure(one.stem, one.trial, mel, one.true_mel))
        listener(Progress(name, done, len(wished)))
    return found


FigureOf = Callable[[Sequence[Measurement]], float]


def asked_figures(ears: Ears, reference: Tensor) -> list[tuple[str, str, Sense, FigureOf]]:
    """Axis, name, sense and function of every figure that these ears can tell.

    Args:
        ears: What listens.
        reference: (C, E) features of true sound.
    """
    asked: list[tuple[str, str, Sense, FigureOf]] = []
    if ears.classifier is not None:
        asked.append(("distribution", "Frechet distance", "at most", partial(figures.distance_to, reference)))
    asked += [
        ("level", "mel mean off truth", "at most", figures.mean_off),
        ("level", "mel deviation off truth", "at most", figures.std_off),
    ]
    if ears.classifier is not None:
        asked.append(("meaning", "class accuracy", "at least", figures.accuracy))
    asked += [
        ("timing", "onset F1 within 50 ms", "at least", figures.onset_f1),
        ("timing", "offset error, ms", "at most", figures.offset_error_ms),
        ("tuned on", "reward", "at least", figures.mean_reward),
    ]
    if ears.judge is not None:
        asked.append(("judge", "agreement", "at least", figures.mean_judged))
    return asked


def write_comparison(rows: Sequence[RpoRow], folder: Path, *, about: dict[str, Any]) -> list[Path]:
    """Write the JSON and the plot; returns what was written.

    Args:
        rows: The table.
        folder: Where to; made where it is missing.
        about: What was compared, in plain values.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    make_folder(folder)
    path = folder / RESULT_FILE
    plain = [{**asdict(row), "verdict": row.verdict} for row in rows]
    with written_atomically(path) as temporary:
        document = {"schema": SCHEMA, **about, **circumstances(), "rows": plain}
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    named = [(f"{row.name}\n{row.variant}", row.sense, row.found) for row in rows]
    return [path, draw_contrasts(named, folder / "rpo.png")]
