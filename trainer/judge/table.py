"""The judge's evaluation as one table, SF-CAVP and the frame-difference baseline beside it."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from engine.cavp.model import SFCAVP
from engine.progress import Progress, ProgressListener, silent
from trainer.evaluation.baseline import flux_curve
from trainer.evaluation.clip_material import ClipMaterial
from trainer.evaluation.clip_offsets import clip_offset_trials
from trainer.evaluation.judges import baseline_judge, cavp_judge
from trainer.evaluation.retrieval import RetrievalStudy
from trainer.judge.comparison import Accord, ModelStudy, accord_of, study_baseline, study_cavp, study_judge
from trainer.judge.judging import clip_judge
from trainer.judge.network import JudgeNetwork
from trainer.scenes.pool import ScenePool

Row = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")
_MODELS = ("judge", "SF-CAVP", "baseline")


def judge_table(
    judge: JudgeNetwork,
    cavp: SFCAVP | None,
    held_out: ScenePool,
    clips: Sequence[ClipMaterial] = (),
    *,
    listener: ProgressListener = silent,
) -> list[Row]:
    """Measure and compare.

    Args:
        judge: In evaluation mode.
        cavp: SF-CAVP to stand beside it, None where there is none.
        held_out: Scenes that neither was trained on.
        clips: Real clips with their sound, none to leave them out.
        listener: Told which part begins.
    """
    parts = 4

    def tell(done: int, name: str) -> None:
        listener(Progress("evaluate judge", done, parts, name))

    tell(0, "judge")
    ours = study_judge(judge, held_out)
    tell(1, "SF-CAVP")
    other = study_cavp(cavp, held_out) if cavp else None
    tell(2, "baseline")
    rows = scene_rows(ours, other, study_baseline(held_out))
    tell(3, "clips")
    rows += clip_rows(judge, cavp, clips)
    return rows + (accord_rows(accord_of(ours, other)) if other else [])


def scene_rows(judge: ModelStudy, cavp: ModelStudy | None, baseline: ModelStudy) -> list[Row]:
    """How good each is by itself."""
    studies = (judge, cavp, baseline)
    found = _each(lambda study: study.retrieval, studies)
    trials, shifts = f"{len(judge.offsets.truth)} trials", f"{len(judge.scores)} trials"
    sounds = f"{len(judge.retrieval.ranks)} sounds" if judge.retrieval else ""
    return [
        _row("scenes: shifted track within 100 ms", _each(lambda s: s.within_100_ms, studies), trials),
        _row("scenes: median offset error, ms", _each(lambda s: s.median_ms, studies), trials),
        _row("scenes: true above shifted by 200 ms", _each(lambda s: s.true_above_200_ms, studies), shifts),
        _row("scenes: R@1 by slow embedding", _each(lambda r: r.recall(1), found), sounds),
        _row("scenes: R@10 by slow embedding", _each(lambda r: r.recall(10), found), sounds),
        _row("scenes: right class set at rank 1", _each(_right_set, found), sounds),
    ]


def _each(measure: Callable[[T], R | None], things: Sequence[T | None]) -> list[R | None]:
    return [None if thing is None else measure(thing) for thing in things]


def _right_set(study: RetrievalStudy) -> float:
    return float(study.right_set.float().mean())


def clip_rows(judge: JudgeNetwork, cavp: SFCAVP | None, clips: Sequence[ClipMaterial]) -> list[Row]:
    """The same on real clips with their true track moved, nothing without clips."""
    if not clips:
        return []
    ours = clip_offset_trials(clip_judge(judge), clips)
    other = clip_offset_trials(cavp_judge(cavp), clips) if cavp else None
    rival = clip_offset_trials(baseline_judge(flux_curve), clips)
    results, remark = (ours, other, rival), f"{len(ours.trials)} trials of {len(clips)} clips"
    return [
        _row("clips: true above moved", _each(lambda r: r.preferred, results), remark),
        _row("clips: offset within 120 ms", _each(lambda r: r.right, results), remark),
    ]


def accord_rows(accord: Accord) -> list[Row]:
    """Whether both agree, and whether they err apart."""
    order, errors = "rank correlation, 1: the same order", "over that of independent errors, 1: independent"
    return [
        _row("both: scores of all scenes and shifts", [], order, both=accord.overall),
        _row("both: shifts of one scene, median", [], order, both=accord.within_scene),
        _row("both: true tracks of all scenes", [], order, both=accord.true_tracks),
        _row("both: offsets wrong together", [], errors, both=accord.wrong_together),
    ]


def _row(name: str, values: Sequence[float | None], remark: str, *, both: float | None = None) -> Row:
    """One row; values of judge, SF-CAVP and baseline, as far as there are any."""
    columns = {**dict(zip_longest(_MODELS, values)), "both": both}
    return {
        "figure": name,
        **{k: "" if v is None else round(v, 4) for k, v in columns.items()},
        "remark": remark,
    }
