"""What a camera and a microphone might have done otherwise: changes to grids and log-mels.

Letters: B batch, T frames of a crop, C grid channels, F mel frames, M bands.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from engine.features.mel import MEL_FLOOR
from engine.features.motion_grid import (
    MOTION_CHANNELS,
    STATISTIC_CHANNELS,
    cells_of_points,
    points_of,
)
from engine.timing import FAST_STEPS_PER_SLOW

_FLOW_X = 4
_MAGNITUDES = (0, 1, 3)  # never negative: mean and largest difference, second difference
_COLOUR_LOSS_SHARE = 0.15
_LOW_PASS_SHARE = 0.4
_FOREIGN_SHARE = 0.4
_ROOM_SHARE = 0.4
_ROOM_FRAMES = 32
_LARGEST_SHIFT = 6
_WIDEST_MASK = 28
_MEL_FLOOR = math.log(MEL_FLOOR)


def augment_grid(grid: Tensor, chance: torch.Generator) -> Tensor:
    """Mirror, zoom, strength of motion, foreign motion, light, colour loss and noise.

    Args:
        grid: (B, T, C, 8, 8), with the small pictures or its statistics alone.
        chance: Source of randomness.
    """
    size = grid.shape[0]

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, 1, 1, 1, 1, generator=chance)

    view = _views(size, chance)
    cells = _zoomed(grid[:, :, :STATISTIC_CHANNELS], view).clone()
    cells[:, :, _FLOW_X] *= view[:, 0, 0].sign()[:, None, None, None]
    motion = _augment_motion(cells[:, :, :MOTION_CHANNELS], chance) * draw(-1.3, 0.8).exp()
    colour = torch.where(draw(0, 1) < _COLOUR_LOSS_SHARE, torch.zeros(()), draw(0.6, 1.3))
    light, contrast = draw(-0.12, 0.12), draw(0.7, 1.3)
    look = cells[:, :, MOTION_CHANNELS:] * contrast
    look[:, :, 2:] *= colour
    look[:, :, :1] += light
    changed = torch.cat([motion, look], dim=2)
    changed += torch.randn(changed.shape, generator=chance) * draw(0.0, 0.03)
    if grid.shape[2] == STATISTIC_CHANNELS:
        return changed
    points = _zoomed(points_of(_calm(grid)), view)  # (B, U, 3, 24, 24)
    grey = points.mean(2, keepdim=True)
    points = cells_of_points(grey * contrast + light + (points - grey) * colour * contrast)
    return torch.cat([changed, points.repeat_interleave(FAST_STEPS_PER_SLOW, dim=1)], dim=2)


def _augment_motion(motion: Tensor, chance: torch.Generator) -> Tensor:
    """Foreign motion, a shaken camera, cells that nobody sees, smear, and other weights of the statistics.

    Args:
        motion: (B, T, MOTION_CHANNELS, 8, 8).
        chance: Source of randomness.
    """
    size, steps = motion.shape[:2]

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(size, *(shape or (1, 1, 1, 1)), generator=chance)

    foreign = motion[torch.randperm(size, generator=chance)]
    busy = motion + draw(-0.5, 0.9).clamp_min(0) * foreign
    shake = torch.randn(size, steps, 1, 1, 1, generator=chance).abs() * draw(-0.15, 0.15).clamp_min(0)
    busy[:, :, _MAGNITUDES] = (busy[:, :, _MAGNITUDES].square() + shake.square()).sqrt()
    seen = (draw(0, 1, 1, 1, *motion.shape[3:]) > draw(-0.3, 0.3)).float()
    weights = (0.2 * torch.randn(size, 1, MOTION_CHANNELS, 1, 1, generator=chance)).exp()
    smear = draw(-0.5, 0.5).clamp_min(0)
    before = torch.cat([busy[:, :1], busy[:, :-1]], dim=1)
    return busy.lerp(before, smear) * seen * weights


def _calm(grid: Tensor) -> Tensor:
    """Means over a slow step each, which is all that any network sees of the small pictures."""
    calm: Tensor = grid.unflatten(1, (-1, FAST_STEPS_PER_SLOW)).mean(2)
    return calm


def _views(size: int, chance: torch.Generator) -> Tensor:
    """One still view a sample, (B, 2, 3): mirrored or not, nearer or further, off the middle."""
    scale = 0.55 + 0.75 * torch.rand(size, generator=chance)
    shift = (torch.rand(size, 2, generator=chance) * 2 - 1) * (1 - scale).abs()[:, None]
    side = torch.where(torch.rand(size, generator=chance) < 0.5, -1.0, 1.0)
    view = torch.zeros(size, 2, 3)
    view[:, 0, 0], view[:, 1, 1], view[:, :, 2] = scale * side, scale, shift
    return view


def _zoomed(cells: Tensor, view: Tensor) -> Tensor:
    """Cells (B, T, C, h, w) under a view (B, 2, 3)."""
    size, steps = cells.shape[:2]
    where = functional.affine_grid(view, [size, 1, *cells.shape[3:]], align_corners=False)
    seen = functional.grid_sample(cells.flatten(1, 2), where, padding_mode="border", align_corners=False)
    return seen.reshape(size, steps, *cells.shape[2:])


def augment_mel(mel: Tensor, chance: torch.Generator) -> Tensor:
    """Gain, tilt, equaliser, room, foreign sound, a codec's low-pass and a noise floor, (B, F, M)."""
    size, _, bands = mel.shape

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, 1, 1, generator=chance)

    slope = torch.linspace(-1, 1, bands)
    curve = torch.randn(size, 1, 8, generator=chance) * 0.4
    equaliser = functional.interpolate(curve, bands, mode="linear", align_corners=True)
    level = torch.where(draw(0, 1) < _FOREIGN_SHARE, draw(-5.0, -1.5), torch.full((), -30.0))
    joined = torch.logaddexp(mel, mel[torch.randperm(size, generator=chance)] + level)
    tail = torch.where(draw(0, 1) < _ROOM_SHARE, draw(0.05, 0.3), torch.full((), 30.0))
    heard = _shifted_bands(_in_room(joined, tail), chance)
    moved = heard + draw(-1.5, 1.5) + draw(-1.2, 1.2) * slope + equaliser
    floor = draw(-9.5, -4.5) + draw(-1.0, 0.5) * slope
    noise = floor + 0.35 * torch.randn(mel.shape, generator=chance)
    mixed = torch.logaddexp(moved, noise)
    cutoff = draw(0.55, 1.0) + (draw(0, 1) > _LOW_PASS_SHARE).float()
    over = (torch.linspace(0, 1, bands) - cutoff).clamp_min(0)
    floored = (mixed - 60.0 * over).clamp_min(_MEL_FLOOR)
    return torch.where(_masked_bands(size, bands, chance), _MEL_FLOOR, floored)


def _shifted_bands(mel: Tensor, chance: torch.Generator) -> Tensor:
    """Log-mels (B, F, M) up or down by a few bands, as if everything were larger or smaller."""
    bands = mel.shape[2]
    shift = torch.randint(-_LARGEST_SHIFT, _LARGEST_SHIFT + 1, (mel.shape[0], 1), generator=chance)
    index = (torch.arange(bands) - shift).clamp(0, bands - 1)  # (B, M)
    return mel.gather(2, index[:, None].expand(-1, mel.shape[1], -1))


def _masked_bands(size: int, bands: int, chance: torch.Generator) -> Tensor:
    """Bands that are not heard (SpecAugment's frequency mask), bool (B, 1, M); none in half of the rows."""
    width = torch.randint(-_WIDEST_MASK, _WIDEST_MASK + 1, (size, 1), generator=chance)
    first = torch.randint(bands, (size, 1), generator=chance)
    at = torch.arange(bands)
    return ((at >= first) & (at < first + width))[:, None]


def _in_room(mel: Tensor, fall: Tensor) -> Tensor:
    """Log-mels (B, F, M) whose every sound dies away by no more than ``fall`` nepers a frame."""
    shift = 1
    while shift < _ROOM_FRAMES:
        later = torch.cat([torch.full_like(mel[:, :shift], -30.0), mel[:, :-shift] - fall * shift], dim=1)
        mel = torch.maximum(mel, later)
        shift *= 2
    return mel
