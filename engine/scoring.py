"""Picture and sound to sync map, offset with confidence, and the reward takes are ranked by.

A score is that of one event or stretch: its own steps count, what lies around it is context.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from engine.agreement import (
    LAG_REACH,
    WINDOW_STEPS,
    curve_of_stretch,
    fast_map,
    slow_map,
    weights_of_hits,
)
from engine.cavp.confidence import MEASURABLE_FROM, PeakFeatures, confidence_of, find_peak, offset_ms
from engine.cavp.model import SFCAVP, Embedded, pooled_slow
from engine.embedding import SlowFast, SoundEmbedder, cut_embedded, embed_clip, streams_of
from engine.records import FloatArray, HitPoint, Score, SyncMap
from engine.sound_side import PlacedSound, SoundSide
from engine.step_range import LEAST_STEPS, StepRange, own_steps, steps_of
from engine.timing import FAST_STEPS_PER_SLOW, TOKEN_RATE_HZ, TimeRange

__all__ = [
    "LAG_REACH",
    "LEAST_STEPS",
    "SLOW_SHARE",
    "StepRange",
    "cut_embedded",
    "embed_clip",
    "nearest_stretch",
    "reward_of",
    "score_sound",
    "steps_of",
]

SLOW_SHARE = 0.5
CLASS_SHARE = 0.75
EVIDENCE_NEPERS = 4.0
LEAST_MEASURED_STEPS = 16

SILENT = "nothing is heard here"
STILL = "nothing moves in the picture here"
SHORT = "the clip is too short to measure an offset"
UNSURE = "no offset fits clearly better than others"


Number = TypeVar("Number", float, Tensor)


def reward_of(fast: Number, slow: Number, class_heard: Number) -> Number:
    """What takes are ranked by: when, what by the picture, what by the event's class (weights are ours)."""
    return fast + SLOW_SHARE * slow + CLASS_SHARE * class_heard


def class_evidence(logits: Tensor, number: Tensor, weight: Tensor) -> Tensor:
    """How much a sound has of a class: above 0 where the class is likelier than chance, (B,) from -1 to 1.

    Args:
        logits: (B, T, K) classes of the sound's frames.
        number: (B,) the class.
        weight: (B, T) how much each frame counts.
    """
    mean = (_likelier(logits, number) * weight).sum(1) / weight.sum(1).clamp_min(1e-6)
    return torch.tanh(mean / EVIDENCE_NEPERS)


def _likelier(logits: Tensor, number: Tensor) -> Tensor:
    """How much likelier than chance a class (B,) is in each frame of (B, T, K), (B, T) in nepers."""
    likelier = logits.log_softmax(-1) + math.log(logits.shape[-1])
    return likelier.gather(2, number[:, None, None].expand(-1, logits.shape[1], 1))[..., 0]


@torch.no_grad()
def score_sound(
    network: SFCAVP,
    picture: Embedded,
    sound: FloatArray | SoundSide,
    where: TimeRange,
    *,
    hits: Sequence[HitPoint] = (),
    class_name: str = "",
    still: bool = False,
    ear: SoundEmbedder | None = None,
) -> SyncMap:
    """Compare a sound with the picture over an event or a stretch of the clip.

    Maps show the stretch, widened where it is short. The score and the lag curve are of its own
    steps alone, near its hits above all; neighbours give context and count for nothing.

    Args:
        network: SF-CAVP.
        picture: The embedded clip, from ``embed_clip``.
        sound: What is heard: (C, S) at 48 kHz with sample 0 at the clip's start, or a sound side.
        where: The stretch to judge.
        hits: Its hit points, if it is an event that has some.
        class_name: Its sound class, if it is an event; one that SF-CAVP does not know counts for nothing.
        still: Whether nothing moves in the picture there.
        ear: Embeds the sound and remembers it; a new one when None.

    Returns:
        Maps, lag curve and numbers.
    """
    side = PlacedSound(sound) if isinstance(sound, np.ndarray) else sound
    clip_steps = int(picture.fast.shape[1])
    places = _places(where, clip_steps)
    weight = weights_of_hits(places.own, [hit.sample for hit in hits])
    listener = _ClassListener(network, class_name, places.own, weight)
    both = _both_sides(ear or SoundEmbedder(network), picture, side, places, listener)
    reach = min(LAG_REACH, places.span.count - 1)
    curve = curve_of_stretch(
        both.seen.fast, both.heard.fast, span=places.span, own=places.own, weight=weight, reach=reach
    )
    doubt = _doubt(still=still, silent=side.is_silent(places.own), steps=clip_steps)
    evidence = listener.evidence(silent=doubt == SILENT)
    score = _score(network, both, curve, evidence, counted=float(weight.sum()), doubt=doubt)
    return _map_of(both, curve[0], score)


def nearest_stretch(
    network: SFCAVP,
    picture: Embedded,
    sound: SoundSide,
    where: TimeRange,
    others: Sequence[TimeRange],
    *,
    ear: SoundEmbedder | None = None,
) -> int:
    """Which picture a sound fits best by what is heard, whenever it happens.

    Args:
        network: SF-CAVP.
        picture: The embedded clip.
        sound: The sound.
        where: The stretch of the sound.
        others: Stretches of the picture to choose from.
        ear: As for ``score_sound``.

    Returns:
        Number of the stretch in ``others``; the earlier one of equals.

    Raises:
        ValueError: When there is none to choose from.
    """
    if not others:
        raise ValueError("nearest_stretch takes at least one stretch to choose from")
    clip_steps = int(picture.fast.shape[1])

    def slow_of(whole: Embedded, own: StepRange) -> Tensor:
        return pooled_slow(streams_of(whole, own.whole_slow_steps(within=clip_steps)).slow)[0]

    own = own_steps(where, clip_steps=clip_steps).whole_slow_steps(within=clip_steps)
    heard = (ear or SoundEmbedder(network)).embed(sound, own, clip_steps=clip_steps).streams
    seen = torch.stack([slow_of(picture, own_steps(one, clip_steps=clip_steps)) for one in others])
    return int((seen @ pooled_slow(heard.slow)[0]).argmax())


@dataclass(frozen=True)
class _Places:
    """What a stretch to judge means on the clip's grid.

    Attributes:
        shown: What the maps show.
        own: What the score is of.
        span: What is embedded: all that is shown, and the reach of the lags around the own steps.
    """

    shown: StepRange
    own: StepRange
    span: StepRange


def _places(where: TimeRange, clip_steps: int) -> _Places:
    shown, own = steps_of(where, clip_steps=clip_steps), own_steps(where, clip_steps=clip_steps)
    if own.whole_slow_steps(within=clip_steps) == StepRange(0, clip_steps):
        own = shown  # the whole clip, with the held picture at its end
    reached = own.widened(LAG_REACH, within=clip_steps)
    return _Places(shown, own, shown.joined(reached).whole_slow_steps(within=clip_steps))


@dataclass(frozen=True)
class _Both:
    """Picture and sound over the same span.

    Attributes:
        places: Where.
        seen: Picture over the span.
        heard: Sound over the span.
    """

    places: _Places
    seen: SlowFast
    heard: SlowFast


def _both_sides(
    ear: SoundEmbedder, picture: Embedded, sound: SoundSide, places: _Places, listener: "_ClassListener"
) -> _Both:
    """Both sides over the span; the classes of the sound are told to the listener and not kept."""
    parts: list[SlowFast] = []
    for steps, window in ear.windows(sound, places.span, clip_steps=int(picture.fast.shape[1])):
        listener.hear(steps, window.frames.frame_class_logits)
        parts.append(window.streams)
    heard = SlowFast(*(torch.cat(column, 1).float() for column in zip(*map(_fields, parts), strict=True)))
    return _Both(places, streams_of(picture, places.span), heard)


def _fields(streams: SlowFast) -> tuple[Tensor, Tensor]:
    return streams.fast, streams.slow


def _doubt(*, still: bool, silent: bool, steps: int) -> str:
    """Why no offset can be measured whatever the network says, empty when nothing speaks against it."""
    if silent:
        return SILENT
    if still:
        return STILL
    return SHORT if steps < LEAST_MEASURED_STEPS else ""


class _ClassListener:
    """Hears how much a sound has of an event's class, piece by piece.

    Args:
        network: SF-CAVP.
        class_name: The class; one that SF-CAVP does not know counts for nothing.
        own: The event's own steps.
        weight: (N,) how much each of them counts.
    """

    def __init__(self, network: SFCAVP, class_name: str, own: StepRange, weight: Tensor) -> None:
        known = network.config.classes
        self.number = torch.tensor([known.index(class_name)]) if class_name in known else None
        self.own, self.weight = own, weight
        self.total = 0.0

    def hear(self, steps: StepRange, logits: Tensor) -> None:
        """Take in the classes (1, T, K) of a piece of the sound."""
        first, last = max(steps.start, self.own.start), min(steps.end, self.own.end)
        if self.number is None or first >= last:
            return
        likelier = _likelier(logits[:, first - steps.start : last - steps.start].float(), self.number)
        self.total += float((likelier[0] * self.weight[first - self.own.start : last - self.own.start]).sum())

    def evidence(self, *, silent: bool) -> float:
        """As ``class_evidence``, of all that was heard; 0 for an unknown class, -1 for silence."""
        if self.number is None:
            return 0.0
        return -1.0 if silent else math.tanh(self.total / float(self.weight.sum()) / EVIDENCE_NEPERS)


def _score(
    network: SFCAVP, both: _Both, curve: Tensor, evidence: float, *, counted: float, doubt: str
) -> Score:
    peak = find_peak(curve)
    sure = 0.0 if doubt else float(confidence_of(_of_few(peak, counted), network.confidence_weights))
    measurable = sure >= MEASURABLE_FROM
    places = both.places
    own = places.own.whole_slow_steps(within=places.span.end).inside(places.span)
    seen, heard = (pooled_slow(side.cut(own).slow) for side in (both.seen, both.heard))
    fast, slow = float(curve[0, curve.shape[1] // 2]), float((seen * heard).sum())
    return Score(
        reward=reward_of(fast, slow, evidence),
        slow=slow,
        fast=fast,
        offset_ms=offset_ms(float(peak.lag_steps)),
        confidence=sure,
        measurable=measurable,
        reason=doubt or ("" if measurable else UNSURE),
    )


def _of_few(peak: PeakFeatures, counted: float) -> PeakFeatures:
    """A peak counted over few steps, as high as chance allows the same one over LEAST_STEPS to be.

    The confidence is calibrated on longer stretches; what chance makes of a mean falls with the
    root of how many are counted.
    """
    trust = min(1.0, counted / LEAST_STEPS) ** 0.5
    return replace(peak, height=peak.height * trust, margin=peak.margin * trust)


def _map_of(both: _Both, curve: Tensor, score: Score) -> SyncMap:
    """Maps of what is shown; of a long stretch in larger steps, so that they stay small."""
    places = both.places
    slow_merged = -(-places.shown.count // (WINDOW_STEPS * FAST_STEPS_PER_SLOW))
    merged = slow_merged * FAST_STEPS_PER_SLOW if places.shown.count > WINDOW_STEPS else 1
    shown = places.shown.inside(places.span)
    seen, heard = both.seen.cut(shown), both.heard.cut(shown)
    reach = len(curve) // 2
    return SyncMap(
        slow=_numpy(slow_map(seen.slow, heard.slow, merged=slow_merged)),
        fast=_numpy(fast_map(seen.fast, heard.fast, merged=merged)),
        slow_step_s=slow_merged * FAST_STEPS_PER_SLOW / TOKEN_RATE_HZ,
        fast_step_s=merged / TOKEN_RATE_HZ,
        start_s=places.shown.start / TOKEN_RATE_HZ,
        lag_ms=_numpy(torch.arange(-reach, reach + 1) * (1000.0 / TOKEN_RATE_HZ)),
        lag_score=_numpy(curve),
        score=score,
    )


def _numpy(value: Tensor) -> FloatArray:
    array: FloatArray = value.detach().float().contiguous().numpy()
    return array
