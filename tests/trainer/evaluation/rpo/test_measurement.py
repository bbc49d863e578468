"""Takes measured by hand-computed values; a take that is the truth is off by nothing."""

import math

import pytest
import torch

from tests.engine.small_networks import small_cavp
from tests.trainer.classifier.small_classifier import small_classifier
from tests.trainer.judge.flash_pool import small_judge
from tests.trainer.preference.small_round import HITS, SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.classifier.network import SEGMENT_FRAMES, hear
from trainer.evaluation.generator.takes import Wish
from trainer.evaluation.generator.trials import Trial
from trainer.evaluation.hit_matching import MatchCount
from trainer.evaluation.rpo import measurement as m
from trainer.evaluation.rpo.measurement import Ears, Level, Measurement
from trainer.preference.reward import RewardConfig, StemReward
from trainer.preference.stems import Stem, StemPlace, read_stem


@pytest.fixture
def stem(prepared: SmallRound) -> Stem:
    return read_stem(prepared.pool, StemPlace("held_out-00000", 0))


def trial_of(stem: Stem) -> Trial:
    return Trial(Wish(stem.grid, stem.control, stem.entry.class_name), 0, stem.mel)


def one(**changed: object) -> Measurement:
    values = {
        "onsets": MatchCount(2, 2, 1),
        "offsets_s": (0.1, 0.3),
        "level": Level(4, -8.0, 20.0),
        "true_level": Level(4, -4.0, 8.0),
        "right": 1,
        "segments": 2,
        "features": torch.eye(2),
        "reward": 0.5,
        "judged": 1.0,
    }
    return Measurement(**{**values, **changed})  # type: ignore[arg-type] # fields of the measurement


def test_level_sums_give_mean_and_deviation() -> None:
    # Made: mean -2, mean square 5, deviation 1. True: mean -1, mean square 2, deviation 1.
    found = [one(), one()]
    assert m.mean_off(found) == pytest.approx(1.0)
    assert m.std_off(found) == pytest.approx(0.0)
    wider = [one(level=Level(4, -8.0, 32.0))]  # mean square 8, deviation 2
    assert m.std_off(wider) == pytest.approx(1.0)
    values = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    assert Level.of(values) == Level(4, 11.0, 39.0)


def test_figures_of_many_by_hand() -> None:
    found = [one(), one(onsets=MatchCount(2, 2, 2), offsets_s=(0.0,), right=2, reward=0.7, judged=2.0)]
    assert m.onset_f1(found) == pytest.approx(0.75)
    assert m.offset_error_ms(found) == pytest.approx(1000 * 0.4 / 3)
    assert m.accuracy(found) == pytest.approx(3 / 4)
    assert m.mean_reward(found) == pytest.approx(0.6)
    assert m.mean_judged(found) == pytest.approx(1.5)


def test_distance_to_the_same_cloud_is_nothing() -> None:
    cloud = torch.randn(50, 2, generator=torch.Generator().manual_seed(1))
    assert m.distance_to(cloud, [one(features=cloud)]) == pytest.approx(0.0, abs=1e-6)
    assert m.distance_to(cloud, [one(features=cloud + 3.0)]) == pytest.approx(18.0, abs=1e-4)


def test_true_sound_is_right_in_time_and_level(stem: Stem) -> None:
    found = Ears(small_cavp()).measure(stem, trial_of(stem), stem.mel, stem.mel)
    assert (found.onsets.true, found.onsets.agreed) == (len(HITS), len(HITS))
    assert all(distance < 0.03 for distance in found.offsets_s)
    assert found.level == found.true_level
    assert (found.segments, found.judged) == (0, None)


def test_silence_has_no_onset_and_is_as_far_as_far_is(stem: Stem) -> None:
    silence = torch.full_like(stem.mel, math.log(1e-4))
    found = Ears(small_cavp()).measure(stem, trial_of(stem), silence, stem.mel)
    assert found.onsets == MatchCount(0, len(HITS), 0)
    assert found.offsets_s == (m.FAR_S,) * len(HITS)


def test_reward_and_classes_are_those_of_the_ears(stem: Stem) -> None:
    ear = small_classifier()
    found = Ears(small_cavp(), ear).measure(stem, trial_of(stem), stem.mel, stem.mel)
    assert found.reward == StemReward(small_cavp(), stem, RewardConfig()).of(stem.mel[None])[0]
    cuts = torch.stack([stem.mel[start : start + SEGMENT_FRAMES] for start in (HITS[0] - 2, HITS[1] - 2)])
    heard = hear(ear, cuts)
    assert torch.equal(found.features, heard.features)
    number = ear.config.classes.index(stem.entry.class_name)
    assert (found.right, found.segments) == (int((heard.logits.argmax(1) == number).sum()), 2)


def test_class_the_classifier_does_not_know_counts_for_nothing(stem: Stem) -> None:
    found = Ears(small_cavp(), small_classifier(("RAIN", "AERO_jet"))).measure(
        stem, trial_of(stem), stem.mel, stem.mel
    )
    assert (found.right, found.segments, len(found.features)) == (0, 0, 0)


def test_judge_is_asked_where_there_is_one(stem: Stem) -> None:
    judge = small_judge(CLASSES)
    found = Ears(small_cavp(), judge=judge).measure(stem, trial_of(stem), stem.mel, stem.mel)
    assert found.judged == m.judged(judge, stem, stem.mel)
    assert found.judged is not None
    assert math.isfinite(found.judged)
