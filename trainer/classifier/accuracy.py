"""How often the classifier is right, each class counting alike.

Letters: B segments, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.classifier.network import SoundClassifier, hear
from trainer.classifier.segments import LabelledSegments


@dataclass(frozen=True)
class ClassAccuracy:
    """Accuracy of a set of segments.

    Attributes:
        of_class: (K,) share right of each class; NaN where nothing of it was heard.
        segments: B.
    """

    of_class: Tensor
    segments: int

    @property
    def mean(self) -> float:
        """Mean over the classes that were heard: each counts alike; 0 when nothing was."""
        heard = self.of_class[~self.of_class.isnan()]
        return float(heard.mean()) if len(heard) else 0.0

    @property
    def classes(self) -> int:
        """Classes of which something was heard."""
        return int((~self.of_class.isnan()).sum())


def accuracy_of(right: Tensor, labels: Tensor, groups: Sequence[str], classes: int) -> ClassAccuracy:
    """Accuracy where within a class each group, and within a group each segment, counts alike.

    Args:
        right: (B,) bool.
        labels: (B,) class numbers.
        groups: The recording, or the trial, that each segment comes from.
        classes: K.
    """
    shares: dict[tuple[int, str], list[bool]] = {}
    for hit, label, group in zip(right.tolist(), labels.tolist(), groups, strict=True):
        shares.setdefault((label, group), []).append(hit)
    of_class = torch.full((classes,), torch.nan)
    for label in range(classes):
        means = [sum(hits) / len(hits) for (of, _), hits in shares.items() if of == label]
        if means:
            of_class[label] = sum(means) / len(means)
    return ClassAccuracy(of_class, len(right))


def measure_accuracy(network: SoundClassifier, segments: LabelledSegments) -> ClassAccuracy:
    """Accuracy on recordings."""
    guessed = hear(network, segments.mel).logits.argmax(1)
    right = guessed == segments.labels
    return accuracy_of(right, segments.labels, segments.groups, len(network.config.classes))
