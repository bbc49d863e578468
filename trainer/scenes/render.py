"""Scene plans to pictures, as batched torch on any device.

Letters: B scenes, T frames, P primitives, K fields, H x W = 72 x 96 pixels.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH
from engine.timing import TOKEN_RATE_HZ
from trainer.scenes.plan import Background, ScenePlan
from trainer.scenes.primitives import PRIMITIVE_FIELDS, SCENE_WIDTH, Field, Shape

EDGE_SOFTNESS = 1.5 / FRAME_HEIGHT
_MARGIN = 1.6
_BLOCK = 8
_SKIP_BELOW = 0.02
_SKIPS_IN_A_ROW = 12


def render(plans: list[ScenePlan], *, device: torch.device | None = None) -> Tensor:
    """Pictures of scenes of equal length.

    Args:
        plans: B plans with the same number of frames.
        device: Where to draw; CPU when None.

    Returns:
        (B, T, H, W, 3) uint8 on the device.

    Raises:
        ValueError: When the plans differ in length or there is none.
    """
    if len({plan.steps for plan in plans}) != 1:
        raise ValueError(f"render takes plans of one length, got {[plan.steps for plan in plans]}")
    where = device or torch.device("cpu")
    primitives = torch.from_numpy(_stacked(plans)).to(where)  # (B, P, T, K)
    camera = torch.from_numpy(np.stack([plan.camera for plan in plans])).to(where)  # (B, T, 2)
    canvas = torch.stack([_background(plan, where) for plan in plans])  # (B, T, H, W, 3)
    y, x = _pixel_grid(where)
    for index in range(primitives.shape[1]):
        _paint(canvas, primitives[:, index], camera, x, y)
    return _filmed(canvas, plans)


def _stacked(plans: list[ScenePlan]) -> np.ndarray:
    most = max(plan.primitives.shape[0] for plan in plans)
    stacked = np.zeros((len(plans), most, plans[0].steps, PRIMITIVE_FIELDS), dtype=np.float32)
    stacked[..., [Field.HALF_WIDTH, Field.HALF_HEIGHT]] = 0.01
    for row, plan in zip(stacked, plans, strict=True):
        row[: len(plan.primitives)] = plan.primitives
    return stacked


def _pixel_grid(device: torch.device) -> tuple[Tensor, Tensor]:
    y = (torch.arange(FRAME_HEIGHT, device=device) + 0.5) / FRAME_HEIGHT
    x = (torch.arange(FRAME_WIDTH, device=device) + 0.5) / FRAME_WIDTH * SCENE_WIDTH
    return y[:, None], x[None, :]


def _paint(canvas: Tensor, rows: Tensor, camera: Tensor, x: Tensor, y: Tensor) -> None:
    """Blend one primitive per scene, rows (B, T, K), onto the canvas in place."""

    def field(name: Field) -> Tensor:
        return rows[..., name, None, None]  # (B, T, 1, 1)

    across_picture, down_picture = _reach_of(rows, camera)
    canvas = canvas[:, :, down_picture, across_picture]
    x, y = x[:, across_picture], y[down_picture]
    left = x - field(Field.X) - camera[..., 0, None, None]
    down = y - field(Field.Y) - camera[..., 1, None, None]
    turn = field(Field.ANGLE)
    along = left * turn.cos() + down * turn.sin()  # (B, T, H, W)
    across = down * turn.cos() - left * turn.sin()
    distance = _distance(rows, along, across)
    cover = (0.5 - distance / EDGE_SOFTNESS).clamp_(0, 1) * field(Field.ALPHA).clamp(0, 1)
    stripes = torch.sin(along * field(Field.STRIPES) + across * (0.4 * field(Field.STRIPES)))
    surface = 1 + field(Field.STRIPE_DEPTH) * stripes
    for channel, name in enumerate((Field.RED, Field.GREEN, Field.BLUE)):
        colour = field(name) * surface
        canvas[..., channel].lerp_(colour.clamp_(0, 1), cover)


def _reach_of(rows: Tensor, camera: Tensor) -> tuple[slice, slice]:
    """Columns and rows of pixels that a primitive can touch in any frame of any scene."""
    radius = torch.hypot(rows[..., Field.HALF_WIDTH], rows[..., Field.HALF_HEIGHT]) + 2 * EDGE_SOFTNESS
    middle_x, middle_y = rows[..., Field.X] + camera[..., 0], rows[..., Field.Y] + camera[..., 1]
    per_x, per_y = FRAME_WIDTH / SCENE_WIDTH, FRAME_HEIGHT
    return (
        _pixels((middle_x - radius).min() * per_x, (middle_x + radius).max() * per_x, FRAME_WIDTH),
        _pixels((middle_y - radius).min() * per_y, (middle_y + radius).max() * per_y, FRAME_HEIGHT),
    )


def _pixels(low: Tensor, high: Tensor, size: int) -> slice:
    return slice(max(0, int(low) - 1), max(0, min(size, int(high) + 2)))


def _distance(rows: Tensor, along: Tensor, across: Tensor) -> Tensor:
    half_width = rows[..., Field.HALF_WIDTH, None, None].clamp_min(1e-3)
    half_height = rows[..., Field.HALF_HEIGHT, None, None].clamp_min(1e-3)
    kind = rows[:, :1, Field.SHAPE, None, None]  # (B, 1, 1, 1): the shape never changes in time
    box = torch.maximum(along.abs() - half_width, across.abs() - half_height)
    radius = torch.minimum(half_width, half_height)
    ellipse = ((along / half_width).square() + (across / half_height).square()).sqrt().sub(1.0) * radius
    ring = ellipse.abs() - 0.12 * radius
    return torch.where(kind == Shape.BOX, box, torch.where(kind == Shape.RING, ring, ellipse))


def _noise_image(background: Background, device: torch.device) -> Tensor:
    """The wide still picture the camera moves over, (3, MARGIN*H, MARGIN*W)."""
    size = (round(FRAME_HEIGHT * _MARGIN), round(FRAME_WIDTH * _MARGIN))
    image = torch.zeros(1, 3, *size, device=device)
    for octave, grid in enumerate(background.grids):
        coarse = torch.from_numpy(grid).to(device).permute(2, 0, 1)[None]
        image += functional.interpolate(coarse, size, mode="bilinear", align_corners=False) / 1.7**octave
    base = torch.from_numpy(background.base).to(device)[:, None, None]
    return (base + background.contrast * image[0]).clamp(0, 1)


def _background(plan: ScenePlan, device: torch.device) -> Tensor:
    """Background under camera movement, (T, H, W, 3)."""
    camera = torch.from_numpy(plan.camera).to(device)
    y, x = _pixel_grid(device)
    at_x = ((x / SCENE_WIDTH - 0.5)[None] - camera[:, 0, None, None] / SCENE_WIDTH) * (2 / _MARGIN)
    at_y = ((y - 0.5)[None] - camera[:, 1, None, None]) * (2 / _MARGIN)
    steps = plan.steps
    shape = (steps, FRAME_HEIGHT, FRAME_WIDTH)
    where = torch.stack([at_x.expand(shape), at_y.expand(shape)], dim=-1)  # (T, H, W, 2)
    shots = []
    for background, shot in zip(
        plan.backgrounds, (slice(0, plan.cut_frame), slice(plan.cut_frame, steps)), strict=False
    ):
        image = _noise_image(background, device)[None].expand(where[shot].shape[0], -1, -1, -1)
        shots.append(
            functional.grid_sample(image, where[shot], padding_mode="reflection", align_corners=False)
        )
    return torch.cat(shots).permute(0, 2, 3, 1).contiguous()


def held_frames(steps: int, source_rate_hz: float) -> Tensor:
    """For each 25 Hz tick the rendered frame that a slower or odd camera would show, (T,)."""
    ticks = torch.arange(steps, dtype=torch.float64) / TOKEN_RATE_HZ
    shot_at = torch.floor(ticks * source_rate_hz + 1e-6) / source_rate_hz
    return torch.round(shot_at * TOKEN_RATE_HZ).long().clamp(0, steps - 1)


def _filmed(canvas: Tensor, plans: list[ScenePlan]) -> Tensor:
    for row, plan in zip(canvas, plans, strict=True):
        row *= torch.from_numpy(plan.light).to(row.device)[:, None, None, None]
        if plan.blur > 0:
            row[1:] = row[1:].lerp(row[:-1], plan.blur * 0.7)
        row.copy_(row[held_frames(plan.steps, plan.source_rate_hz).to(row.device)])
        if plan.coarseness > 0:
            _coarsen(row, plan)
        if plan.noise > 0:
            chance = torch.Generator().manual_seed(plan.seed)
            grain = torch.randn(row.shape[:-1], generator=chance).to(row.device) * plan.noise
            row += grain[..., None]
    return canvas.clamp_(0, 1).mul_(255).round_().to(torch.uint8)


def _coarsen(row: Tensor, plan: ScenePlan) -> None:
    """Leave blocks as they were where little moved, as a coarse video codec does, in place.

    A block is skipped for at most _SKIPS_IN_A_ROW frames. Row is (T, H, W, 3).
    """
    limit = _SKIP_BELOW * plan.coarseness
    blocks = row.unflatten(1, (-1, _BLOCK)).unflatten(3, (-1, _BLOCK))  # (T, h, 8, w, 8, 3)
    for step in range(1, len(blocks)):
        if step % _SKIPS_IN_A_ROW:
            change = (blocks[step] - blocks[step - 1]).abs().mean((1, 3, 4), keepdim=True)
            blocks[step] = torch.where(change < limit, blocks[step - 1], blocks[step])
