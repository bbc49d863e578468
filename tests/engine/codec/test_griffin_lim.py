import pytest
import torch

from engine.codec.griffin_lim import griffin_lim, mel_to_magnitude
from engine.features.mel import MEL_FLOOR, log_mel, magnitude_to_log_mel
from engine.timing import MODEL_RATE_HZ


def struck(sample: int, length: int = MODEL_RATE_HZ // 2) -> torch.Tensor:
    """A burst of noise that starts at a sample and dies away."""
    times = torch.arange(length - sample) / MODEL_RATE_HZ
    noise = torch.randn(len(times), generator=torch.Generator().manual_seed(1))
    wave = torch.zeros(1, length)
    wave[0, sample:] = 0.5 * noise * torch.exp(-times / 0.03)
    return wave


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_magnitudes_have_the_mel_they_were_made_from() -> None:
    mel = log_mel(struck(8000))
    again = magnitude_to_log_mel(mel_to_magnitude(mel))
    loud = mel > torch.tensor(MEL_FLOOR).log() + 3
    assert float((again - mel).abs()[loud].mean()) < 0.05
    assert float(mel_to_magnitude(mel).min()) >= 0.0


def test_magnitudes_of_tones_are_refined_beyond_the_pseudo_inverse() -> None:
    """The clamped pseudo-inverse alone is 0.46 off."""
    times = torch.arange(MODEL_RATE_HZ // 2) / MODEL_RATE_HZ
    tones = torch.stack([torch.sin(2 * torch.pi * rate * times) for rate in (220, 1330, 2900)])
    mel = log_mel(0.1 * tones.sum(0, keepdim=True))
    loud = mel > torch.tensor(MEL_FLOOR).log() + 3
    again = magnitude_to_log_mel(mel_to_magnitude(mel))
    assert float((again - mel).abs()[loud].mean()) < 0.27


def test_sound_brings_back_the_mel() -> None:
    mel = log_mel(struck(8000))
    again = log_mel(griffin_lim(mel, chance=chance()))
    loud = mel > mel.max() - 4.0
    assert again.shape == mel.shape
    assert float((again - mel).abs()[loud].mean()) < 0.25


@pytest.mark.parametrize("sample", [6000, 11_111])
def test_a_strike_comes_back_within_five_milliseconds(sample: int) -> None:
    sound = griffin_lim(log_mel(struck(sample)), chance=chance())[0]
    power = sound.square().unfold(0, 88, 1).mean(1)  # 2 ms
    rise = int(torch.nonzero(power > 0.3 * power.max())[0])
    assert abs(rise - sample) / MODEL_RATE_HZ < 0.005


def test_same_chance_gives_the_same_samples_and_length_is_whole_hops() -> None:
    mel = log_mel(struck(8000))
    one, other = griffin_lim(mel, chance=chance()), griffin_lim(mel, chance=chance())
    assert torch.equal(one, other)
    assert one.shape == (1, 50 * 441)
    assert not torch.equal(one, griffin_lim(mel, chance=torch.Generator().manual_seed(6)))


def test_silence_stays_silent() -> None:
    mel = torch.full((1, 20, 128), float(torch.tensor(MEL_FLOOR).log()))
    assert float(griffin_lim(mel, chance=chance()).abs().max()) < 1e-4
