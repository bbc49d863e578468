"""Where one shot ends and the next begins, from the motion grid."""

import torch
from torch import Tensor

_GREY = 6
_COLOURS = slice(6, 10)
CUT_LEVEL = 0.1
CUT_OVER_MEDIAN = 5.0


def find_cuts(grid: Tensor) -> list[int]:
    """Steps at which a new shot starts.

    A cut is a step where look (grey, gradient, colours of the cells) changes far more than
    around it, all over the picture, and does not change back at once (as a flash does).

    Args:
        grid: (T, C, 8, 8) motion grid.
    """
    look = grid[:, _COLOURS].flatten(1)  # (T, 4 * 64)
    if len(look) < 4:
        return []
    change = (look[1:] - look[:-1]).abs().mean(1)  # change[i] is from i to i + 1
    usual = change.median()
    cuts: list[int] = []
    for index in torch.nonzero((change > CUT_LEVEL) & (change > CUT_OVER_MEDIAN * usual))[:, 0].tolist():
        after = look[min(index + 3, len(look) - 1)]
        away_from = (look[index], look[max(index - 2, 0)])  # the end of a flash leads back to the latter
        stays = min(float((after - look_before).abs().mean()) for look_before in away_from)
        if stays > 0.6 * float(change[index]) and (not cuts or index + 1 - cuts[-1] > 3):
            cuts.append(index + 1)
    return cuts
