import pytest
import torch

from engine.features.partials import Partial, PartialTraits, partial_traits, tuning_of
from tests.engine.features.sung_and_spoken import RATE_HZ, hiss, hummed, knocks, played, rung

TIMES = torch.arange(2 * RATE_HZ) / RATE_HZ


def partials_at(*semitones: float) -> list[Partial]:
    return [Partial(0, 10, pitch, 1.0) for pitch in semitones]


def test_notes_of_one_tuning_lie_on_one_grid_wherever_it_lies() -> None:
    assert tuning_of(partials_at(-12, 0, 4, 7)) == pytest.approx(1.0)
    assert tuning_of(partials_at(-11.7, 0.3, 4.3, 7.3)) == pytest.approx(1.0)


def test_notes_a_quarter_apart_all_round_lie_on_none() -> None:
    # exp(2 pi i x) of 0, 1/4, 1/2 and 3/4 sums to nothing.
    assert tuning_of(partials_at(0.0, 3.25, 7.5, 9.75)) == 0.0


def test_one_partial_says_nothing_of_a_tuning_and_two_little_by_chance() -> None:
    assert tuning_of(partials_at(3.0)) == 0.0
    # Agreement |1 + i|^2 / 4 = 1/2 of two quarter-apart partials is what two have by chance.
    assert tuning_of(partials_at(0.0, 0.25)) == pytest.approx(0.0, abs=1e-6)


def test_one_tone_is_one_held_partial_that_holds_the_energy() -> None:
    traits = partial_traits(torch.sin(2 * torch.pi * 440 * TIMES))
    # Frames of 128 ms every 32 ms in 2 s: 59.
    assert (traits.notes, traits.starts, traits.changes) == (1, 1, 0)
    assert traits.length_s == pytest.approx(59 * 0.032)
    assert traits.held_share == pytest.approx(1.0, abs=0.1)


def test_a_tone_that_slides_is_held_nowhere() -> None:
    rate = 300 * 2 ** (2 * TIMES)
    assert partial_traits(torch.sin(2 * torch.pi * torch.cumsum(rate, 0) / RATE_HZ)) == PartialTraits()


def test_music_brings_new_notes_on_one_tuning() -> None:
    traits = partial_traits(played())
    assert traits.held_share > 0.7
    assert traits.tuning > 0.7
    assert traits.notes >= 9
    assert traits.changes == 3  # four chords, each with notes of its own; the second round brings none


def test_a_bell_struck_again_brings_nothing_new() -> None:
    traits = partial_traits(rung())
    assert traits.held_share > 0.7
    assert traits.changes <= 1


def test_chance_tunings_agree_less() -> None:
    assert partial_traits(played(detune=0.4)).tuning < 0.4 < partial_traits(played(detune=0.02)).tuning


@pytest.mark.parametrize("sound", [hiss(), knocks(), torch.zeros(RATE_HZ), torch.ones(3)])
def test_noise_knocks_and_silence_hold_nothing(sound: torch.Tensor) -> None:
    assert partial_traits(sound).held_share < 0.02


def test_a_motor_holds_its_partials_and_never_changes() -> None:
    traits = partial_traits(hummed())
    assert traits.held_share > 0.7
    assert (traits.starts, traits.changes) == (1, 0)
