"""Hidden tastes of synthetic artists: what they listen for, measured at equal loudness.

A taste gives a number to a sound; of two sounds for the same event the higher one is liked
better. Every number stays the same when the whole sound is made louder or softer.

Letters: F mel frames (100 a second), M bands.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from engine.errors import InputError
from engine.features.mel import MEL_BANDS, MEL_FLOOR
from engine.onsets import onset_strength
from engine.timing import MEL_RATE_HZ

Taste = Callable[[Tensor, Sequence[float]], float]
"""How much a log-mel (F, M) with hits at these seconds is liked; higher is liked better."""

LEAST_SHARE = 1e-3  # 60 dB under the loudest band: what is softer is not heard
NEAR_HIT_FRAMES = 8  # a hit is heard within 80 ms
LONGEST_TAIL_FRAMES = 60
SHORTEST_TAIL_FRAMES = 16
DECAY_DB = 10.0
DIRECT_FRAMES = 8
CLEAREST_DB = 30.0  # beyond it neither tail nor hit is heard beside the other
_TINY = 1e-9


def brighter(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Centre of the spectrum in mel bands, each band counted by its amplitude (spectral centroid).

    Args:
        mel: (F, M) log-mel.
        hits_s: Seconds of the hits; not asked.
    """
    amplitude = _at_equal_loudness(mel).sum(0)
    return float((amplitude * torch.arange(len(amplitude))).sum() / amplitude.sum().clamp_min(_TINY))


def shorter_decay(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Minus the seconds until a tenth of a hit's energy is left, the mean of all hits.

    The energy that is still to come falls by DECAY_DB from the hit on (backward integration,
    Schroeder 1965; the early decay of ISO 3382-1, not stretched to 60 dB).

    Args:
        mel: (F, M) log-mel.
        hits_s: Seconds of the hits.
    """
    return -_mean(_decay_frames(tail) / MEL_RATE_HZ for tail in _tails(mel, hits_s))


def drier(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Energy of the first 80 ms of a hit over all that comes after, in dB (clarity C80, ISO 3382-1).

    The mean of all hits, each limited to CLEAREST_DB: a tail that fell silent must not outweigh the others.

    Args:
        mel: (F, M) log-mel.
        hits_s: Seconds of the hits.
    """
    return _mean(_clarity_db(tail) for tail in _tails(mel, hits_s))


def earlier_hits(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Minus the seconds by which the sound's rise comes after the hit, the mean of all hits.

    The rise is placed at the centre of onset strength within 80 ms of the hit, each frame
    counted by its square; where nothing rises, it counts as in time.

    Args:
        mel: (F, M) log-mel.
        hits_s: Seconds of the hits.
    """
    strength = onset_strength(_at_equal_loudness(mel).clamp_min(LEAST_SHARE).log()).square()
    return -_mean(_rise_after(strength, hit) / MEL_RATE_HZ for hit in hits_s)


def harder_attack(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Largest rise of the amplitude from one frame to the next near a hit, the mean of all hits.

    Amplitudes are those of a sound whose mean energy is 1.

    Args:
        mel: (F, M) log-mel.
        hits_s: Seconds of the hits.
    """
    level = _at_equal_loudness(mel).square().sum(1).sqrt()
    rise = torch.diff(level, prepend=level[:1]).clamp_min(0.0)
    return _mean(float(rise[_around(int(hit * MEL_RATE_HZ), len(rise))].max()) for hit in hits_s)


TASTES: Mapping[str, Taste] = {
    "brighter": brighter,
    "shorter decay": shorter_decay,
    "earlier hits": earlier_hits,
    "drier": drier,
    "harder attack": harder_attack,
}


def taste_named(name: str) -> Taste:
    """The taste of a name.

    Raises:
        InputError: When there is none of this name.
    """
    if name not in TASTES:
        raise InputError(f"No taste is called '{name}'; there are: {', '.join(TASTES)}.")
    return TASTES[name]


def _at_equal_loudness(mel: Tensor) -> Tensor:
    """Amplitudes (F, M) with a mean energy of 1 a frame; what nobody hears is 0.

    Raises:
        ValueError: When it is no log-mel (F, M).
    """
    if mel.dim() != 2 or mel.shape[1] != MEL_BANDS:
        raise ValueError(f"a taste takes a log-mel (F, {MEL_BANDS}), got {tuple(mel.shape)}")
    amplitude = (mel.float().exp() - MEL_FLOOR).clamp_min(0.0)
    amplitude = torch.where(amplitude > LEAST_SHARE * amplitude.max(), amplitude, 0.0)
    energy = amplitude.square().sum(1).mean()
    return amplitude / energy.sqrt().clamp_min(_TINY)


def _tails(mel: Tensor, hits_s: Sequence[float]) -> list[Tensor]:
    """Energy of each hit from its loudest frame on, up to the next hit or LONGEST_TAIL_FRAMES.

    Hits that leave no room for SHORTEST_TAIL_FRAMES are left out, unless all do.
    """
    energy = _at_equal_loudness(mel).square().sum(1)
    frames = sorted(int(hit * MEL_RATE_HZ) for hit in hits_s)
    tails: list[Tensor] = []
    for hit, following in zip(frames, [*frames, len(energy)][1:], strict=True):
        near = _around(hit, len(energy))
        loudest = near.start + int(energy[near].argmax())
        tails.append(energy[loudest : max(loudest + 1, min(following, loudest + LONGEST_TAIL_FRAMES))])
    return [tail for tail in tails if len(tail) >= SHORTEST_TAIL_FRAMES] or tails


def _decay_frames(tail: Tensor) -> float:
    """Frames until what is still to come of a tail (T,) has fallen by DECAY_DB, between frames a line."""
    left = tail.flip(0).cumsum(0).flip(0)
    if float(left[0]) <= 0:
        return 0.0
    fallen = -10 * (left / left[0]).clamp_min(_TINY).log10()  # dB, 0 at the first frame
    beyond = torch.nonzero(fallen >= DECAY_DB)[:, 0]
    if not len(beyond):
        return float(len(tail))
    after = int(beyond[0])
    before = float(fallen[after - 1])
    return after - 1 + (DECAY_DB - before) / (float(fallen[after]) - before)


def _clarity_db(tail: Tensor) -> float:
    direct, late = (float(part.sum()) for part in (tail[:DIRECT_FRAMES], tail[DIRECT_FRAMES:]))
    clarity = 10 * math.log10(max(direct, _TINY) / max(late, _TINY))
    return max(-CLEAREST_DB, min(CLEAREST_DB, clarity))


def _rise_after(weight: Tensor, hit_s: float) -> float:
    """Frames from a hit to the centre of the rises (F,) around it; 0 without any.

    The two frames by which analysis is late are left in: they are the same for every sound.
    """
    near = _around(int(hit_s * MEL_RATE_HZ), len(weight))
    total = float(weight[near].sum())
    if total <= _TINY:
        return 0.0
    centre = float((weight[near] * torch.arange(near.start, near.stop)).sum()) / total
    return float(centre + 0.5 - hit_s * MEL_RATE_HZ)


def _around(frame: int, frames: int) -> slice:
    """Frames near a hit, at least one."""
    return slice(max(0, min(frame - NEAR_HIT_FRAMES, frames - 1)), min(frame + NEAR_HIT_FRAMES + 1, frames))


def _mean(values: Iterable[float]) -> float:
    """Mean, 0 of none."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0
