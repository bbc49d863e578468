"""The control track of a film's own sound: hits at its onsets, or where a continuous sound runs.

Letters: N tokens at 25 Hz, F = 4N mel frames, M bands.
"""

import math

import torch
from torch import Tensor

from engine.generator.control import control_track
from engine.onsets import onset_strength, onsets_of_strength
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_RATE_HZ

ACTIVE_RANGE_DB = 20.0
_CREST_FRAMES = 2  # an onset is told a frame or so before its steepest rise
_DB_PER_NEPER = 20 / math.log(10)


def film_control(mel: Tensor, *, goes_on: bool) -> Tensor:
    """The control track of a sound, (N, CONTROL_CHANNELS).

    Args:
        mel: (F, M) log-mel of the whole film, so that strengths and levels compare within the film.
        goes_on: Whether the sound has no moments (an ambience): activity in place of hits.
    """
    tokens = len(mel) // MEL_FRAMES_PER_TOKEN
    if goes_on:
        return torch.from_numpy(control_track(tokens, activity=activity_of_sound(mel).numpy()))
    return torch.from_numpy(control_track(tokens, hits=hits_of_sound(mel)))


def hits_of_sound(mel: Tensor) -> list[tuple[float, float]]:
    """Seconds and strengths of the onsets of a log-mel (F, M).

    The rise of an onset is a mean log ratio, so the exponential of what it lacks to the largest rise
    is an amplitude, as the strengths of scenes are: 1 for the onset that rises most.
    """
    rise = onset_strength(mel)
    times = onsets_of_strength(rise)
    rises = [_rise_at(rise, time) for time in times]
    return [(time, math.exp(found - max(rises))) for time, found in zip(times, rises, strict=True)]


def _rise_at(rise: Tensor, time_s: float) -> float:
    at = int(time_s * MEL_RATE_HZ)
    return float(rise[max(0, at - _CREST_FRAMES) : at + _CREST_FRAMES + 1].max())


def activity_of_sound(mel: Tensor) -> Tensor:
    """1 in the tokens whose level is within ACTIVE_RANGE_DB of the loudest token, else 0, (N,)."""
    power = mel.exp().square().mean(1).unflatten(0, (-1, MEL_FRAMES_PER_TOKEN)).mean(1)  # (N,)
    level_db = power.log() * (_DB_PER_NEPER / 2)
    active: Tensor = level_db >= level_db.max() - ACTIVE_RANGE_DB
    return active.float()
