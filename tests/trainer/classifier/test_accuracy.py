import math

import pytest
import torch

from tests.trainer.classifier.small_classifier import small_bank, small_classifier
from trainer.classifier.accuracy import accuracy_of, measure_accuracy
from trainer.classifier.segments import plain_segments


def test_recordings_and_classes_count_alike_whatever_their_number_of_segments() -> None:
    right = torch.tensor([True, True, True, False, True, False])
    labels = torch.tensor([0, 0, 0, 0, 1, 1])
    groups = ("a", "a", "a", "b", "c", "c")
    found = accuracy_of(right, labels, groups, 3)
    # Class 0: recordings a 3 of 3 and b 0 of 1; class 1: 1 of 2; class 2 was never heard.
    assert found.of_class[:2].tolist() == [0.5, 0.5]
    assert math.isnan(float(found.of_class[2]))
    assert (found.mean, found.classes, found.segments) == (0.5, 2, 6)


def test_nothing_heard_is_no_accuracy() -> None:
    empty = accuracy_of(torch.zeros(0, dtype=torch.bool), torch.zeros(0, dtype=torch.long), (), 2)
    assert (empty.mean, empty.classes) == (0.0, 0)


def test_a_network_that_always_says_the_same_is_right_on_one_class() -> None:
    network = small_classifier()
    network.to_classes.weight.zero_()
    network.to_classes.bias.copy_(torch.tensor([0.0, 1.0, 0.0]))
    found = measure_accuracy(network, plain_segments(small_bank(), network.config.classes))
    assert found.of_class.tolist() == [0.0, 1.0, 0.0]
    assert found.mean == pytest.approx(1 / 3)
