import math

import pytest
import torch

from engine.timing import MEL_HOP
from trainer.codec.vocoder_figures import hop_correlation, mel_distance, stft_distance

TIMES = torch.arange(44_100) / MEL_HOP  # in hops


def noise(seed: int) -> torch.Tensor:
    return torch.randn(1, 44_100, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("cycles", "found"), [(1.0, 1.0), (3.0, 1.0), (0.5, -1.0), (0.25, 0.0)])
def test_a_tone_correlates_with_itself_one_hop_later_by_its_phase(cycles: float, found: float) -> None:
    tone = torch.sin(2 * math.pi * cycles * TIMES)[None]
    assert float(hop_correlation(tone)) == pytest.approx(found, abs=0.01)


def test_noise_does_not_buzz_and_one_frame_of_noise_repeated_does() -> None:
    assert abs(float(hop_correlation(noise(1)))) < 0.02
    repeated = noise(1)[:, :MEL_HOP].repeat(1, 100)
    assert float(hop_correlation(repeated)) == pytest.approx(1.0, abs=1e-3)
    assert float(hop_correlation(torch.zeros(1, 4410))) == 0.0


def test_a_sound_of_half_the_level_is_log_two_away_in_mel_and_the_same_sound_nowhere() -> None:
    sounds = torch.cat([0.5 * noise(1), noise(2)])
    truth = torch.cat([noise(1), noise(2)])
    assert mel_distance(sounds, truth).tolist() == pytest.approx([math.log(2), 0.0], abs=1e-4)


def test_a_sound_of_half_the_level_is_half_its_size_and_log_two_away_in_its_spectra() -> None:
    # Convergence |0.5 Y - Y| / |Y| = 0.5, log magnitudes ln 2, alike at every resolution.
    found = stft_distance(torch.cat([0.5 * noise(1), noise(1)]), torch.cat([noise(1), noise(1)]))
    assert found.tolist() == pytest.approx([0.5 + math.log(2), 0.0], abs=1e-3)
