import numpy as np
import pytest

from trainer.scenes.bank import VOICE_RMS
from trainer.scenes.synthesis import coloured_noise, granular_voice, modal_voice, reverb_tail


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_struck_body_sounds_at_once_is_levelled_and_dies_away() -> None:
    voice = modal_voice("IMPT_metal", rng())
    power = np.square(voice.samples)
    assert voice.onset == 0
    assert np.sqrt(power[:4410].mean()) == pytest.approx(VOICE_RMS, rel=1e-3)
    assert power[:441].mean() > 100 * power[-4410:].mean()


def test_class_decides_the_body_and_chance_only_varies_it() -> None:
    def brightness(class_name: str, seed: int) -> float:
        spectrum = np.abs(np.fft.rfft(modal_voice(class_name, rng(seed)).samples))
        return float((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())

    same = [brightness("IMPT_metal", seed) for seed in range(4)]
    others = [brightness(name, 0) for name in ("IMPT_wood", "BELL_big", "KTCH_pan", "GLAS_glass")]
    assert np.std(same) < np.std(others)
    assert np.array_equal(modal_voice("a_b", rng(2)).samples, modal_voice("a_b", rng(2)).samples)


def test_noise_has_unit_power_and_never_rises_with_pitch() -> None:
    for seed in range(5):
        noise = coloured_noise(rng(seed), 44_100)
        assert np.sqrt(np.square(noise).mean()) == pytest.approx(1.0, rel=1e-3)
        spectrum = np.square(np.abs(np.fft.rfft(noise)))
        assert spectrum[50:500].mean() > 0.8 * spectrum[10_000:20_000].mean()


def test_room_keeps_the_first_arrival_in_place_and_adds_a_tail() -> None:
    dry = np.zeros(20_000, dtype=np.float32)
    dry[5000] = 1.0
    wet = reverb_tail(dry, rng())
    assert wet.shape == dry.shape
    assert np.abs(wet[:5000]).max() < 1e-5
    assert wet[5000] == pytest.approx(1.0, abs=1e-4)
    assert 0.01 < np.square(wet[5001:]).sum() <= 0.37


def test_crumbling_body_sounds_at_once_and_thins_out() -> None:
    for name in ("ROCK_fall", "PAPR_cards", "IMPT_glass"):
        voice = granular_voice(name, rng())
        power = np.square(voice.samples)
        third = len(power) // 3
        assert np.sqrt(power[:4410].mean()) == pytest.approx(VOICE_RMS, rel=1e-3)
        assert np.abs(voice.samples[:441]).max() > 0.05
        assert power[:third].sum() > 3 * power[-third:].sum()
