import numpy as np
import pytest
import torch

from engine import sound_side
from engine.errors import InputError
from engine.sound_side import MelSound, PlacedSound, checked_sound, mel_of_sound, mel_parts
from engine.step_range import StepRange


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, (channels, samples)).astype(np.float32)


def test_click_in_48_khz_sound_lands_in_its_mel_frame() -> None:
    sound = np.zeros((2, 48_000), dtype=np.float32)
    sound[:, 24_120] = 1.0  # 0.5025 s is frame 50
    mel = mel_of_sound(sound, steps=25)
    assert mel.shape == (1, 100, 128)
    assert abs(int(mel[0].mean(1).argmax()) - 50) <= 1


@pytest.mark.parametrize("samples", [0, 1000, 96_000])
def test_mel_is_cut_or_padded_to_the_steps_asked_for(samples: int) -> None:
    mel = mel_of_sound(noise(samples), steps=12)
    assert mel.shape == (1, 48, 128)
    assert (float(mel[0, -1].max()) > -9.0) == (samples == 96_000)


def test_channels_are_mixed_to_their_mean() -> None:
    one = noise(9600)
    opposite = np.concatenate([one, -one])
    assert float(mel_of_sound(opposite, steps=4).max()) < -9.0
    assert torch.equal(mel_of_sound(np.concatenate([one, one]), steps=4), mel_of_sound(one, steps=4))
    surround = np.concatenate([one] * 6)  # 5.1
    torch.testing.assert_close(mel_of_sound(surround, steps=4), mel_of_sound(one, steps=4), atol=1e-4, rtol=0)


@pytest.mark.parametrize("block", [997, 20_000, 500_000])
@pytest.mark.parametrize("steps", [4, 96, 208])
def test_mel_of_blocks_is_that_of_the_whole(block: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_side, "_PART_FRAMES", 50)
    sound = noise(200_000)  # 104.2 steps: cut, and followed by silence
    blocks = (sound[:, at : at + block] for at in range(0, sound.shape[1], block))
    parts = torch.cat(list(mel_parts(blocks, steps=steps)))
    torch.testing.assert_close(parts, mel_of_sound(sound, steps=steps)[0], rtol=0, atol=1e-3)


def test_take_is_heard_at_its_place_and_silence_around_it() -> None:
    sound = noise(19_200)
    laid = np.zeros((1, 96_000), dtype=np.float32)
    laid[:, 30_000:49_200] = sound
    steps = StepRange(12, 32)
    placed = PlacedSound(sound, 30_000)
    torch.testing.assert_close(placed.mel(steps), PlacedSound(laid).mel(steps))
    assert placed.key(steps) == PlacedSound(laid).key(steps)
    assert placed.is_silent(StepRange(0, 15))
    assert placed.is_silent(StepRange(26, 40))
    assert not placed.is_silent(StepRange(15, 16))


def test_take_that_begins_before_the_clip_is_heard_from_the_clips_start() -> None:
    sound = noise(19_200)
    expected = PlacedSound(sound[:, 1920:]).mel(StepRange(0, 8))
    torch.testing.assert_close(PlacedSound(sound, -1920).mel(StepRange(0, 8)), expected)


def test_key_tells_what_is_heard_in_the_stretch_and_nothing_else() -> None:
    sound = noise(96_000)
    changed = sound.copy()
    changed[:, 60_000] += 0.1  # step 31
    one, other = PlacedSound(sound), PlacedSound(changed)
    assert one.key(StepRange(0, 31)) == other.key(StepRange(0, 31))
    assert one.key(StepRange(28, 40)) != other.key(StepRange(28, 40))
    assert one.key(StepRange(100, 140)) == PlacedSound(sound[:, :10]).key(StepRange(200, 240))  # nothing


def test_stored_mel_is_cut_and_followed_by_silence() -> None:
    rows = torch.randn(40, 128).half()
    sound = MelSound(rows)
    mel = sound.mel(StepRange(8, 12))
    assert mel.shape == (1, 16, 128)
    assert torch.equal(mel[0, :8], rows[32:].float())
    assert float(mel[0, 8:].max()) == pytest.approx(np.log(1e-4))
    assert sound.key(StepRange(0, 4)) != sound.key(StepRange(4, 8))
    assert not sound.is_silent(StepRange(0, 4))
    assert MelSound(mel_of_sound(np.zeros((1, 9_600), np.float32), steps=4)[0].half()).is_silent(
        StepRange(0, 4)
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_sample_that_is_no_number_is_named_by_its_time(bad: float) -> None:
    sound = noise(48_000, channels=2)
    assert checked_sound(sound, name="a.wav") is sound
    sound[1, 24_000] = bad
    sound[0, 30_000] = bad
    with pytest.raises(InputError, match=r"sound of a\.wav has a sample at 1\.500 s that is infinite or no"):
        checked_sound(sound, name="a.wav", before=48_000)
