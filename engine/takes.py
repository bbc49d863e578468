"""Orders for takes, their seeds, and their WAV files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from engine.errors import InputError
from engine.generation import LOUDEST_DB, SOFTEST_DB
from engine.generator.guidance import GuidanceWeights
from engine.media.broadcast_info import BroadcastInfo
from engine.media.bwf import write_bwf
from engine.records import ClipInfo, Event, FloatArray, SyncMap, Take, TakeLayer
from engine.timecode import DEFAULT_START, project_rate, time_reference
from engine.timing import PROJECT_RATE_HZ, TimeRange

MOST_TAKES = 16
MOST_STEPS = 200
LOUDEST_PEAK = 0.98
_LIMITS = {
    "takes": (1, MOST_TAKES),
    "steps": (1, MOST_STEPS),
    "seed": (0, 2**31),
    "guidance": (0, 20),
    "variation": (0, 1),
    "level_db": (SOFTEST_DB, LOUDEST_DB),
}


@dataclass(frozen=True)
class TakeOrder:
    """What the user asks for.

    Attributes:
        event: The event to sound.
        class_name: Sound class of the generator.
        prompt: Words given, may be empty.
        takes: How many.
        seed: Seed of the first take; take k has seed + k - 1.
        steps: Euler steps.
        guidance: Guidance weight of all conditions.
        negative_prompt: What is not wanted; kept with the takes.
        unwanted: Sound classes to keep away from: what the negative prompt names, and the other events'.
        variation: How much takes differ from the first: 1 fully, 0 not at all.
        level_db: Louder or softer than usual.
        weights: Guidance weights of single conditions; ``guidance`` for all when None.
        named_by: "number" counts the takes of this order; "seed" gives names that stay unique
            when the event gets more takes.

    Raises:
        InputError: When a number is out of range.
    """

    event: Event
    class_name: str
    prompt: str = ""
    takes: int = 4
    seed: int = 1
    steps: int = 15
    guidance: float = 2.5
    negative_prompt: str = ""
    named_by: Literal["number", "seed"] = "number"
    unwanted: tuple[str, ...] = ()
    variation: float = 1.0
    level_db: float = 0.0
    weights: GuidanceWeights | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} {value} is out of range: give a value from {low} to {high}.")

    @property
    def guidance_weights(self) -> GuidanceWeights:
        """Weight of each condition."""
        return self.weights or GuidanceWeights.of(self.guidance)


@dataclass(frozen=True)
class RangeOrder:
    """A stretch of a take to make anew.

    Attributes:
        where: The stretch, on the timeline.
        order: What should sound there, and how; its event is the take's.
        strength: How far the new may go from the old: 1 makes it anew, less varies it.

    Raises:
        InputError: When the strength is out of range.
    """

    where: TimeRange
    order: TakeOrder
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise InputError(f"strength {self.strength} is out of range: give a value above 0, at most 1.")


@dataclass(frozen=True)
class MadeTake:
    """A new take and the sync map its score was drawn from.

    Attributes:
        take: The take.
        sync_map: Of the take and the picture of its event.
        joins: Where a regenerated take mixes old and new, on the timeline.
    """

    take: Take
    sync_map: SyncMap
    joins: tuple[TimeRange, ...] = ()


def take_seeds(order: TakeOrder) -> tuple[int, ...]:
    """One seed per take."""
    return tuple(range(order.seed, order.seed + order.takes))


def take_name(order: TakeOrder, seed: int) -> str:
    """Id of the order's take with this seed."""
    mark = f"s{seed}" if order.named_by == "seed" else f"t{seed - order.seed + 1}"
    return f"{order.event.id}_{mark}"


def regenerated_name(take: Take, seed: int) -> str:
    """Id of a take of which a stretch was made anew with this seed."""
    return f"{take.id.partition('_r')[0]}_r{seed}"


def kept_layers(take: Take, where: TimeRange, joins: Sequence[TimeRange]) -> tuple[TakeLayer, ...]:
    """What a take of which a stretch was made anew keeps unchanged of the old one.

    Args:
        take: The old take.
        where: The stretch, on the timeline.
        joins: Where old and new are mixed; none on a side where the stretch ends the take.
    """
    begin, end = take.range.start_samples, take.range.end_samples
    into = joins[0].start_samples if where.start_samples > begin else begin
    out = joins[-1].end_samples if where.end_samples < end else end
    kept = [TimeRange(first, last) for first, last in ((begin, into), (out, end)) if first < last]
    return tuple(TakeLayer(take.id, part.shifted(-begin)) for part in kept)


def laid_on_timeline(sound: FloatArray, where: TimeRange, clip_samples: int) -> FloatArray:
    """A take's samples (S,) at their place in a silent clip, (1, clip_samples)."""
    laid = np.zeros((1, clip_samples), dtype=np.float32)
    end = min(where.end_samples, clip_samples)
    laid[0, where.start_samples : end] = sound[: end - where.start_samples]
    return laid


def gain_below_clipping(sound: FloatArray) -> float:
    """Factor that keeps a take's peak at LOUDEST_PEAK or below; 1 for most."""
    peak = float(np.abs(sound).max(initial=0.0))
    return min(1.0, LOUDEST_PEAK / peak) if peak > 0 else 1.0


def write_take(take: Take, sound: FloatArray, clip: ClipInfo, *, number: int, made: datetime) -> None:
    """Write a take as 24-bit BWF; a take that would clip is scaled, and its note says so.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    gain = gain_below_clipping(sound)
    rate = project_rate(clip.fps)
    provenance = (
        f"model={take.model};weights={take.model_sha256[:16]};licence={take.weights_licence};"
        f"adapter={take.adapter[:16] or 'none'};"
        f"seed={take.seed};steps={take.steps};guidance={take.guidance};prompt={take.prompt};"
        f"clip={take.clip_fingerprint[:16]};device={take.device};batch={take.batch};threads={take.threads}"
    )
    info = BroadcastInfo(
        description=f"{take.event_id} take {number}",
        originator_reference=take.id,
        time_reference=time_reference(rate, DEFAULT_START, take.range.start_samples, rate_hz=PROJECT_RATE_HZ),
        frame_rate=rate.fps,
        drop_frame=rate.drop_frame,
        project=clip.path.stem,
        scene=take.event_id,
        tape="MSG_TAKES",
        take=number,
        circled=False,
        note="" if gain == 1.0 else f"scaled by {20 * np.log10(gain):.2f} dB to keep from clipping",
        track_names=(take.event_id,),
        user=f"MSG {provenance}",
        coding_history=provenance,
        loudness_lufs=None,
        origination=made,
    )
    write_bwf(take.path, (sound * np.float32(gain))[None], rate_hz=PROJECT_RATE_HZ, info=info)
