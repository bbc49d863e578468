"""Real clips with their true track moved: is the true one preferred, and is the move measured?

Each clip is judged whole, with its track moved by each of MOVES_S to either side. The interval
is a bootstrap over clips, because trials of one clip are not independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.progress import Progress, ProgressListener, silent
from engine.timing import TOKEN_RATE_HZ
from trainer.evaluation.baseline import flux_curve, rise_curve
from trainer.evaluation.clip_material import ClipMaterial
from trainer.evaluation.figures import Figure
from trainer.evaluation.judges import Judge, Judgement, Stretch, baseline_judge, moved

MOVES_S = (-0.8, -0.64, -0.48, -0.32, -0.2, 0.2, 0.32, 0.48, 0.64, 0.8)
RIGHT_WITHIN_S = 0.12
SURE_SHARE = 0.25
GROUPS = ("high", "medium")
_RESAMPLES = 2000
_ROUNDING_S = 1e-6


@dataclass(frozen=True)
class ClipTrial:
    """One clip with its track moved by one amount, judged.

    Attributes:
        clip: Name.
        trust: Of its annotation.
        move_s: True offset.
        true: Judgement of the true track over the same stretch.
        moved: Judgement of the moved track.
    """

    clip: str
    trust: str
    move_s: float
    true: Judgement
    moved: Judgement

    @property
    def preferred(self) -> bool:
        """Whether the true track is rewarded above the moved one."""
        return self.true.reward > self.moved.reward

    @property
    def error_s(self) -> float:
        """Measured offset less true offset."""
        return self.moved.offset_s - self.move_s

    @property
    def right(self) -> bool:
        """Whether the offset is within 120 ms."""
        return abs(self.error_s) <= RIGHT_WITHIN_S + _ROUNDING_S


@dataclass(frozen=True)
class ClipOffsetResult:
    """All trials of one judge.

    Attributes:
        trials: One for each clip and move.
        whole: By clip, the judgement of its true track over the whole clip.
    """

    trials: tuple[ClipTrial, ...]
    whole: dict[str, Judgement] = field(default_factory=dict)

    def of_group(self, trust: str) -> "ClipOffsetResult":
        """The trials of one level of trust."""
        return ClipOffsetResult(tuple(trial for trial in self.trials if trial.trust == trust))

    @property
    def preferred(self) -> float:
        """Share of trials whose true track is rewarded above the moved one."""
        return _share([trial.preferred for trial in self.trials])

    @property
    def right(self) -> float:
        """Share of offsets within 120 ms."""
        return _share([trial.right for trial in self.trials])

    @property
    def right_where_sure(self) -> float:
        """The same among the quarter of trials with the highest confidence."""
        surest = sorted(self.trials, key=lambda trial: -trial.moved.confidence)
        return _share([trial.right for trial in surest[: max(1, round(SURE_SHARE * len(surest)))]])

    def numbers(self) -> dict[str, float]:
        """The figures by name."""
        return {
            "preferred": self.preferred,
            "right": self.right,
            "right_where_sure": self.right_where_sure,
        }


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def clip_offset_trials(
    judge: Judge, clips: Sequence[ClipMaterial], *, listener: ProgressListener = silent
) -> ClipOffsetResult:
    """Judge every clip with its track moved by every amount.

    Args:
        judge: Who is asked.
        clips: From ``load_materials``.
        listener: Told how many clips are done.
    """
    trials: list[ClipTrial] = []
    whole = {}
    for number, clip in enumerate(clips, start=1):
        (whole[clip.name],) = judge(Stretch(clip.picture, clip.motion, clip.mel[None]))
        for move_s in MOVES_S:
            stretch = moved(clip.picture, clip.motion, clip.mel, steps=round(move_s * TOKEN_RATE_HZ))
            true, late = judge(stretch)
            trials.append(ClipTrial(clip.name, clip.trust, move_s, true, late))
        listener(Progress("judge clips", number, len(clips), clip.name))
    return ClipOffsetResult(tuple(trials), whole)


def intervals(result: ClipOffsetResult, *, seed: int = 11) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals over clips of every figure."""
    by_clip: dict[str, list[ClipTrial]] = {}
    for trial in result.trials:
        by_clip.setdefault(trial.clip, []).append(trial)
    groups = list(by_clip.values())
    chance = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(_RESAMPLES):
        picked = [
            trial for index in chance.integers(len(groups), size=len(groups)) for trial in groups[index]
        ]
        for name, value in ClipOffsetResult(tuple(picked)).numbers().items():
            drawn.setdefault(name, []).append(value)
    return {name: _middle_share(np.array(values)) for name, values in drawn.items()}


def _middle_share(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


@dataclass(frozen=True)
class ClipOffsetComparison:
    """Ours beside the rivals.

    Attributes:
        ours: SF-CAVP.
        baseline: Frame differences against the flux of magnitudes.
        log_rise: The same against the rise of the log-mel, which the engine's onset detector uses.
    """

    ours: ClipOffsetResult
    baseline: ClipOffsetResult
    log_rise: ClipOffsetResult


def compare_on_clips(
    judge: Judge, clips: Sequence[ClipMaterial], *, listener: ProgressListener = silent
) -> ClipOffsetComparison:
    """The same trials for a judge and for both forms of the baseline."""
    return ClipOffsetComparison(
        clip_offset_trials(judge, clips, listener=listener),
        clip_offset_trials(baseline_judge(flux_curve), clips),
        clip_offset_trials(baseline_judge(rise_curve), clips),
    )


_WORDS = {
    "preferred": ("reward(true) above reward(shifted)", 0.85),
    "right": ("offset within 120 ms", 0.45),
    "right_where_sure": ("offset within 120 ms, most confident quarter", 0.70),
}


def clip_offset_figures(found: ClipOffsetComparison) -> list[Figure]:
    """Three figures over all clips with their intervals, and the same for each level of trust."""
    figures = _figures_of(found.ours, found.baseline, found.log_rise, where="clips", bounded=True)
    for trust in GROUPS:
        parts = [result.of_group(trust) for result in (found.ours, found.baseline, found.log_rise)]
        if parts[0].trials:
            figures += _figures_of(parts[0], parts[1], parts[2], where=f"clips '{trust}'", bounded=False)
    return figures


def _figures_of(
    ours: ClipOffsetResult, rival: ClipOffsetResult, other: ClipOffsetResult, *, where: str, bounded: bool
) -> list[Figure]:
    spread, rivals, others = intervals(ours), rival.numbers(), other.numbers()
    return [
        Figure(
            f"{where}: {_WORDS[name][0]}",
            got,
            wanted=_WORDS[name][1] if bounded else None,
            baseline=rivals[name],
            beat_baseline=True,
            remark=f"interval {spread[name][0]:.2f} to {spread[name][1]:.2f}; "
            f"{len(ours.trials)} trials; baseline by log rise {others[name]:.2f}",
        )
        for name, got in ours.numbers().items()
    ]
