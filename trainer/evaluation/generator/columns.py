"""One column of the table: a kind of sound, heard on all trials.

Letters: B takes or segments, F mel frames, M bands, E features, K classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.onsets import onsets_of_mel
from engine.progress import Progress, ProgressListener
from trainer.classifier.accuracy import ClassAccuracy, accuracy_of
from trainer.classifier.network import SEGMENT_FRAMES, SoundClassifier, hear
from trainer.evaluation.generator.levels import LevelStatistics, level_statistics, near_hits
from trainer.evaluation.generator.trials import Trial, cut_starts
from trainer.evaluation.generator.variety import take_distance
from trainer.evaluation.hit_matching import MatchCount, match_moments

ONSET_TOLERANCE_S = 0.05

Maker = Callable[[Trial, int], Tensor]
"""Log-mels (B, F, M) of so many takes of a trial."""


@dataclass(frozen=True)
class TimingFigures:
    """Stems made of contacts, with their hit points given.

    Attributes:
        onsets: Onsets against the hits, over all takes.
        levels: Levels of the first takes.
        distances: Class and distance of takes of each trial; empty where there is one take.
        spectrum: (M,) mean log-mel.
    """

    onsets: MatchCount
    levels: LevelStatistics
    distances: list[tuple[str, float]]
    spectrum: Tensor


@dataclass(frozen=True)
class ClassFigures:
    """Segments of the classes that the classifier knows.

    Attributes:
        accuracy: How often it hears the class that was asked for.
        features: (B, E) of all segments.
    """

    accuracy: ClassAccuracy
    features: Tensor


def study_timing(
    make: Maker, trials: Sequence[Trial], *, takes: int, name: str, listener: ProgressListener
) -> TimingFigures:
    """Onsets, levels and variety of a kind of sound."""
    onsets, firsts, near = MatchCount(0, 0, 0), [], []
    distances: list[tuple[str, float]] = []
    for done, trial in enumerate(trials, start=1):
        mels = make(trial, takes)
        for mel in mels:
            onsets += match_moments(onsets_of_mel(mel), trial.moments_s, within_s=ONSET_TOLERANCE_S)
        distance = take_distance(mels, trial)
        if distance is not None:
            distances.append((trial.wish.class_name, distance))
        firsts.append(mels[0])
        near.append(near_hits(trial.moments_s, mels.shape[1]))
        listener(Progress(f"{name}: timing", done, len(trials)))
    together = torch.stack(firsts)
    levels = level_statistics(together, torch.stack(near))
    return TimingFigures(onsets, levels, distances, together.mean((0, 1)))


def study_classes(
    make: Maker,
    trials: Sequence[Trial],
    classifier: SoundClassifier,
    *,
    name: str,
    listener: ProgressListener,
) -> ClassFigures:
    """Classes and features of a kind of sound, one take a trial."""
    classes = classifier.config.classes
    cuts, labels, groups = [], [], []
    for done, trial in enumerate(trials, start=1):
        found = cuts_of(make(trial, 1)[0], trial)
        cuts += found
        labels += [classes.index(trial.wish.class_name)] * len(found)
        groups += [str(trial.number)] * len(found)
        listener(Progress(f"{name}: classes", done, len(trials)))
    heard = hear(classifier, torch.stack(cuts))
    wanted = torch.tensor(labels)
    right = heard.logits.argmax(1) == wanted
    return ClassFigures(accuracy_of(right, wanted, groups, len(classes)), heard.features)


def cuts_of(mel: Tensor, trial: Trial) -> list[Tensor]:
    """Segments (SEGMENT_FRAMES, M) of a sound (F, M) of a trial."""
    return [mel[start : start + SEGMENT_FRAMES] for start in cut_starts(trial, frames=SEGMENT_FRAMES)]
