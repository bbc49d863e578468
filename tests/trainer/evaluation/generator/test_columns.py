import pytest
import torch

from engine.progress import Progress, silent
from tests.trainer.classifier.small_classifier import small_classifier
from tests.trainer.evaluation.generator.small_study import strikes_pool
from trainer.evaluation.generator.columns import study_classes, study_timing
from trainer.evaluation.generator.trials import Trial, class_trials, timing_trials


def truth(trial: Trial, takes: int) -> torch.Tensor:
    assert trial.truth is not None
    return trial.truth.expand(takes, -1, -1)


def test_true_sound_has_all_onsets_and_no_variety() -> None:
    told: list[Progress] = []
    found = study_timing(truth, timing_trials(strikes_pool(), 3), takes=2, name="truth", listener=told.append)
    assert found.onsets.f1 == 1.0
    assert found.onsets.true == 3 * 2 * 2  # stems, takes, strikes
    assert found.levels.contrast_db > 40.0
    assert [name for name, _ in found.distances] == ["FEET_gravel", "FEET_gravel", "IMPT_metal"]
    assert {distance for _, distance in found.distances} == {0.0}
    assert found.spectrum.shape == (128,)
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("truth: timing", 3, 3)


def test_sound_at_other_times_agrees_with_no_hit() -> None:
    def late(trial: Trial, takes: int) -> torch.Tensor:
        return truth(trial, takes).roll(30, dims=1)

    found = study_timing(late, timing_trials(strikes_pool(), 3), takes=1, name="late", listener=silent)
    assert found.onsets.agreed == 0
    assert found.distances == []  # a single take has no pair


def test_classes_are_heard_in_segments_of_every_trial() -> None:
    network = small_classifier()
    network.to_classes.weight.zero_()
    network.to_classes.bias.copy_(torch.tensor([1.0, 0.0, 0.0]))  # always steps
    trials = class_trials(strikes_pool(), ("FEET_gravel", "IMPT_metal", "AERO_jet"), each=1)
    found = study_classes(truth, trials, network, name="truth", listener=silent)
    # Both strikes of two trials fit, and the run is heard in three parts.
    assert found.features.shape == (7, 64)
    assert found.accuracy.of_class.tolist() == [1.0, 0.0, 0.0]
    assert found.accuracy.mean == pytest.approx(1 / 3)
