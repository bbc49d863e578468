"""Pictures to the motion grid: statistics of motion and look, and a small colour picture.

Everything lies in 8x8 cells per frame: ten statistics, then each cell's 3x3 points of colour,
which together are the picture at 24x24 points. No weights are in here; each network learns its
own front end on top of the grid.

Letters: B batch, T frames at 25 Hz, C = GRID_CHANNELS, 8x8 cells.
"""

import torch
from torch import Tensor
from torch.nn import functional

FRAME_WIDTH = 96
FRAME_HEIGHT = 72
GRID_SIDE = 8
MOTION_CHANNELS = 6
STATISTIC_CHANNELS = 10
POINT_SIDE = 3
GRID_CHANNELS = STATISTIC_CHANNELS + 3 * POINT_SIDE**2
_CELL = (FRAME_HEIGHT // GRID_SIDE, FRAME_WIDTH // GRID_SIDE)


def _cell_mean(image: Tensor) -> Tensor:
    return functional.avg_pool2d(image, _CELL)


def motion_grid(frames: Tensor) -> Tensor:
    """Motion and look statistics per cell.

    Channels: 0 mean |difference|, 1 largest |difference|, 2 signed difference,
    3 second difference, 4-5 normal flow (x, y), 6 grey, 7 gradient energy,
    8-9 colour differences (red, blue against grey), 10-36 the cell's 3x3 points, red points
    first, less a half (`points_of` puts them together again). Magnitudes are square-rooted.

    Args:
        frames: (B, T, FRAME_HEIGHT, FRAME_WIDTH, 3) uint8.

    Returns:
        (B, T, C, 8, 8) float32, mostly within -1 to 1.

    Raises:
        ValueError: When the frames have another shape.
    """
    if frames.dim() != 5 or frames.shape[2:] != (FRAME_HEIGHT, FRAME_WIDTH, 3):
        wanted = f"(B, T, {FRAME_HEIGHT}, {FRAME_WIDTH}, 3)"
        raise ValueError(f"motion_grid takes {wanted}, got {tuple(frames.shape)}")
    batch, steps = frames.shape[:2]
    colour = frames.float().div_(255.0)  # (B, T, H, W, 3)
    grey = colour @ torch.tensor([0.299, 0.587, 0.114], device=frames.device)  # (B, T, H, W)
    before = torch.cat([grey[:, :1], grey[:, :-1]], dim=1)
    difference = grey - before
    earlier = torch.cat([difference[:, :1], difference[:, :-1]], dim=1)
    middle = (grey + before).mul(0.5)
    slope_x = functional.pad(middle[..., 2:] - middle[..., :-2], (1, 1)).mul_(0.5)
    slope_y = functional.pad(middle[..., 2:, :] - middle[..., :-2, :], (0, 0, 1, 1)).mul_(0.5)
    energy = _cell_mean(slope_x.square() + slope_y.square())
    size = difference.abs()
    flow_weight = 0.25 / (energy + 1e-3)
    channels = [
        _cell_mean(size).sqrt(),
        functional.max_pool2d(size, _CELL).sqrt(),
        _cell_mean(difference).mul(4.0),
        _cell_mean((difference - earlier).abs()).sqrt(),
        _cell_mean(-difference * slope_x) * flow_weight,
        _cell_mean(-difference * slope_y) * flow_weight,
        _cell_mean(grey).sub(0.5),
        energy.sqrt().mul(4.0),
        _cell_mean(colour[..., 0] - grey).mul(2.0),
        _cell_mean(colour[..., 2] - grey).mul(2.0),
    ]
    statistics = torch.stack(channels, dim=2)  # (B, T, 10, 8, 8)
    return torch.cat([statistics, _points(colour)], dim=2)


def _points(colour: Tensor) -> Tensor:
    """Mean colours of 3x3 points in each cell, less a half, (B, T, H, W, 3) -> (B, T, 27, 8, 8)."""
    batch, steps = colour.shape[:2]
    size = (FRAME_HEIGHT // (POINT_SIDE * GRID_SIDE), FRAME_WIDTH // (POINT_SIDE * GRID_SIDE))
    points = functional.avg_pool2d(colour.flatten(0, 1).permute(0, 3, 1, 2), size)  # (BT, 3, 24, 24)
    cells = functional.pixel_unshuffle(points - 0.5, POINT_SIDE)  # (BT, 27, 8, 8)
    return cells.reshape(batch, steps, *cells.shape[1:])


def points_of(grid: Tensor) -> Tensor:
    """The small colour pictures of a grid, (..., GRID_CHANNELS, 8, 8) -> (..., 3, 24, 24)."""
    return functional.pixel_shuffle(grid[..., STATISTIC_CHANNELS:, :, :], POINT_SIDE)


def cells_of_points(points: Tensor) -> Tensor:
    """Back from small pictures to channels of cells, (..., 3, 24, 24) -> (..., 27, 8, 8)."""
    return functional.pixel_unshuffle(points, POINT_SIDE)
