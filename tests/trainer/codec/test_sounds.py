import numpy as np
import pytest
import torch

from tests.trainer.classifier.small_classifier import small_bank
from trainer.codec.sounds import KINDS, LOUDEST_DB, QUIETEST_DB, SoundSource, noise_band
from trainer.scenes.bank import VOICE_RMS, Ambience, SoundBank, Voice

SAMPLES = 22_050


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_steady_level_and_silent_under_its_lowest_rate(seed: int) -> None:
    noise = noise_band(SAMPLES, rng(seed))
    assert float(np.sqrt(np.square(noise).mean())) == pytest.approx(VOICE_RMS, rel=1e-4)
    spectrum = np.abs(np.fft.rfft(noise))
    rates = np.fft.rfftfreq(SAMPLES, 1 / 44_100)
    assert spectrum[rates < 200].max() < 1e-3 * spectrum.max()
    halves = [float(np.square(half).mean()) for half in np.array_split(noise, 2)]
    assert max(halves) < 2 * min(halves)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_sounds_and_comes_again_for_the_same_chance(kind: str) -> None:
    source = SoundSource(small_bank())
    one, again = (source.draw(kind, 3, SAMPLES, rng()) for _ in range(2))
    assert one.shape == (3, SAMPLES)
    assert one.dtype == torch.float32
    assert torch.equal(one, again)
    assert bool((one.abs().amax(1) > 1e-4).all())


def test_levels_stay_between_the_quietest_and_the_loudest() -> None:
    noise = SoundSource(small_bank()).draw("noise", 20, SAMPLES, rng())
    levels = 20 * (noise.square().mean(1).sqrt() / VOICE_RMS).log10()
    assert float(levels.min()) >= QUIETEST_DB - 0.01
    assert float(levels.max()) <= LOUDEST_DB + 0.01
    assert float(levels.max() - levels.min()) > 10


def test_all_kinds_are_mixed_in_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    source, drawn = SoundSource(small_bank()), []

    def noted(kind: str, count: int, samples: int, chance: np.random.Generator) -> torch.Tensor:
        drawn.append(kind)
        return torch.zeros(count, samples)

    monkeypatch.setattr(source, "draw", noted)
    assert source.mixed(400, 10, rng()).shape == (400, 10)
    shares = [drawn.count(kind) / 400 for kind in KINDS]
    assert shares == pytest.approx([0.6, 0.25, 0.15], abs=0.06)


@pytest.mark.parametrize("silent_side", ["voices", "ambiences"])
def test_a_bank_with_contacts_or_ambiences_alone_is_enough(silent_side: str) -> None:
    bank = small_bank()
    kept = {"voices": bank.voices, "ambiences": bank.ambiences, silent_side: {}}
    drawn = SoundSource(SoundBank(**kept)).draw("recording", 6, SAMPLES, rng())
    assert bool(drawn.any())


def test_a_short_ambience_begins_again_where_it_ends() -> None:
    ramp = np.linspace(0.1, 1.0, 100, dtype=np.float32)
    bank = SoundBank({}, {"WIND": [Ambience("WIND", "w", ramp)]})
    drawn = SoundSource(bank).draw("recording", 1, 1000, rng())[0]
    assert torch.allclose(drawn[:100], drawn[100:200])


def test_contacts_lie_over_silence() -> None:
    click = np.ones(10, dtype=np.float32)
    bank = SoundBank({"IMPT": [Voice("IMPT", "m", click, 0)]}, {})
    drawn = SoundSource(bank).draw("recording", 30, SAMPLES, rng())
    dry = (drawn != 0).sum(1)
    assert int((dry <= 30).sum()) >= 15  # one to three clicks of ten samples, the others in a room
