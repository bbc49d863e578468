"""How well SF-CAVP measures offsets on held-out scenes, beside the frame-difference baseline."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.confidence import MEASURABLE_FROM, PeakFeatures, confidence_of, find_peak
from engine.cavp.lag import balanced, lag_curve
from engine.cavp.model import SFCAVP
from engine.timing import TOKEN_RATE_HZ
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import scene_truth

REACH = 32
CROP_STEPS = 128
RIGHT_WITHIN_MS = 100.0


@dataclass(frozen=True)
class OffsetTrials:
    """Shifted-track trials.

    Attributes:
        peak: What the lag curves say, fields (N,).
        truth: (N,) true lags in steps.
        right: (N,) whether within 100 ms.
    """

    peak: PeakFeatures
    truth: Tensor

    @property
    def error_ms(self) -> Tensor:
        """(N,) absolute error."""
        return (self.peak.lag_steps - self.truth).abs() * 1000.0 / TOKEN_RATE_HZ

    @property
    def right(self) -> Tensor:
        """(N,) whether the offset is within 100 ms."""
        return self.error_ms <= RIGHT_WITHIN_MS


@dataclass(frozen=True)
class AlignmentResult:
    """One line of the evaluation table."""

    within_100_ms: float
    median_ms: float
    baseline_within_100_ms: float
    baseline_median_ms: float
    measurable_share: float
    measurable_within_100_ms: float
    slow_rank1_of_all: float
    onset_f1: float

    def numbers(self) -> dict[str, float]:
        """The figures by name."""
        return {f"held_out_{name}": value for name, value in asdict(self).items()}


def shifted_starts(pool: ScenePool, scenes: Sequence[int], *, seed: int = 5) -> Tensor:
    """First step of the picture and of the sound of independent crops, (N, 2)."""
    chance = torch.Generator().manual_seed(seed)
    return torch.randint(pool.steps - CROP_STEPS + 1, (len(scenes), 2), generator=chance)


def shifted_crops(pool: ScenePool, scenes: Sequence[int], *, seed: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    """Independent crops: grids (N, T, C, 8, 8), mix mels (N, 4T, M), true lags (N,)."""
    starts = shifted_starts(pool, scenes, seed=seed)
    grids, mels = [], []
    for scene, (at_video, at_audio) in zip(scenes, starts.tolist(), strict=True):
        grids.append(pool.grid[scene, at_video : at_video + CROP_STEPS])
        mels.append(pool.mix_mel[scene, 4 * at_audio : 4 * (at_audio + CROP_STEPS)])
    return torch.stack(grids), torch.stack(mels), starts[:, 0] - starts[:, 1]


def offset_trials(network: SFCAVP, pool: ScenePool, *, scenes: Sequence[int]) -> OffsetTrials:
    """Measure the lag of shifted tracks."""
    grids, mels, lags = shifted_crops(pool, scenes)
    seen, heard = embed_pictures(network, grids), embed_sounds(network, mels)
    return OffsetTrials(find_peak(lag_curve(balanced(seen.fast), balanced(heard.fast), reach=REACH)), lags)


def baseline_curve(grids: Tensor, mels: Tensor) -> Tensor:
    """Frame-difference energy against onset strength, (N, L): the strong simple rival at 25 Hz.

    The full baseline at 100 Hz on 96 x 72 pictures is `trainer.evaluation.baseline`.
    """
    motion = grids[:, :, 0].float().flatten(2).square().mean(-1)  # (N, T)
    cap = motion.quantile(0.98, dim=1, keepdim=True)
    motion = motion.clamp_max(cap)
    mels = mels.float()
    rise = torch.diff(mels, dim=1, prepend=mels[:, :1]).clamp_min(0).mean(-1)
    onset = rise.reshape(len(rise), -1, 4).amax(-1)
    return lag_curve(_detrended(motion)[..., None], _detrended(onset)[..., None], reach=REACH)


def _detrended(signal: Tensor) -> Tensor:
    trend = functional.avg_pool1d(signal[:, None], 13, 1, 6, count_include_pad=False)[:, 0]
    return signal - trend


def evaluate_alignment(network: SFCAVP, pool: ScenePool) -> AlignmentResult:
    """Offsets on the odd held-out scenes (the even ones calibrate the confidence)."""
    judged = range(1, pool.scenes, 2)
    trials = offset_trials(network, pool, scenes=judged)
    grids, mels, lags = shifted_crops(pool, judged)
    rival = OffsetTrials(find_peak(baseline_curve(grids, mels)), lags)
    sure = confidence_of(trials.peak, network.confidence_weights.cpu()) >= MEASURABLE_FROM
    return AlignmentResult(
        within_100_ms=float(trials.right.float().mean()),
        median_ms=float(trials.error_ms.median()),
        baseline_within_100_ms=float(rival.right.float().mean()),
        baseline_median_ms=float(rival.error_ms.median()),
        measurable_share=float(sure.float().mean()),
        measurable_within_100_ms=float(trials.right[sure].float().mean()) if bool(sure.any()) else 0.0,
        slow_rank1_of_all=slow_rank1(network, pool),
        onset_f1=visible_onset_f1(network, pool),
    )


def slow_rank1(network: SFCAVP, pool: ScenePool) -> float:
    """Share of held-out scenes whose own mix is the nearest by the slow embedding."""
    seen = embed_pictures(network, pool.grid[:, :CROP_STEPS])
    near = seen.pooled @ embed_sounds(network, pool.mix_mel[:, : 4 * CROP_STEPS]).pooled.T
    return float((near.argmax(1) == torch.arange(pool.scenes)).float().mean())


def peaks_above(signal: Tensor, threshold: float) -> Tensor:
    """Local maxima of (B, T) above a threshold, bool (B, T)."""
    crest = functional.max_pool1d(signal[:, None], 5, 1, 2)[:, 0]
    return (signal >= crest) & (signal > threshold)


def visible_onset_f1(network: SFCAVP, pool: ScenePool, *, threshold: float = 0.5) -> float:
    """F1 of visible contacts found on picture alone, within two frames (80 ms)."""
    truth = scene_truth(pool).onsets > 0
    found = peaks_above(torch.sigmoid(embed_pictures(network, pool.grid).onset_logits), threshold)
    near_truth = functional.max_pool1d(truth.float()[:, None], 5, 1, 2)[:, 0] > 0
    near_found = functional.max_pool1d(found.float()[:, None], 5, 1, 2)[:, 0] > 0
    precision = float((found & near_truth).sum() / found.sum().clamp_min(1))
    recall = float((truth & near_found).sum() / truth.sum().clamp_min(1))
    return 2 * precision * recall / max(precision + recall, 1e-6)
