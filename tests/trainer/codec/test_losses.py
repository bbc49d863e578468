import math

import pytest
import torch

from engine.features.mel import log_mel
from trainer.codec.losses import RESOLUTIONS, energy_distance, log_spectra, mel_error, spectral_distance

LEAST = 1e-5  # the root of what keeps the distance's gradient finite


def noise(seed: int, *, level: float = 1.0) -> torch.Tensor:
    return level * torch.randn(1, 22_050, generator=torch.Generator().manual_seed(seed))


def test_distance_is_the_root_mean_square_over_bins_averaged_over_frames_and_resolutions() -> None:
    zeros = [torch.zeros(1, 2, 4) for _ in range(2)]
    # Frames that are 3 off in every bin and 0 off: mean 1.5. Frames 6 off in one bin of four: root of 36/4.
    others = [torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)]
    others[0][0, 0] = 3.0
    others[1][0, :, 2] = 6.0
    assert float(spectral_distance(zeros, others)) == pytest.approx((1.5 + 3.0) / 2, abs=1e-4)


def test_two_draws_that_are_the_truth_are_no_distance_away() -> None:
    assert float(energy_distance(noise(1), noise(1), noise(1))) == pytest.approx(LEAST, abs=1e-6)


def test_a_draw_repeated_is_twice_as_far_from_noise_as_two_draws_of_their_own() -> None:
    """Twice d against d + d - d, all three being independent noise of one level."""
    repeated = energy_distance(noise(1), noise(1), noise(3))
    fresh = energy_distance(noise(1), noise(2), noise(3))
    assert float(repeated / fresh) == pytest.approx(2.0, rel=0.03)


def test_noise_of_the_wrong_level_is_further_off() -> None:
    right = energy_distance(noise(1), noise(2), noise(3))
    loud = energy_distance(noise(1, level=4.0), noise(2, level=4.0), noise(3))
    assert float(loud) > 1.5 * float(right)


def test_spectra_of_a_sound_twice_as_loud_are_log_two_higher() -> None:
    for plain, loud, size in zip(log_spectra(noise(1)), log_spectra(2 * noise(1)), RESOLUTIONS, strict=True):
        assert plain.shape[2] == size // 2 + 1
        assert float((loud - plain).mean()) == pytest.approx(math.log(2), abs=1e-3)


def test_a_sound_has_no_mel_error_against_its_own_mel_and_one_neper_against_e_times_it() -> None:
    mel = log_mel(noise(1))
    assert float(mel_error(noise(1), mel)) == pytest.approx(0.0, abs=1e-4)
    assert float(mel_error(math.e * noise(1), mel)) == pytest.approx(1.0, abs=1e-3)


def test_silence_has_gradients_that_are_numbers() -> None:
    silent = torch.zeros(1, 4410, requires_grad=True)
    loss = energy_distance(silent, silent, torch.zeros(1, 4410)) + mel_error(
        silent, log_mel(noise(1))[:, :10]
    )
    loss.backward()
    assert silent.grad is not None
    assert bool(silent.grad.isfinite().all())
