"""Picture and sound to sync map, offset with confidence, and the reward takes are ranked by."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.confidence import MEASURABLE_FROM, confidence_of, find_peak, offset_ms
from engine.cavp.lag import lag_curve
from engine.cavp.model import SFCAVP, Embedded
from engine.clip import Clip, mel_of_sound
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.records import FloatArray, Score, SyncMap
from engine.timing import FAST_STEPS_PER_SLOW, PROJECT_RATE_HZ, TOKEN_RATE_HZ, TimeRange

LAG_REACH = 32
LEAST_STEPS = 64
SLOW_SHARE = 0.5
_CHUNK_STEPS = 1500
_CHUNK_MARGIN = 64


@dataclass(frozen=True)
class StepRange:
    """A stretch of the 25 Hz grid, both ends multiples of 4."""

    start: int
    end: int

    @property
    def start_samples(self) -> int:
        """Start at 48 kHz."""
        return self.start * PROJECT_RATE_HZ // TOKEN_RATE_HZ

    @property
    def end_samples(self) -> int:
        """End at 48 kHz."""
        return self.end * PROJECT_RATE_HZ // TOKEN_RATE_HZ


def steps_of(where: TimeRange, *, clip_steps: int) -> StepRange:
    """Grid steps of a time range, widened to at least LEAST_STEPS where the clip allows."""
    per_step = PROJECT_RATE_HZ // TOKEN_RATE_HZ
    start, end = where.start_samples // per_step, -(-where.end_samples // per_step)
    lacking = max(0, LEAST_STEPS - (end - start))
    start = max(0, start - (lacking + 1) // 2)
    end = min(clip_steps, max(end + lacking // 2, start + LEAST_STEPS))
    start = max(0, min(start, end - LEAST_STEPS))
    start -= start % FAST_STEPS_PER_SLOW
    end = min(clip_steps, end + -(end - start) % FAST_STEPS_PER_SLOW)
    return StepRange(start, end)


@torch.no_grad()
def embed_clip(
    network: SFCAVP, clip: Clip, *, listener: ProgressListener = silent, cancel: CancelToken | None = None
) -> Embedded:
    """Embed the whole picture, window by window with margins, so that memory stays bounded.

    Args:
        network: SF-CAVP.
        clip: The clip.
        listener: Told how many windows are done.
        cancel: Asked before each window whether to go on.

    Raises:
        Cancelled: When the token was set.
    """
    cancel = cancel or CancelToken()
    parts: list[Embedded] = []
    windows = range(0, clip.steps, _CHUNK_STEPS)
    for number, start in enumerate(windows):
        cancel.check()
        listener(Progress("features", number, len(windows)))
        end = min(clip.steps, start + _CHUNK_STEPS)
        lead, tail = min(_CHUNK_MARGIN, start), min(_CHUNK_MARGIN, clip.steps - end)
        window = network.embed_video(clip.grid[None, start - lead : end + tail])
        parts.append(cut_embedded(window, StepRange(lead, lead + end - start)))
    listener(Progress("features", len(windows), len(windows)))
    return parts[0] if len(parts) == 1 else _joined(parts)


def cut_embedded(whole: Embedded, steps: StepRange) -> Embedded:
    """A stretch of an embedded side; its pooled embedding is the mean of its slow steps."""
    fast = slice(steps.start, steps.end)
    slow = whole.slow[:, steps.start // FAST_STEPS_PER_SLOW : steps.end // FAST_STEPS_PER_SLOW]
    return Embedded(
        fast=whole.fast[:, fast],
        slow=slow,
        pooled=mean_of_slow(slow),
        class_logits=whole.class_logits,
        onset_logits=whole.onset_logits[:, fast],
        active_logits=whole.active_logits[:, fast],
        frame_class_logits=whole.frame_class_logits[:, fast],
        where=None if whole.where is None else whole.where[:, fast],
    )


def mean_of_slow(slow: Tensor) -> Tensor:
    """Slow embeddings (B, U, E) of a stretch as one of unit length, (B, E); alike for both sides."""
    return functional.normalize(slow.mean(1), dim=-1)


def _joined(parts: list[Embedded]) -> Embedded:
    slow = torch.cat([part.slow for part in parts], dim=1)
    maps = [part.where for part in parts if part.where is not None]
    return Embedded(
        fast=torch.cat([part.fast for part in parts], dim=1),
        slow=slow,
        pooled=mean_of_slow(slow),
        class_logits=torch.stack([part.class_logits for part in parts]).mean(0),
        onset_logits=torch.cat([part.onset_logits for part in parts], dim=1),
        active_logits=torch.cat([part.active_logits for part in parts], dim=1),
        frame_class_logits=torch.cat([part.frame_class_logits for part in parts], dim=1),
        where=torch.cat(maps, dim=1) if maps else None,
    )


@torch.no_grad()
def score_sound(network: SFCAVP, picture: Embedded, sound: FloatArray, where: TimeRange) -> SyncMap:
    """Compare a full-length sound with the picture over a stretch of the clip.

    Args:
        network: SF-CAVP.
        picture: The embedded clip, from ``embed_clip``.
        sound: (C, S) at 48 kHz, sample 0 at the clip's start.
        where: The stretch to judge.

    Returns:
        Maps, lag curve and numbers. The reward is the fast agreement at zero offset plus half
        the slow agreement (our choice; the paper does not state its weights).
    """
    steps = steps_of(where, clip_steps=picture.fast.shape[1])
    stretch = sound[:, steps.start_samples : steps.end_samples]
    heard = network.embed_audio(mel_of_sound(stretch, steps=steps.end - steps.start))
    seen = cut_embedded(picture, steps)
    reach = min(LAG_REACH, seen.fast.shape[1] - 1)
    curve = lag_curve(seen.fast, heard.fast, reach=reach)
    lags = torch.arange(-reach, reach + 1) * (1000.0 / TOKEN_RATE_HZ)
    return SyncMap(
        slow=_numpy((heard.slow @ seen.slow.transpose(1, 2))[0]),
        fast=_numpy(_fast_map(seen.fast, heard.fast)),
        slow_step_s=FAST_STEPS_PER_SLOW / TOKEN_RATE_HZ,
        fast_step_s=1 / TOKEN_RATE_HZ,
        start_s=steps.start / TOKEN_RATE_HZ,
        lag_ms=_numpy(lags),
        lag_score=_numpy(curve[0]),
        score=_score(network, seen, heard, curve, silent=float(abs(stretch).max(initial=0.0)) < 1e-5),
    )


def _score(network: SFCAVP, seen: Embedded, heard: Embedded, curve: Tensor, *, silent: bool) -> Score:
    peak = find_peak(curve)
    sure = float(confidence_of(peak, network.confidence_weights))
    fast = float(curve[0, curve.shape[1] // 2])
    slow = float((mean_of_slow(seen.slow) * mean_of_slow(heard.slow)).sum())
    return Score(
        reward=fast + SLOW_SHARE * slow,
        slow=slow,
        fast=fast,
        offset_ms=offset_ms(float(peak.lag_steps)),
        confidence=0.0 if silent else sure,
        measurable=not silent and sure >= MEASURABLE_FROM,
    )


def _fast_map(seen: Tensor, heard: Tensor) -> Tensor:
    """Cosine of every sound step with every picture step, means removed, (A, V)."""
    picture = functional.normalize(seen[0] - seen[0].mean(0), dim=-1)
    sound = functional.normalize(heard[0] - heard[0].mean(0), dim=-1)
    return sound @ picture.T


def _numpy(value: Tensor) -> FloatArray:
    array: FloatArray = value.detach().float().contiguous().numpy()
    return array
