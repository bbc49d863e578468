"""What is asked of SF-CAVP and of its rivals alike: how well, and how far apart, picture and sound lie.

A judge is shown one stretch of picture and one or more tracks for it, and answers for each.
Letters: T fast steps at 25 Hz, F = 4T mel frames at 100 Hz, M bands, R tracks, L lags.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.cavp.confidence import confidence_of, find_peak
from engine.cavp.lag import balanced, lag_curve
from engine.cavp.model import SFCAVP, Embedded, pooled_slow
from engine.records import FloatArray
from engine.scoring import reward_of
from engine.timing import FAST_STEPS_PER_SLOW, MEL_FRAMES_PER_TOKEN, TOKEN_RATE_HZ
from trainer.evaluation.baseline import RATE_HZ, correlation
from trainer.evaluation.embedding import embed_pictures, embed_sounds

REACH_S = 1.0
RIVAL_DISTANCE_S = 0.15


@dataclass(frozen=True)
class Stretch:
    """A stretch of picture with tracks to judge against it.

    Attributes:
        picture: (T, C, 8, 8) motion grid, T a multiple of 4.
        motion: (F,) frame differences at 100 Hz, for the baseline.
        mels: (R, F, M) log-mels of the tracks.
    """

    picture: Tensor
    motion: FloatArray
    mels: Tensor


@dataclass(frozen=True)
class Judgement:
    """What a judge says of one track.

    Attributes:
        reward: Agreement as it stands, higher is better.
        offset_s: Measured offset; positive: the sound is late.
        confidence: How sure the offset is; only its order counts.
        lag_s: (L,) lags.
        curve: (L,) agreement at each lag.
    """

    reward: float
    offset_s: float
    confidence: float
    lag_s: FloatArray
    curve: FloatArray


Judge = Callable[[Stretch], list[Judgement]]
Embed = Callable[[Tensor, Tensor], tuple[Embedded, Embedded]]


def embed_with(network: SFCAVP) -> Embed:
    """Picture (1, T, C, 8, 8) and mels (R, F, M) to their embeddings by a network."""

    def embed(picture: Tensor, mels: Tensor) -> tuple[Embedded, Embedded]:
        return embed_pictures(network, picture), embed_sounds(network, mels)

    return embed


def cavp_judge(network: SFCAVP) -> Judge:
    """SF-CAVP as a judge, by its own reward and its own calibrated confidence."""
    return judge_of(embed_with(network), network.confidence_weights)


def judge_of(embed: Embed, confidence_weights: Tensor) -> Judge:
    """A judge from any way to embed picture and sound.

    Args:
        embed: Picture (1, T, ...) and mels (R, F, M) to embeddings.
        confidence_weights: Of the confidence's logistic.
    """

    def judge(stretch: Stretch) -> list[Judgement]:
        seen, heard = embed(stretch.picture[None], stretch.mels)
        tracks = len(stretch.mels)
        fast, slow = seen.fast.expand(tracks, -1, -1), pooled_slow(seen.slow)
        reach = min(round(REACH_S * TOKEN_RATE_HZ), fast.shape[1] - 1)
        curve = lag_curve(balanced(fast), balanced(heard.fast), reach=reach)  # (R, L)
        peak = find_peak(curve)
        sure = confidence_of(peak, confidence_weights)
        alike = (slow * pooled_slow(heard.slow)).sum(-1)
        rewards = reward_of(curve[:, reach], alike, torch.zeros_like(alike))  # no event, so no class
        lags = (np.arange(-reach, reach + 1) / TOKEN_RATE_HZ).astype(np.float32)
        return [
            Judgement(
                float(rewards[row]),
                float(peak.lag_steps[row]) / TOKEN_RATE_HZ,
                float(sure[row]),
                lags,
                curve[row].numpy(),
            )
            for row in range(tracks)
        ]

    return judge


def baseline_judge(onsets: Callable[[Tensor], FloatArray]) -> Judge:
    """Frame differences against an onset envelope, both at 100 Hz.

    Args:
        onsets: Log-mel (F, M) to envelope (F,).
    """

    def judge(stretch: Stretch) -> list[Judgement]:
        reach = min(round(REACH_S * RATE_HZ), len(stretch.motion) - 1)
        lags = (np.arange(-reach, reach + 1) / RATE_HZ).astype(np.float32)
        return [
            _of_curve(correlation(stretch.motion, onsets(mel), reach=reach), lags) for mel in stretch.mels
        ]

    return judge


def _of_curve(curve: FloatArray, lags: FloatArray) -> Judgement:
    best = int(np.argmax(curve))
    far = np.abs(lags - lags[best]) >= RIVAL_DISTANCE_S - 1e-6
    rival = float(curve[far].max()) if far.any() else -1.0
    middle = len(curve) // 2
    return Judgement(float(curve[middle]), float(lags[best]), float(curve[best]) - rival, lags, curve)


def moved(picture: Tensor, motion: FloatArray, mel: Tensor, *, steps: int) -> Stretch:
    """A stretch with the true track and the same track moved, judged where both overlap only.

    The moved track holds the same samples ``steps`` later. What it leaves empty at one end and
    pushes out at the other is cut away from picture and sound alike, so that no silence gives the
    move away. The true track is that of the same stretch of picture: only the sound differs.

    Args:
        picture: (T, ...) of the whole clip.
        motion: (F,) of the whole clip.
        mel: (F, M) of the whole clip.
        steps: How much later the moved track is, in steps of 25 Hz; negative: earlier.

    Returns:
        Two tracks: true, moved.
    """
    length = len(picture) - abs(steps)
    length -= length % FAST_STEPS_PER_SLOW
    start = max(0, steps)
    own = slice(start * MEL_FRAMES_PER_TOKEN, (start + length) * MEL_FRAMES_PER_TOKEN)
    source = start - steps
    late = slice(source * MEL_FRAMES_PER_TOKEN, (source + length) * MEL_FRAMES_PER_TOKEN)
    return Stretch(picture[start : start + length], motion[own], torch.stack([mel[own], mel[late]]))
