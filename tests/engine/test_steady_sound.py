import torch

from engine.steady_sound import steady_stretches

FLOOR = -9.2


def mel_of(levels: list[tuple[int, float]]) -> torch.Tensor:
    """A log-mel of stretches of (frames, level)."""
    return torch.cat([torch.full((frames, 128), level) for frames, level in levels])


def test_a_steady_stretch_is_found_and_silence_is_not() -> None:
    found = steady_stretches(mel_of([(300, FLOOR), (500, -3.0), (300, FLOOR)]))
    assert found == [(3.0, 8.0)]


def test_a_short_steady_stretch_is_left_out() -> None:
    assert steady_stretches(mel_of([(300, FLOOR), (240, -3.0), (300, FLOOR)])) == []


def test_beats_are_not_steady() -> None:
    beats = mel_of([(20, -2.0), (30, -6.0)] * 20)
    assert steady_stretches(beats) == []


def test_noise_around_one_level_is_steady() -> None:
    noise = -3.0 + 0.3 * torch.randn(600, 128, generator=torch.Generator().manual_seed(1))
    noise[:10] = FLOOR  # the floor is known from a quiet beginning
    (found,) = steady_stretches(noise)
    assert found[1] == 6.0
