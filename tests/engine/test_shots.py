import pytest
import torch

from engine.shots import find_cuts


def still(steps: int) -> torch.Tensor:
    """A picture at rest with a little camera noise."""
    look = torch.rand(1, 10, 8, 8, generator=torch.Generator().manual_seed(1))
    return look + 0.005 * torch.randn(steps, 10, 8, 8, generator=torch.Generator().manual_seed(2))


def other_look(seed: int = 7) -> torch.Tensor:
    return torch.rand(10, 8, 8, generator=torch.Generator().manual_seed(seed)) - 0.5


def test_planted_cuts_are_found_where_the_new_shot_starts() -> None:
    grid = still(100)
    grid[30:] += other_look(7)
    grid[71:] += other_look(8)
    assert find_cuts(grid) == [30, 71]


def test_cut_on_the_last_picture_is_found() -> None:
    grid = still(40)
    grid[39:] += other_look()
    assert find_cuts(grid) == [39]


@pytest.mark.parametrize("length", [1, 2])
def test_flash_is_no_cut_neither_at_its_begin_nor_at_its_end(length: int) -> None:
    grid = still(100)
    grid[50 : 50 + length] += 0.8
    assert find_cuts(grid) == []


def test_slow_change_is_no_cut() -> None:
    grid = still(100)
    grid += torch.linspace(0, 1, 100)[:, None, None, None] * other_look()
    assert find_cuts(grid) == []


def test_one_moving_corner_is_no_cut() -> None:
    grid = still(100)
    grid[50:, :, :2, :2] += 0.8
    assert find_cuts(grid) == []


def test_restless_camera_hides_a_change_of_its_own_size() -> None:
    grid = torch.rand(60, 10, 8, 8, generator=torch.Generator().manual_seed(3))
    assert find_cuts(grid) == []


def test_motion_channels_do_not_make_a_cut() -> None:
    grid = still(60)
    grid[30, :6] += 1.0
    assert find_cuts(grid) == []


def test_too_short_clip_has_no_cut() -> None:
    grid = still(3)
    grid[2:] += other_look()
    assert find_cuts(grid) == []
