import pytest
import torch

from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, motion_grid


def picture_with_edge_at(column: int) -> torch.Tensor:
    picture = torch.zeros(FRAME_HEIGHT, FRAME_WIDTH, 3, dtype=torch.uint8)
    picture[:, :column] = 255
    return picture


@pytest.fixture(scope="module")
def grid() -> torch.Tensor:
    """White grows from column 48 to 54, then rests; cell 4 of a row covers columns 48 to 59."""
    frames = torch.stack([picture_with_edge_at(column) for column in (48, 54, 54)])
    return motion_grid(frames[None])[0]


def test_first_frame_does_not_move(grid: torch.Tensor) -> None:
    assert not grid[0, :6].any()


def test_size_and_sign_of_the_change_are_those_of_the_half_cell_that_turned_white(grid: torch.Tensor) -> None:
    cell = grid[1, :, 3, 4]
    assert float(cell[0]) == pytest.approx(0.5**0.5)  # 6 of 12 columns changed by 1
    assert float(cell[1]) == pytest.approx(1.0)
    assert float(cell[2]) == pytest.approx(4 * 0.5)
    assert not grid[1, :4, :, [0, 1, 2, 3, 5, 6, 7]].any()


def test_second_difference_speaks_when_the_edge_stops(grid: torch.Tensor) -> None:
    assert float(grid[2, 0, 3, 4]) == 0.0
    assert float(grid[2, 3, 3, 4]) == pytest.approx(0.5**0.5)


def test_normal_flow_points_the_way_the_edge_goes(grid: torch.Tensor) -> None:
    # -d * slope is 0.25 in 2 of 12 columns, slope squared 0.0625 in 3 of 12.
    wanted = (2 * 0.25 / 12) * 0.25 / (3 * 0.0625 / 12 + 1e-3)
    assert float(grid[1, 4, 3, 4]) == pytest.approx(wanted, rel=1e-4)
    assert float(grid[1, 5, 3, 4]) == 0.0


def test_flow_downwards_has_the_sign_of_growing_rows() -> None:
    frames = torch.zeros(1, 2, FRAME_HEIGHT, FRAME_WIDTH, 3, dtype=torch.uint8)
    frames[0, 0, :36], frames[0, 1, :40] = 255, 255
    assert float(motion_grid(frames)[0, 1, 5, 4, 0]) > 0.1


def test_grey_is_centred_and_white_has_no_colour(grid: torch.Tensor) -> None:
    row = grid[1, 6, 0]
    torch.testing.assert_close(row, torch.tensor([0.5, 0.5, 0.5, 0.5, 0.0, -0.5, -0.5, -0.5]))
    assert float(grid[:, 8:10].abs().max()) < 1e-5


def test_red_and_blue_are_differences_against_grey() -> None:
    frames = torch.zeros(1, 1, FRAME_HEIGHT, FRAME_WIDTH, 3, dtype=torch.uint8)
    frames[..., 0] = 255
    grid = motion_grid(frames)
    assert float(grid[0, 0, 8, 0, 0]) == pytest.approx(2 * (1 - 0.299))
    assert float(grid[0, 0, 9, 0, 0]) == pytest.approx(2 * -0.299)


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2, 96, 72, 3\)"):
        motion_grid(torch.zeros(1, 2, 96, 72, 3, dtype=torch.uint8))
