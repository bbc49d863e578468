"""Plots of an evaluation as PNGs: each shows one figure of the table in full, the rival beside it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.cavp.confidence import MEASURABLE_FROM
from trainer.evaluation.alignment import RIGHT_WITHIN_MS
from trainer.evaluation.clip_offsets import RIGHT_WITHIN_S, ClipOffsetComparison, ClipTrial
from trainer.evaluation.judges import Judgement
from trainer.evaluation.offsets import OffsetStudy
from trainer.evaluation.retrieval import RetrievalStudy
from trainer.evaluation.shifts import SHIFTS_MS, ShiftStudy

DOTS_PER_INCH = 120
OURS, RIVAL, ORACLE, QUIET = "#1f5f99", "#c8702a", "#4b8b4b", "#8a8f96"
_BINS = 8
_COLUMNS = 5


def draw_score_against_shift(study: ShiftStudy, path: Path) -> Path:
    """Mean score, reward and baseline over the shifts, with 95 % intervals."""
    figure, (axes,) = _panels(1)
    places = np.arange(len(SHIFTS_MS))
    named = (
        ("score", study.score, OURS, "-"),
        ("reward", study.reward, OURS, "--"),
        ("baseline", study.baseline, RIVAL, "-"),
    )
    for name, values, colour, line in named:
        means = values.mean(0).numpy()
        spread = 1.96 * values.std(0).numpy() / np.sqrt(len(values))
        axes.plot(places, means, line, color=colour, marker="o", markersize=4, label=name)
        axes.fill_between(places, means - spread, means + spread, color=colour, alpha=0.15, linewidth=0)
    axes.set_xticks(places, [str(shift) for shift in SHIFTS_MS])
    axes.set(xlabel="shift of the true track (ms, not to scale)", ylabel="mean over scenes, 95 % interval")
    axes.set_title("Score against shift, held-out scenes")
    return _written(figure, axes, path)


def draw_offset_errors(study: OffsetStudy, path: Path) -> Path:
    """Signed offset errors of ours, the baseline and the true hits."""
    figure, (axes,) = _panels(1)
    edges = np.arange(-1520.0, 1521.0, 80.0)
    trials = (
        (f"SF-CAVP, {_percent(study.ours.right)} within 100 ms", study.ours, OURS, 2.0),
        (f"baseline, {_percent(study.baseline.right)}", study.baseline, RIVAL, 1.4),
        (f"true hits against onsets, {_percent(study.ceiling.right)}", study.ceiling, ORACLE, 1.4),
    )
    for label, found, colour, width in trials:
        errors = (found.peak.lag_steps - found.truth).numpy() * 40.0
        axes.hist(errors, bins=list(edges), histtype="step", color=colour, linewidth=width, label=label)
    axes.axvspan(-RIGHT_WITHIN_MS, RIGHT_WITHIN_MS, color=QUIET, alpha=0.18, linewidth=0)
    axes.set(xlabel="measured less true offset (ms)", ylabel="trials", yscale="symlog")
    axes.set_title("Offset errors of shifted tracks, held-out scenes")
    return _written(figure, axes, path)


def draw_reliability(study: OffsetStudy, path: Path) -> Path:
    """How often an offset is right, against how sure the model is of it."""
    figure, (axes,) = _panels(1)
    sure, right = study.confidence.numpy(), study.ours.right.float().numpy()
    which = np.clip((sure * _BINS).astype(int), 0, _BINS - 1)
    filled = [number for number in range(_BINS) if (which == number).any()]
    means = [float(sure[which == number].mean()) for number in filled]
    shares = [float(right[which == number].mean()) for number in filled]
    counts = [int((which == number).sum()) for number in filled]
    axes.plot([0, 1], [0, 1], "--", color=QUIET, label="perfectly calibrated")
    axes.plot(means, shares, "-o", color=OURS, label="right within 100 ms (number of trials)")
    for x, y, count in zip(means, shares, counts, strict=True):
        axes.annotate(str(count), (x, y), textcoords="offset points", xytext=(6, -11), fontsize=8)
    axes.axvline(MEASURABLE_FROM, color=RIVAL, linewidth=1, label="measurable from here")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(-0.03, 1.05))
    axes.set_title("Confidence of the offset, held-out scenes that did not calibrate it")
    return _written(figure, axes, path)


def draw_retrieval(study: RetrievalStudy, path: Path) -> Path:
    """R@k of the slow stream, of the class oracle and of a blind guess."""
    figure, (axes,) = _panels(1)
    among = np.arange(1, len(study.ranks) + 1)
    curves = (
        ("slow stream", study.recall, OURS, "-"),
        ("class oracle", study.oracle_recall, ORACLE, "--"),
        ("chance", study.chance_recall, QUIET, ":"),
    )
    for label, recall, colour, line in curves:
        axes.plot(among, [recall(int(k)) for k in among], line, color=colour, label=label)
    axes.set(xlabel="k", ylabel="R@k", xscale="log", ylim=(0, 1.03), xlim=(1, len(among)))
    axes.set_title(f"The right sound among {len(among)}, held-out scenes")
    return _written(figure, axes, path)


def draw_clip_lag_curves(found: ClipOffsetComparison, path: Path) -> Path:
    """Lag curve of every real clip with its true track, ours and the baseline's, peak at 0 wanted."""
    names = list(found.ours.whole)
    rows = -(-len(names) // _COLUMNS)
    figure, panels = _panels(rows, columns=min(_COLUMNS, len(names)), size=(3.0, 2.0))
    for axes, name in zip(panels, names, strict=False):
        _draw_lag_curve(axes, found.ours.whole[name], OURS, "SF-CAVP")
        _draw_lag_curve(axes, found.baseline.whole[name], RIVAL, "baseline")
        axes.axvspan(-RIGHT_WITHIN_S * 1000, RIGHT_WITHIN_S * 1000, color=QUIET, alpha=0.25, linewidth=0)
        right, count = _right_of(found.ours.trials, name)
        axes.set_title(f"{name.removesuffix('.mp4')[:26]}  {right}/{count}", fontsize=7.5)
        axes.tick_params(labelsize=7)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    panels[0].legend(fontsize=6.5, frameon=False, loc="upper right")
    figure.suptitle(
        "Lag curves of the true tracks (ms; grey: right); n/m: of m shifted tracks n are measured right",
        fontsize=9,
    )
    return _saved(figure, path)


def _right_of(trials: Sequence[ClipTrial], name: str) -> tuple[int, int]:
    own = [trial.right for trial in trials if trial.clip == name]
    return sum(own), len(own)


def _draw_lag_curve(axes: Axes, judgement: Judgement, colour: str, label: str) -> None:
    axes.plot(judgement.lag_s * 1000, judgement.curve, color=colour, linewidth=1.1, label=label)
    best = int(np.argmax(judgement.curve))
    axes.plot(judgement.lag_s[best] * 1000, judgement.curve[best], "o", color=colour, markersize=4)
    axes.grid(alpha=0.25)


def _percent(flags: Tensor) -> str:
    return f"{float(flags.float().mean()):.0%}"


def _panels(
    rows: int, *, columns: int = 1, size: tuple[float, float] = (7.0, 4.4)
) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(size[0] * columns, size[1] * rows), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False)
    return figure, list(grid.flat)


def _written(figure: Figure, axes: Axes, path: Path) -> Path:
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9)
    return _saved(figure, path)


def _saved(figure: Figure, path: Path) -> Path:
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path
