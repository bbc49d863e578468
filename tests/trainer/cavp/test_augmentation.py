import math

import torch

from engine.features.mel import MEL_FLOOR
from engine.features.motion_grid import GRID_CHANNELS, points_of
from trainer.cavp.augmentation import (
    _in_room,
    _masked_bands,
    _shifted_bands,
    augment_grid,
    augment_mel,
)


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_augmented_pictures_differ_from_one_another_and_leave_the_pool_alone() -> None:
    grid = torch.rand(1, 6, 10, 8, 8, generator=chance(3)).expand(5, -1, -1, -1, -1).contiguous()
    before = grid.clone()
    made = augment_grid(grid, chance())
    assert made.shape == grid.shape
    assert torch.equal(grid, before)
    assert bool(made.isfinite().all())
    assert all(not torch.equal(made[0], made[row]) for row in range(1, 5))


def test_mirrored_picture_moves_the_other_way() -> None:
    """All flow goes to the right; in a mirrored picture it goes to the left."""
    grid = torch.zeros(40, 2, 10, 8, 8)
    grid[:, :, 4] = 0.5
    signs = augment_grid(grid, chance())[:, :, 4].mean((1, 2, 3)).sign().tolist()
    assert set(signs) == {1.0, -1.0}


def test_augmented_mel_keeps_the_floor_and_the_times() -> None:
    mel = torch.full((6, 40, 128), math.log(MEL_FLOOR))
    mel[:, 20] = 0.0
    made = augment_mel(mel, chance())
    assert float(made.min()) >= math.log(MEL_FLOOR) - 1e-5
    assert made.mean(2).argmax(1).tolist() == [20] * 6


def test_small_picture_is_mirrored_with_the_motion() -> None:
    """Light stands on the left and all flow goes right; where flow turns round, the light moves over."""
    grid = torch.zeros(40, 4, GRID_CHANNELS, 8, 8)
    grid[:, :, 4] = 0.5
    grid[:, :, 10:, :, :4] = 0.5
    made = augment_grid(grid, chance())
    flow = made[:, :, 4].mean((1, 2, 3)).sign()
    light = points_of(made)[:, :, :, :, :12].mean((1, 2, 3, 4)) - points_of(made)[..., 12:].mean((1, 2, 3, 4))
    assert torch.equal(flow, light.sign())
    assert set(flow.tolist()) == {1.0, -1.0}


def test_batch_without_small_pictures_stays_without() -> None:
    assert augment_grid(torch.rand(2, 8, 10, 8, 8), chance()).shape == (2, 8, 10, 8, 8)


def test_bands_move_together_a_little_and_never_wrap_round() -> None:
    mel = torch.full((60, 4, 128), -9.0)
    mel[:, :, 60] = 0.0
    mel[:, :, 127] = 3.0
    moved = _shifted_bands(mel, chance())
    shifts = moved[:, 0, :100].argmax(1) - 60
    assert set(shifts.tolist()) == set(range(-6, 7))
    assert float(moved[:, :, :100].max()) == 0.0  # the loudest band, at the top, stays there


def test_masks_hide_few_bands_of_about_half_of_the_rows() -> None:
    hidden = _masked_bands(400, 128, chance()).sum(2)[:, 0]
    assert 0.35 < float((hidden > 0).float().mean()) < 0.6
    assert int(hidden.max()) <= 28


def test_room_lets_sounds_die_away_and_adds_nothing_before_them() -> None:
    mel = torch.full((1, 80, 3), -9.0)
    mel[0, 20] = 0.0
    made = _in_room(mel, torch.full((1, 1, 1), 0.2))
    assert torch.equal(made[0, :21], mel[0, :21])
    torch.testing.assert_close(made[0, 20:40, 0], -0.2 * torch.arange(20.0))
    assert float(made[0, 60:].max()) == -9.0
