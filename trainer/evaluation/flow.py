"""The whole evaluation of the generator on held-out scenes: one table, its plots, one JSON.

The columns: what is generated, true sound, true sound through codec and Griffin-Lim (what a perfect
generator would reach), noise with the mean spectrum and envelope of each class, earlier weights.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.cavp.model import SFCAVP
from engine.errors import InputError
from engine.progress import ProgressListener, silent
from trainer.classifier.accuracy import measure_accuracy
from trainer.classifier.network import SoundClassifier
from trainer.classifier.segments import plain_segments
from trainer.evaluation.cavp import circumstances
from trainer.evaluation.generator import plots
from trainer.evaluation.generator.columns import Maker, study_classes, study_timing
from trainer.evaluation.generator.frechet import FrechetScale, frechet_distance
from trainer.evaluation.generator.own_hits import (
    OwnHitFigures,
    WaveMaker,
    scenes_with_contacts,
    study_own_hits,
    study_true_mixes,
)
from trainer.evaluation.generator.real_sound import can_play, real_mel
from trainer.evaluation.generator.shaped_noise import (
    ClassMean,
    class_means,
    noise_mel,
    noise_wave,
    wanted_power,
)
from trainer.evaluation.generator.sheet import SheetRow, draw_sheet
from trainer.evaluation.generator.table import (
    CLASS_NOISE,
    GENERATED,
    GRIFFIN_LIM,
    PREVIOUS,
    TRUTH,
    Column,
    FlowEvaluation,
)
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings, through_codec
from trainer.evaluation.generator.trials import Trial, class_trials, timing_trials
from trainer.evaluation.generator.variety import real_distances
from trainer.scenes.bank import SoundBank
from trainer.scenes.pool import ScenePool

RESULT_FILE = "flow.json"
SCHEMA = 1
_SEEDS_A_TRIAL = 100


@dataclass(frozen=True)
class FlowTrialConfig:
    """How the generator is tried.

    Attributes:
        trials: Held-out stems with contacts, for timing, level and variety.
        takes: Takes of each.
        class_trials: Stretches of every class that the classifier knows.
        scenes: Scenes with hits of our own detection.
        steps: Euler steps.
        guidance: Guidance weight.
        use_video: Whether the picture guides, beside the hit points.
        use_hits: Whether the hit points guide.
    """

    trials: int = 48
    takes: int = 2
    class_trials: int = 10
    scenes: int = 24
    steps: int = 25
    guidance: float = 2.5
    use_video: bool = True
    use_hits: bool = True

    def quick(self) -> "FlowTrialConfig":
        """A few of everything: enough to see that it runs, too few to believe."""
        return replace(self, trials=min(4, self.trials), class_trials=1, scenes=1, steps=min(4, self.steps))

    @property
    def settings(self) -> TakeSettings:
        """How takes are made."""
        return TakeSettings(self.steps, self.guidance, self.use_video, self.use_hits)


@dataclass(frozen=True)
class Banks:
    """Both sides of the sound bank."""

    train: SoundBank
    held_out: SoundBank


@dataclass(frozen=True)
class _Study:
    """What every column is measured with."""

    timing: list[Trial]
    classes: list[Trial]
    scenes: list[int]
    classifier: SoundClassifier
    cavp: SFCAVP
    pool: ScenePool
    listener: ProgressListener

    def column(self, name: str, make: Maker, *, takes: int, wave: WaveMaker | None = None) -> Column:
        timing = study_timing(make, self.timing, takes=takes, name=name, listener=self.listener)
        heard = study_classes(make, self.classes, self.classifier, name=name, listener=self.listener)
        return Column(timing, heard, None if wave is None else self._own_hits(name, wave))

    def _own_hits(self, name: str, wave: WaveMaker) -> OwnHitFigures:
        return study_own_hits(wave, self.cavp, self.pool, self.scenes, name=name, listener=self.listener)

    def features(self, name: str, make: Maker) -> Tensor:
        """Features of segments of known classes."""
        return study_classes(make, self.classes, self.classifier, name=name, listener=self.listener).features


def evaluate_flow(
    maker: SoundMaker,
    pool: ScenePool,
    config: FlowTrialConfig,
    *,
    classifier: SoundClassifier,
    cavp: SFCAVP,
    banks: Banks,
    previous: SoundMaker | None = None,
    listener: ProgressListener = silent,
) -> FlowEvaluation:
    """Measure the generator; the same weights, scenes and settings give the same figures.

    Args:
        maker: Generator and codec.
        pool: Held-out scenes, numbered by the generator's classes.
        config: How much is tried.
        classifier: The independent ear.
        cavp: Detection, for hits of our own.
        banks: Real recordings.
        previous: Earlier weights to put beside it.
        listener: Told of progress.

    Raises:
        InputError: When scenes and classifier have no class of the generator in common.
    """
    means = class_means(banks.train, pool.classes)
    trials = _trials(maker, pool, config, classifier=classifier, banks=banks, means=means)
    scenes = scenes_with_contacts(pool, config.scenes)
    study = _Study(*trials, scenes, classifier, cavp, pool, listener)
    columns = {GENERATED: _generated(study, GENERATED, maker, config)}
    columns[TRUTH] = _truth(study, banks)
    columns[GRIFFIN_LIM] = study.column(GRIFFIN_LIM, _ceiling(maker, banks), takes=1)
    columns[CLASS_NOISE] = study.column(
        CLASS_NOISE, _noise_maker(means), takes=config.takes, wave=_noise_waves(means)
    )
    if previous is not None:
        columns[PREVIOUS] = _generated(study, PREVIOUS, previous, config)
    reference = study.features("real held-out", _real_maker(banks.held_out, seed=1))
    floor = study.features("real train", _real_maker(banks.train, seed=2))
    real = plain_segments(banks.held_out, classifier.config.classes)
    tried = [trial.wish.class_name for trial in study.timing]
    return FlowEvaluation(
        columns=columns,
        real_accuracy=measure_accuracy(classifier, real),
        frechet=FrechetScale(
            floor=frechet_distance(floor, reference),
            far=frechet_distance(columns[CLASS_NOISE].classes.features, reference),
            segments=len(reference),
        ),
        reference=reference,
        real_distances=real_distances((banks.train, banks.held_out), tried),
        classes=classifier.config.classes,
    )


def _trials(
    maker: SoundMaker,
    pool: ScenePool,
    config: FlowTrialConfig,
    *,
    classifier: SoundClassifier,
    banks: Banks,
    means: dict[str, ClassMean],
) -> tuple[list[Trial], list[Trial]]:
    """Trials of timing and of classes."""
    known = [name for name in classifier.config.classes if name in maker.generator.config.classes]
    asked = class_trials(pool, known, each=config.class_trials)
    playable = [t for t in asked if can_play(banks.train, t) and can_play(banks.held_out, t)]
    timing = [trial for trial in timing_trials(pool, config.trials) if trial.wish.class_name in means]
    if not playable or not timing:
        raise InputError(
            f"{len(timing)} stems with contacts and {len(playable)} of classes that the classifier knows: "
            "scenes, sound bank, generator and classifier share too few classes. Train the classifier "
            "and render the scenes from the same sound bank."
        )
    return timing, playable


def _generated(study: _Study, name: str, maker: SoundMaker, config: FlowTrialConfig) -> Column:
    settings = config.settings

    def make(trial: Trial, takes: int) -> Tensor:
        return maker.mels(trial.wish, settings, seeds_of(trial, takes))

    def wave(trial: Trial) -> Tensor:
        return maker.waves(trial.wish, settings, seeds_of(trial, 1))[0]

    return study.column(name, make, takes=config.takes, wave=wave)


def seeds_of(trial: Trial, takes: int) -> list[int]:
    """Seeds of the takes of a trial."""
    return [_SEEDS_A_TRIAL * trial.number + take for take in range(takes)]


def _truth(study: _Study, banks: Banks) -> Column:
    column = study.column(TRUTH, _true_maker(banks), takes=1)
    return replace(column, own_hits=study_true_mixes(study.pool, study.scenes))


def _true_maker(banks: Banks) -> Maker:
    return lambda trial, _: _true_mel(trial, banks)[None]


def _true_mel(trial: Trial, banks: Banks) -> Tensor:
    """The stem of the scene, or held-out recordings where the trial borrows its hits."""
    return real_mel(banks.held_out, trial, seed=0) if trial.truth is None else trial.truth


def _ceiling(maker: SoundMaker, banks: Banks) -> Maker:
    return lambda trial, _: through_codec(maker.codec, _true_mel(trial, banks), seed=trial.number)[None]


def _real_maker(bank: SoundBank, *, seed: int) -> Maker:
    return lambda trial, _: real_mel(bank, trial, seed=seed)[None]


def _noise_maker(means: dict[str, ClassMean]) -> Maker:
    def make(trial: Trial, takes: int) -> Tensor:
        return torch.stack([noise_mel(means, trial, seed=seed) for seed in seeds_of(trial, takes)])

    return make


def _noise_waves(means: dict[str, ClassMean]) -> Callable[[Trial], Tensor]:
    def wave(trial: Trial) -> Tensor:
        return noise_wave(wanted_power(means[trial.wish.class_name], trial), seed=trial.number)

    return wave


def write_flow_evaluation(
    found: FlowEvaluation, sheet: list[SheetRow], folder: Path, *, about: dict[str, Any]
) -> list[Path]:
    """Write the JSON, the plots and the sheet of spectrograms; returns what was written.

    Args:
        found: The evaluation.
        sheet: Rows of the sheet; empty for none.
        folder: Where to; made where it is missing.
        about: What was judged, in plain values.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = found.rows()
    written = [folder / RESULT_FILE]
    with written_atomically(written[0]) as temporary:
        temporary.write_text(json.dumps(document(found, about), indent=1) + "\n", encoding="utf-8")
    written.append(plots.draw_figures(rows, folder / "figures.png"))
    written.append(plots.draw_class_accuracy(found, folder / "class_accuracy.png"))
    written.append(plots.draw_spectra(found, folder / "mean_spectra.png"))
    if sheet:
        written.append(draw_sheet(sheet, folder / "spectrograms.png"))
    return written


def document(found: FlowEvaluation, about: dict[str, Any]) -> dict[str, Any]:
    """The evaluation as plain values: the table, the classes, and how it was made."""
    rows = [{**row.plain(), "met": row.figure.met} for row in found.rows()]
    frechet = asdict(found.frechet)
    return {
        "schema": SCHEMA,
        **about,
        **circumstances(),
        "rows": rows,
        "frechet": frechet,
        "classes": _class_rows(found),
    }


def _class_rows(found: FlowEvaluation) -> list[dict[str, Any]]:
    rows = []
    for number, name in enumerate(found.classes):
        shares = {"real recordings": found.real_accuracy.of_class[number]}
        shares |= {key: column.classes.accuracy.of_class[number] for key, column in found.columns.items()}
        shown = {key: None if share.isnan() else round(float(share), 3) for key, share in shares.items()}
        rows.append({"class": name, **shown})
    return rows
