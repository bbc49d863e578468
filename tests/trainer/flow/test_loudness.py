import math

import pytest
import torch

from engine.features.mel import MEL_FLOOR
from engine.generator.control import control_track
from trainer.flow.loudness import at_level, draw_levels, last_strength, soft_hits_duller


def control(*hits: tuple[float, float]) -> torch.Tensor:
    return torch.from_numpy(control_track(5, hits=hits))[None]


def test_six_decibel_are_about_twice_the_magnitude() -> None:
    made = at_level(torch.zeros(1, 2, 3), torch.tensor([20 * math.log10(2)]))
    torch.testing.assert_close(made, torch.full((1, 2, 3), math.log(2)))


def test_a_softer_sound_never_falls_below_the_floor() -> None:
    quiet = at_level(torch.full((1, 1, 1), -11.0), torch.tensor([-60.0]))
    assert float(quiet) == pytest.approx(math.log(MEL_FLOOR))


def test_the_last_hit_counts_until_the_next() -> None:
    strength = last_strength(control((0.03, 0.25), (0.12, 0.75)))[0]
    assert strength[:3].tolist() == [1.0] * 3
    assert strength[3:12].tolist() == [0.25] * 9
    assert strength[12:].tolist() == [0.75] * 8


def test_soft_hits_lose_high_bands_and_full_ones_nothing() -> None:
    mel = torch.zeros(1, 20, 16)
    duller = soft_hits_duller(mel, control((0.0, 0.5), (0.1, 1.0)))[0]
    assert duller[0, 0] == 0
    assert duller[0, 15] < duller[0, 8] < 0
    assert torch.equal(duller[10:], mel[0, 10:])


def test_half_of_the_levels_are_the_usual_one() -> None:
    levels = draw_levels(4000, torch.Generator().manual_seed(1))
    assert abs(float((levels == 0).float().mean()) - 0.5) < 0.03
    assert float(levels.min()) >= -18
    assert float(levels.max()) <= 6
