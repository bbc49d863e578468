import torch

from tests.trainer.classifier.small_classifier import small_bank
from tests.trainer.evaluation.generator.small_study import trial_of
from trainer.evaluation.generator.real_sound import can_play, real_mel


def test_recordings_sound_at_the_hits_of_the_trial() -> None:
    trial = trial_of({40: 1.0, 200: 0.5})
    mel = real_mel(small_bank(), trial, seed=0)
    power = mel.exp().square().mean(1)
    assert mel.shape == (384, 128)
    assert int(power.argmax()) in range(39, 44)
    assert float(power[200:206].max()) > 100 * float(power[190:198].max())
    assert torch.equal(mel, real_mel(small_bank(), trial, seed=0))


def test_ambiences_sound_along_the_activity() -> None:
    mel = real_mel(small_bank(), trial_of({}, name="AERO_jet", running=(48, 96)), seed=0)
    assert float(mel[220:].mean()) > float(mel[:170].mean()) + 2.0


def test_a_bank_can_play_what_it_has() -> None:
    bank = small_bank()
    assert can_play(bank, trial_of({40: 1.0}))
    assert not can_play(bank, trial_of({40: 1.0}, name="GUNS"))
    assert not can_play(bank, trial_of({}, running=(0, 9)))  # metal has no ambience
