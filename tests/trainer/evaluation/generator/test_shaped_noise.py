import pytest
import torch

from engine.features.mel import log_mel
from tests.trainer.classifier.small_classifier import small_bank
from tests.trainer.evaluation.generator.small_study import trial_of
from trainer.evaluation.generator.shaped_noise import (
    ClassMean,
    class_means,
    noise_mel,
    noise_wave,
    wanted_power,
)


def test_mean_of_a_class_is_loudest_at_its_tones_and_at_the_hit() -> None:
    means = class_means(small_bank(), ("IMPT_metal", "AERO_jet", "WIND"))
    assert set(means) == {"IMPT_metal", "AERO_jet"}
    metal = means["IMPT_metal"]
    assert metal.spectrum.shape == (128,)
    assert metal.envelope.shape == (128,)
    assert float(metal.envelope.mean()) == pytest.approx(1.0, rel=1e-4)
    assert float(metal.envelope[:8].mean()) > 20 * float(metal.envelope[60:].mean())


def test_power_is_laid_at_every_hit_with_its_strength() -> None:
    mean = ClassMean(torch.tensor([1.0, 2.0]), torch.tensor([4.0, 1.0]))
    power = wanted_power(mean, trial_of({3: 1.0, 7: 0.5}, tokens=2))
    assert power[:, 0].tolist() == [0, 0, 0, 4, 1, 0, 0, 1]
    assert torch.equal(power[:, 1], 2 * power[:, 0])
    running = wanted_power(mean, trial_of({}, tokens=2, running=(1, 2)))
    assert running[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_noise_has_the_wanted_level_in_its_bands_and_frames() -> None:
    power = torch.full((200, 128), 1e-6)
    power[:, 60:80] = 1e-2
    power[100:] = 1e-6
    mel = log_mel(noise_wave(power, seed=1)[None])[0]
    wanted = power.sqrt().log()
    inside = mel[10:90, 62:78]
    assert float(inside.mean()) == pytest.approx(float(wanted[10:90, 62:78].mean()), abs=0.35)
    assert float(mel[110:190, 62:78].mean()) < float(inside.mean()) - 3.0
    assert float(inside.std()) > 0.1  # it is noise and no hum


def test_noise_of_a_trial_repeats_with_its_seed() -> None:
    means = class_means(small_bank(), ("IMPT_metal",))
    trial = trial_of({40: 1.0})
    assert torch.equal(noise_mel(means, trial, seed=1), noise_mel(means, trial, seed=1))
    assert not torch.allclose(noise_mel(means, trial, seed=1), noise_mel(means, trial, seed=2), atol=0.1)
