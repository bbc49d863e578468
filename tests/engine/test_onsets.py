import pytest
import torch

from engine.features.mel import log_mel
from engine.onsets import onset_strength, onsets_of_mel
from engine.timing import MODEL_RATE_HZ


def strikes(times_s: list[float], levels: list[float] | None = None, seconds: float = 2.0) -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    wave = 1e-5 * torch.randn(1, round(seconds * MODEL_RATE_HZ), generator=chance)
    for time_s, level in zip(times_s, levels or [0.5] * len(times_s), strict=True):
        first = round(time_s * MODEL_RATE_HZ)
        length = wave.shape[1] - first
        fall = torch.exp(-torch.arange(length) / (0.05 * MODEL_RATE_HZ))
        wave[0, first:] += level * fall * torch.randn(length, generator=chance)
    return log_mel(wave)[0]


@pytest.mark.parametrize("times", [[0.5], [0.3, 0.9, 1.37], [0.25, 0.5, 0.75, 1.0]])
def test_strikes_are_found_within_thirty_milliseconds(times: list[float]) -> None:
    assert onsets_of_mel(strikes(times)) == pytest.approx(times, abs=0.03)


def test_silence_and_steady_noise_have_no_onset() -> None:
    assert onsets_of_mel(torch.full((100, 128), -9.2)) == []
    noise = torch.randn(1, MODEL_RATE_HZ, generator=torch.Generator().manual_seed(2))
    padded = torch.cat([noise, noise.flip(1)], dim=1)
    assert onsets_of_mel(log_mel(padded)[0][20:-20]) == []


def test_rise_is_the_mean_over_the_bands_against_fifty_milliseconds_before() -> None:
    mel = torch.zeros(20, 4)
    mel[10:, 0] = 2.0
    strength = onset_strength(mel)
    assert strength.shape == (20,)
    assert torch.nonzero(strength)[:, 0].tolist() == [10, 11, 12, 13, 14]
    assert strength[10].item() == 0.5


def test_falling_level_is_no_rise() -> None:
    mel = torch.linspace(0, -5, 30)[:, None].expand(-1, 8)
    assert not onset_strength(mel).any()
