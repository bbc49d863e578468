"""A stretch of a take made anew; outside its joins every sample stays as it was.

The old take is taken back to latents, the tokens of the stretch are masked, and the flow is followed
with one fixed noise while the rest stays on its own line (latent-mask flow, `engine.generator.flow.Kept`).
The new sound is then laid into the old one with equal-power joins at quiet places.

Letters: B takes, N tokens at 25 Hz, L latent channels, S samples at 48 kHz.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from engine.clip import Clip
from engine.codec.mel_codec import MelCodec
from engine.codec.vocoder import Vocoder
from engine.errors import InputError
from engine.features.mel import log_mel
from engine.generation import (
    WITHOUT_WEIGHTS,
    Conditioned,
    GenerationRequest,
    conditioned,
    sample_window,
    sound_of,
    to_project_rate,
)
from engine.generator.flow import Kept
from engine.generator.starter import StarterGenerator
from engine.media.resampling import resample
from engine.memory_shortage import shortage_named
from engine.progress import CancelToken, ProgressListener, silent
from engine.records import FloatArray
from engine.timing import MODEL_RATE_HZ, PROJECT_RATE_HZ, TOKEN_RATE_HZ, TimeRange

CONTEXT_TOKENS = 20  # with a second in the middle that is as much as the shortest crop of the training
SOFT_TOKENS = 2
LEAST_SAMPLES = PROJECT_RATE_HZ // 25
JOIN_SAMPLES = PROJECT_RATE_HZ // 50  # 20 ms
SEARCH_SAMPLES = round(0.06 * PROJECT_RATE_HZ)
_SAMPLES_PER_TOKEN = PROJECT_RATE_HZ // TOKEN_RATE_HZ
_REACH_TOKENS = 2  # a join may lie 60 ms and half its own length outside the stretch
_DECODED_AROUND = 4  # tokens: a vocoder's edges are heard in none that is laid in
_LOUDEST_PEAK = 0.98


@dataclass(frozen=True)
class RangeRequest:
    """What to make anew.

    Attributes:
        take: Where the old take lies on the timeline.
        where: The stretch to make anew, inside it.
        request: What should sound there, and how; its range is the take's.
        strength: How far the new may go from the old: 1 makes it anew, less varies it.

    Raises:
        InputError: When the stretch leaves the take or is too short.
    """

    take: TimeRange
    where: TimeRange
    request: GenerationRequest
    strength: float = 1.0

    def __post_init__(self) -> None:
        take, where = self.take, self.where
        if where.start_samples < take.start_samples or where.end_samples > take.end_samples:
            raise InputError(
                f"The stretch {where.start_s:.3f} to {where.end_s:.3f} s leaves the take, which runs from "
                f"{take.start_s:.3f} to {take.end_s:.3f} s: choose a stretch inside."
            )
        if where.duration_samples < LEAST_SAMPLES:
            raise InputError(
                f"The stretch {where.start_s:.3f} to {where.end_s:.3f} s is shorter than "
                f"{1000 * LEAST_SAMPLES // PROJECT_RATE_HZ} ms, one picture: choose a longer one."
            )


@dataclass(frozen=True)
class Regenerated:
    """Old takes with a new stretch.

    Attributes:
        sounds: (B, S) the whole takes.
        joins: Where old and new are mixed, on the timeline; outside of them and of what lies
            between them every sample is the old one. None on a side where the stretch ends the take.
    """

    sounds: FloatArray
    joins: tuple[TimeRange, ...]


@torch.no_grad()
def regenerate(
    generator: StarterGenerator,
    codec: MelCodec,
    clip: Clip,
    old: FloatArray,
    asked: RangeRequest,
    *,
    vocoder: Vocoder = WITHOUT_WEIGHTS,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> Regenerated:
    """Make a stretch of a take anew, once for each seed.

    Args:
        generator: The generator.
        codec: Its codec.
        clip: The film.
        old: (S,) the take at 48 kHz.
        asked: What to make anew.
        vocoder: What makes sound of the codec's mels.
        listener: Told of the steps.
        cancel: Asked between steps.

    Raises:
        InputError: When the take's length is not that of its range, or the request is not to be met.
        WorkError: When memory ran out.
        Cancelled: When the token was set.
    """
    if len(old) != asked.take.duration_samples:
        raise InputError(
            f"The take has {len(old)} samples, its range {asked.take.duration_samples}: mend it."
        )
    around = _context(asked)
    request = replace(asked.request, range=around)
    given = conditioned(generator, clip, request)
    tokens = given.noise.shape[1]
    kept = Kept(latents_of_take(codec, old, asked.take, given), _mask(asked.where, given), asked.strength)
    with shortage_named(takes=len(request.seeds)):
        latents = sample_window(
            generator, given, (0, tokens), request, listener=listener, cancel=cancel, kept=kept
        )
        first, last = _heard_tokens(kept.mask)
        sounds = sound_of(
            codec, latents[:, first:last], request.seeds, vocoder=vocoder, listener=listener, cancel=cancel
        )
    fresh = to_project_rate(sounds, (last - first) * _SAMPLES_PER_TOKEN)
    shift = asked.take.start_samples - given.begin - first * _SAMPLES_PER_TOKEN
    return _laid_in(old, _cut(fresh, shift, len(old)), asked)


def _heard_tokens(mask: Tensor) -> tuple[int, int]:
    """First token to make sound of and the one behind the last: those of the mask (N,), and some around."""
    changed = torch.nonzero(mask > 0)[:, 0]
    first, last = int(changed[0]) - _DECODED_AROUND, int(changed[-1]) + 1 + _DECODED_AROUND
    return max(0, first), min(len(mask), last)


def _context(asked: RangeRequest) -> TimeRange:
    """The stretch and what the generator should know around it, inside the take."""
    wide = asked.where.widened(
        by_samples=CONTEXT_TOKENS * _SAMPLES_PER_TOKEN, within_samples=asked.take.end_samples
    )
    return TimeRange(max(wide.start_samples, asked.take.start_samples), wide.end_samples)


def latents_of_take(codec: MelCodec, old: FloatArray, take: TimeRange, given: Conditioned) -> Tensor:
    """Latents (1, N, L) of a take over the tokens of its conditions; silence outside of it.

    Args:
        codec: The generator's codec.
        old: (S,) the take at 48 kHz.
        take: Where it lies on the timeline.
        given: What it was made for, or is made anew for.
    """
    tokens = given.noise.shape[1]
    stretch = _cut(old[None], given.begin - take.start_samples, tokens * _SAMPLES_PER_TOKEN)
    sound = resample(stretch, from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    samples = tokens * (MODEL_RATE_HZ // TOKEN_RATE_HZ)
    return codec.encode(log_mel(torch.from_numpy(np.ascontiguousarray(sound[:, :samples]))))


def _cut(sounds: FloatArray, start: int, samples: int) -> FloatArray:
    """``samples`` samples of (B, S) from ``start`` on, which may be below 0; silence where there are none."""
    cut = np.zeros((len(sounds), samples), dtype=np.float32)
    first, last = max(start, 0), min(start + samples, sounds.shape[1])
    if last > first:
        cut[:, first - start : last - start] = sounds[:, first:last]
    return cut


def _mask(where: TimeRange, given: Conditioned) -> Tensor:
    """(N,) 1 on the tokens of the stretch and of its joins, falling to 0 over SOFT_TOKENS."""
    tokens = torch.arange(given.noise.shape[1]) + 0.5
    start = (where.start_samples - given.begin) / _SAMPLES_PER_TOKEN - _REACH_TOKENS
    end = (where.end_samples - given.begin) / _SAMPLES_PER_TOKEN + _REACH_TOKENS
    outside = torch.maximum(start - tokens, tokens - end).clamp_min(0.0)
    return (1.0 - outside / SOFT_TOKENS).clamp(0.0, 1.0)


def _laid_in(old: FloatArray, fresh: FloatArray, asked: RangeRequest) -> Regenerated:
    """The old take (S,) with the fresh sounds (B, S) in the stretch."""
    begin = asked.take.start_samples
    into, out = _join_places(
        _short_energy(old) + _short_energy(fresh).mean(0),
        asked.where.start_samples - begin,
        asked.where.end_samples - begin,
    )
    blend = np.ones(len(old), dtype=np.float32)  # 0 for the old, 1 for the new
    ticks = np.arange(len(old))
    if into is not None:
        blend = np.minimum(blend, np.clip((ticks - into) / JOIN_SAMPLES, 0, 1))
    if out is not None:
        blend = np.minimum(blend, np.clip(1 - (ticks - out) / JOIN_SAMPLES, 0, 1))
    angle = (np.pi / 2) * blend
    mixed = old * np.cos(angle) + _below_clipping(fresh) * np.sin(angle)
    sounds = np.where(blend == 0, old, mixed).astype(np.float32)
    places = [begin + place for place in (into, out) if place is not None]
    return Regenerated(sounds, tuple(TimeRange(place, place + JOIN_SAMPLES) for place in places))


def _join_places(energy: FloatArray, start: int, end: int) -> tuple[int | None, int | None]:
    """Where the joins begin, at the quietest places near both edges; None for an edge that ends the take.

    Args:
        energy: (S,) of a join that begins at each sample.
        start: First sample of the stretch.
        end: The sample behind its last.
    """
    middle = (start + end) // 2
    lead = JOIN_SAMPLES // 2
    into = _quietest(energy, start - lead, highest=middle - JOIN_SAMPLES) if start > 0 else None
    out = _quietest(energy, end - lead, lowest=middle) if end < len(energy) else None
    return into, out


def _below_clipping(fresh: FloatArray) -> FloatArray:
    peaks = np.abs(fresh).max(axis=1, keepdims=True).clip(1e-9)
    limited: FloatArray = fresh * np.minimum(1.0, _LOUDEST_PEAK / peaks).astype(np.float32)
    return limited


def _short_energy(sound: FloatArray) -> FloatArray:
    """Energy over one join's length that begins at each sample, (..., S)."""
    count = sound.shape[-1]
    edges = [(0, 0)] * (sound.ndim - 1) + [(1, JOIN_SAMPLES)]
    total = np.pad(np.square(sound, dtype=np.float64), edges).cumsum(axis=-1)
    energy: FloatArray = total[..., JOIN_SAMPLES : JOIN_SAMPLES + count] - total[..., :count]
    return energy


def _quietest(energy: FloatArray, near: int, *, lowest: int = 0, highest: int | None = None) -> int:
    """The quietest place within SEARCH_SAMPLES of one, inside the bounds and the take."""
    last = len(energy) - JOIN_SAMPLES
    low = max(lowest, near - SEARCH_SAMPLES, 0)
    high = min(last if highest is None else highest, near + SEARCH_SAMPLES, last)
    if high <= low:
        return min(low, last)
    return low + int(np.argmin(energy[low : high + 1]))
