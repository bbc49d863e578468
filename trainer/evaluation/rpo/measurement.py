"""One take measured on the axes of preference optimisation, and figures of many.

Letters: F mel frames, M bands, C segments, E features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.onsets import onsets_of_mel
from trainer.classifier.network import SoundClassifier, hear
from trainer.evaluation.generator.columns import ONSET_TOLERANCE_S, cuts_of
from trainer.evaluation.generator.frechet import frechet_distance
from trainer.evaluation.generator.trials import Trial
from trainer.evaluation.hit_matching import MatchCount, match_moments
from trainer.judge.judging import hear_mels, scores_of, see_grids
from trainer.judge.network import JudgeNetwork
from trainer.preference.reward import RewardConfig, StemReward
from trainer.preference.stems import Stem

FAR_S = 0.5


@dataclass(frozen=True)
class Level:
    """Sums over the values of a log-mel, from which mean and deviation of many follow."""

    count: int
    total: float
    squares: float

    @classmethod
    def of(cls, mel: Tensor) -> "Level":
        """Of a log-mel (F, M)."""
        values = mel.double()
        return cls(values.numel(), float(values.sum()), float(values.square().sum()))


@dataclass(frozen=True)
class Measurement:
    """What is found in one take.

    Attributes:
        onsets: Onsets against the true hits.
        offsets_s: For each true hit the distance of the nearest onset, FAR_S at most.
        level: Of the take.
        true_level: Of the true sound.
        right: Segments that the classifier hears as the class that was asked for.
        segments: Segments it was asked about; 0 where it does not know the class.
        features: (C, E) of these segments.
        reward: SF-CAVP's reward.
        judged: The judge's total, None without a judge.
    """

    onsets: MatchCount
    offsets_s: tuple[float, ...]
    level: Level
    true_level: Level
    right: int
    segments: int
    features: Tensor
    reward: float
    judged: float | None


@dataclass(frozen=True)
class Ears:
    """All that listens.

    Attributes:
        cavp: SF-CAVP, whose reward was tuned on.
        classifier: The independent classifier, None to leave classes and distribution out.
        judge: The independent judge, None to leave it out.
    """

    cavp: SFCAVP
    classifier: SoundClassifier | None = None
    judge: JudgeNetwork | None = None

    def measure(self, stem: Stem, trial: Trial, mel: Tensor, true_mel: Tensor) -> Measurement:
        """Measure a take.

        Args:
            stem: What should sound.
            trial: The same as it was asked for.
            mel: (F, M) of the take.
            true_mel: (F, M) of the true sound.
        """
        found = onsets_of_mel(mel)
        right, segments, features = self._classes(trial, mel)
        return Measurement(
            onsets=match_moments(found, stem.moments_s, within_s=ONSET_TOLERANCE_S),
            offsets_s=tuple(_nearest(moment, found) for moment in stem.moments_s),
            level=Level.of(mel),
            true_level=Level.of(true_mel),
            right=right,
            segments=segments,
            features=features,
            reward=StemReward(self.cavp, stem, RewardConfig()).of(mel[None])[0],
            judged=None if self.judge is None else judged(self.judge, stem, mel),
        )

    def _classes(self, trial: Trial, mel: Tensor) -> tuple[int, int, Tensor]:
        ear, name = self.classifier, trial.wish.class_name
        if ear is None or name not in ear.config.classes:
            return 0, 0, torch.zeros(0, 1 if ear is None else ear.to_features.out_features)
        cuts = cuts_of(mel, trial)
        heard = hear(ear, torch.stack(cuts))
        right = int((heard.logits.argmax(1) == ear.config.classes.index(name)).sum())
        return right, len(cuts), heard.features


def _nearest(moment: float, found: Sequence[float]) -> float:
    return min([FAR_S, *(abs(onset - moment) for onset in found)])


def judged(judge: JudgeNetwork, stem: Stem, mel: Tensor) -> float:
    """The judge's total for a take (F, M) over the whole picture of its scene."""
    return scores_of(see_grids(judge, stem.grid[None]), hear_mels(judge, mel[None]))[0].total


def onset_f1(found: Sequence[Measurement]) -> float:
    """F1 of all onsets."""
    return sum((one.onsets for one in found), start=MatchCount(0, 0, 0)).f1


def offset_error_ms(found: Sequence[Measurement]) -> float:
    """Mean distance of a true hit to the nearest onset."""
    distances = [distance for one in found for distance in one.offsets_s]
    return 1000 * sum(distances) / max(1, len(distances))


def mean_off(found: Sequence[Measurement]) -> float:
    """How far the mean of the log-mel is off truth, as a share of it."""
    made, true = (_moments([getattr(one, side) for one in found]) for side in ("level", "true_level"))
    return abs(made[0] - true[0]) / abs(true[0])


def std_off(found: Sequence[Measurement]) -> float:
    """How far the deviation of the log-mel is off truth, as a share of it."""
    made, true = (_moments([getattr(one, side) for one in found]) for side in ("level", "true_level"))
    return abs(made[1] - true[1]) / true[1]


def _moments(levels: Sequence[Level]) -> tuple[float, float]:
    """Mean and deviation over all values."""
    count = sum(level.count for level in levels)
    mean = sum(level.total for level in levels) / count
    spread = sum(level.squares for level in levels) / count - mean**2
    return mean, max(spread, 0.0) ** 0.5


def accuracy(found: Sequence[Measurement]) -> float:
    """Share of segments heard as what was asked for."""
    return sum(one.right for one in found) / max(1, sum(one.segments for one in found))


def distance_to(reference: Tensor, found: Sequence[Measurement]) -> float:
    """Frechet distance of the features to those of true sound (C, E)."""
    return frechet_distance(torch.cat([one.features for one in found]), reference)


def mean_reward(found: Sequence[Measurement]) -> float:
    """Mean reward."""
    return sum(one.reward for one in found) / len(found)


def mean_judged(found: Sequence[Measurement]) -> float:
    """Mean of the judge's totals."""
    return sum(one.judged or 0.0 for one in found) / len(found)
