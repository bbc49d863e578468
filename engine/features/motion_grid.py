"""Pictures to the motion grid: fixed statistics of motion and look in 8x8 cells per frame.

Letters: B batch, T frames at 25 Hz, C = GRID_CHANNELS, 8x8 cells. No weights are in here;
each network learns its own front end on top of the grid.
"""

import torch
from torch import Tensor
from torch.nn import functional

FRAME_WIDTH = 96
FRAME_HEIGHT = 72
GRID_SIDE = 8
GRID_CHANNELS = 10
MOTION_CHANNELS = 6
_CELL = (FRAME_HEIGHT // GRID_SIDE, FRAME_WIDTH // GRID_SIDE)


def _cell_mean(image: Tensor) -> Tensor:
    return functional.avg_pool2d(image, _CELL)


def motion_grid(frames: Tensor) -> Tensor:
    """Motion and look statistics per cell.

    Channels: 0 mean |difference|, 1 largest |difference|, 2 signed difference,
    3 second difference, 4-5 normal flow (x, y), 6 grey, 7 gradient energy,
    8-9 colour differences (red, blue against grey). Magnitudes are square-rooted.

    Args:
        frames: (B, T, FRAME_HEIGHT, FRAME_WIDTH, 3) uint8.

    Returns:
        (B, T, GRID_CHANNELS, 8, 8) float32, mostly within -1 to 1.

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
    return torch.stack(channels, dim=2).reshape(batch, steps, GRID_CHANNELS, GRID_SIDE, GRID_SIDE)
