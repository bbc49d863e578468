"""Where the production sound goes on and on: water, engines, rooms.

Letters: F mel frames at 100 Hz, M bands, W windows.
"""

import math

from torch import Tensor

from engine.timing import MEL_RATE_HZ

WINDOW_S = 2.0
HOP_S = 0.5
LEAST_S = 3.0
LARGEST_SPREAD_DB = 2.5
LEAST_OVER_FLOOR_DB = 20.0
_SMOOTH_FRAMES = 10
_DB_PER_NEPER = 20 / math.log(10)


def level_db(mel: Tensor) -> Tensor:
    """Level of every tenth of a second, (F // 10,), from a log-mel (F, M)."""
    power = mel.exp().square().mean(1)
    tenths = power[: len(power) // _SMOOTH_FRAMES * _SMOOTH_FRAMES].reshape(-1, _SMOOTH_FRAMES).mean(1)
    return 10 * tenths.clamp_min(1e-12).log10()


def steady_stretches(mel: Tensor) -> list[tuple[float, float]]:
    """Stretches in seconds, at least LEAST_S long, in which the level of a log-mel (F, M) hardly changes."""
    return steady_stretches_of_level(level_db(mel), least=float(mel.min()))


def steady_stretches_of_level(level: Tensor, *, least: float) -> list[tuple[float, float]]:
    """Stretches as ``steady_stretches`` gives them.

    A window of two seconds is steady when its level varies by less than LARGEST_SPREAD_DB
    (standard deviation) and lies well above the floor of the mel.

    Args:
        level: Level of every tenth of a second, from ``level_db``.
        least: Smallest value of the log-mel.
    """
    floor = least * _DB_PER_NEPER
    per_s = MEL_RATE_HZ // _SMOOTH_FRAMES
    size, hop = round(WINDOW_S * per_s), round(HOP_S * per_s)
    found: list[tuple[float, float]] = []
    for start in range(0, max(0, len(level) - size) + 1, hop):
        window = level[start : start + size]
        if len(window) < size or float(window.std()) > LARGEST_SPREAD_DB:
            continue
        if float(window.mean()) < floor + LEAST_OVER_FLOOR_DB:
            continue
        begin, end = start / per_s, (start + size) / per_s
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return [stretch for stretch in found if stretch[1] - stretch[0] >= LEAST_S]
