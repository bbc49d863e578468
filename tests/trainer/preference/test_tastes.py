"""Tastes on sounds whose right answer is worked out by hand."""

import math

import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from engine.features.mel import MEL_BANDS, MEL_FLOOR
from trainer.preference.tastes import (
    TASTES,
    brighter,
    drier,
    earlier_hits,
    harder_attack,
    shorter_decay,
    taste_named,
)

HIT_FRAME, HIT_S = 10, 0.1


def sound(levels: Tensor, *, band: int = 40) -> Tensor:
    """A log-mel whose amplitude in one band is given frame by frame, silence elsewhere."""
    amplitude = torch.zeros(len(levels), MEL_BANDS)
    amplitude[:, band] = levels
    return (amplitude + MEL_FLOOR).log()


def struck(*after: float, frames: int = 80) -> Tensor:
    """Amplitudes from HIT_FRAME on, silence before and after."""
    levels = torch.zeros(frames)
    levels[HIT_FRAME : HIT_FRAME + len(after)] = torch.tensor(after)
    return levels


def fading(energy_ratio: float, frames: int = 50) -> Tensor:
    """A hit whose energy is multiplied by a ratio from frame to frame."""
    return struck(*(energy_ratio ** (frame / 2) for frame in range(frames)))


def test_centre_of_a_single_band_is_that_band() -> None:
    assert brighter(sound(struck(1.0), band=20), [HIT_S]) == pytest.approx(20.0)


def test_bands_of_equal_amplitude_meet_in_the_middle_and_the_higher_sound_wins() -> None:
    low, high = sound(struck(1.0), band=20), sound(struck(1.0), band=100)
    both = (low.exp() + high.exp() - MEL_FLOOR).log()
    assert brighter(both, [HIT_S]) == pytest.approx(60.0)
    assert brighter(high, [HIT_S]) > brighter(both, [HIT_S]) > brighter(low, [HIT_S])


def test_decay_is_where_a_tenth_of_the_energy_is_left() -> None:
    # Halved from frame to frame, what is still to come falls by 3.01 dB a frame: 10 dB in 3.32 frames.
    assert shorter_decay(sound(fading(0.5)), [HIT_S]) == pytest.approx(-0.0332, abs=2e-4)
    # By 1 dB a frame it takes ten.
    slow = shorter_decay(sound(fading(10**-0.1)), [HIT_S])
    assert slow == pytest.approx(-0.1, abs=2e-3)
    assert shorter_decay(sound(fading(0.5)), [HIT_S]) > slow


def test_decay_is_the_mean_of_hits_with_room_and_a_cramped_hit_does_not_count() -> None:
    levels = fading(0.5, frames=20)
    alone = shorter_decay(sound(levels), [HIT_S])
    assert shorter_decay(sound(levels), [HIT_S - 0.05, HIT_S]) == pytest.approx(alone)


def test_dryness_is_the_energy_of_80_ms_over_all_after_it() -> None:
    # Eight frames of energy 1 against ten of energy 0.1: 10 log10(8 / 1).
    room = sound(struck(*[1.0] * 8, *[0.1**0.5] * 10))
    assert drier(room, [HIT_S]) == pytest.approx(10 * math.log10(8.0), abs=0.01)
    closer = sound(struck(*[1.0] * 8, *[0.01**0.5] * 10))
    assert drier(closer, [HIT_S]) == pytest.approx(10 * math.log10(80.0), abs=0.01)


def test_tail_that_falls_silent_counts_30_db_and_no_more() -> None:
    assert drier(sound(struck(*[1.0] * 8)), [HIT_S]) == 30.0
    # The mean with a second hit of as much energy before its 80 ms as after.
    second = torch.cat([struck(*[1.0] * 8), struck(*[1.0] * 16)])
    assert drier(sound(second), [HIT_S, 0.8 + HIT_S]) == pytest.approx(15.0, abs=0.01)


def test_sound_that_rises_a_frame_sooner_is_ten_milliseconds_earlier() -> None:
    on_time, late = sound(struck(*[1.0] * 20)), sound(struck(0.0, 0.0, 0.0, *[1.0] * 17))
    assert earlier_hits(on_time, [HIT_S]) > earlier_hits(late, [HIT_S])
    distance = earlier_hits(on_time, [HIT_S]) - earlier_hits(late, [HIT_S])
    assert distance == pytest.approx(0.03, abs=1e-6)


def test_attack_is_the_largest_rise_of_a_sound_of_mean_energy_one() -> None:
    # One frame of 40 sounds: its amplitude is the root of 40, and it rises by all of that.
    assert harder_attack(sound(struck(1.0, frames=40)), [HIT_S]) == pytest.approx(40**0.5, rel=1e-4)
    # Energies 1/16, 1/4, 9/16, 1: mean 1.875 / 40; each rise is a quarter of the last amplitude.
    soft = harder_attack(sound(struck(0.25, 0.5, 0.75, 1.0, frames=40)), [HIT_S])
    assert soft == pytest.approx(0.25 * (40 / 1.875) ** 0.5, rel=1e-4)


@pytest.mark.parametrize("name", list(TASTES))
def test_level_does_not_matter(name: str) -> None:
    amplitude = fading(0.8)
    loud, soft = sound(amplitude), sound(0.25 * amplitude)
    assert TASTES[name](loud, [HIT_S]) == pytest.approx(TASTES[name](soft, [HIT_S]), rel=1e-3)


@pytest.mark.parametrize("name", list(TASTES))
def test_silence_and_sounds_without_hits_get_a_finite_number(name: str) -> None:
    silence = torch.full((60, MEL_BANDS), math.log(MEL_FLOOR))
    assert math.isfinite(TASTES[name](silence, [0.1, 0.59]))
    assert math.isfinite(TASTES[name](sound(fading(0.5)), []))


def test_hit_behind_the_end_is_heard_at_the_end() -> None:
    assert math.isfinite(harder_attack(sound(struck(1.0)), [5.0]))


def test_waveform_is_no_log_mel() -> None:
    with pytest.raises(ValueError, match=r"log-mel .*got \(4410,\)"):
        brighter(torch.zeros(4410), [])


def test_unknown_taste_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'louder'; there are: brighter, .*harder attack"):
        taste_named("louder")
