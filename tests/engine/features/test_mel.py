import math

import pytest
import torch

from engine.features import mel
from engine.features.mel import MEL_BANDS, MEL_FLOOR, log_mel, mel_filters
from engine.timing import MEL_HOP, MODEL_RATE_HZ


@pytest.mark.parametrize("sample", [4410, 10_000, 22_271, 44_099])
def test_impulse_peaks_in_the_frame_it_lies_in(sample: int) -> None:
    wave = torch.zeros(1, MODEL_RATE_HZ)
    wave[0, sample] = 1.0
    frame = int(log_mel(wave)[0].mean(1).argmax())
    assert abs(frame - sample // MEL_HOP) <= 1


def test_energy_of_an_impulse_lies_evenly_around_the_middle_of_its_hop() -> None:
    wave = torch.zeros(1, 100 * MEL_HOP)
    wave[0, 50 * MEL_HOP + 221] = 1.0
    level = log_mel(wave)[0].exp().mean(1)
    torch.testing.assert_close(level[51:54], level[47:50].flip(0), rtol=1e-3, atol=1e-6)


def test_one_second_has_a_hundred_frames_and_silence_is_the_floor() -> None:
    silent = log_mel(torch.zeros(2, MODEL_RATE_HZ))
    assert silent.shape == (2, 100, MEL_BANDS)
    torch.testing.assert_close(silent, torch.full_like(silent, math.log(MEL_FLOOR)))


def test_a_tone_is_loudest_in_the_band_around_its_pitch() -> None:
    tone = torch.sin(2 * torch.pi * 3000 * torch.arange(MODEL_RATE_HZ) / MODEL_RATE_HZ)
    band = int(log_mel(tone[None])[0, 50].argmax())
    rates = torch.arange(mel_filters().shape[0]) * MODEL_RATE_HZ / 2048
    filters = mel_filters()[:, band]
    centre = float((filters * rates).sum() / filters.sum())
    assert abs(centre - 3000) < 60


@pytest.mark.parametrize("shape", [(440,), (1, 440), (1, 1, 4410)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="log_mel takes"):
        log_mel(torch.zeros(shape))


@pytest.mark.parametrize("beyond", [0, 1, MEL_HOP, 700])
def test_a_long_sound_has_the_mel_of_its_stretches(monkeypatch: pytest.MonkeyPatch, beyond: int) -> None:
    wave = torch.randn(2, 20 * MEL_HOP + beyond, generator=torch.Generator().manual_seed(1))
    whole = log_mel(wave)
    monkeypatch.setattr(mel, "_FRAMES_AT_ONCE", 7)
    torch.testing.assert_close(log_mel(wave), whole)
