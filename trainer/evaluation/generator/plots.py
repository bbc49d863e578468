"""Plots of the generator's evaluation as PNGs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.atomic_file import written_atomically
from trainer.evaluation.generator.table import (
    CLASS_NOISE,
    COLUMNS,
    GENERATED,
    GRIFFIN_LIM,
    PREVIOUS,
    TRUTH,
    FlowEvaluation,
    TableRow,
)

DOTS_PER_INCH = 120
COLOURS = {
    GENERATED: "#1f5f99",
    TRUTH: "#222222",
    GRIFFIN_LIM: "#4b8b4b",
    CLASS_NOISE: "#8a8f96",
    PREVIOUS: "#c8702a",
}


def draw_figures(rows: Sequence[TableRow], path: Path) -> Path:
    """Every figure with a bound: all columns beside it."""
    bounded = [row for row in rows if row.figure.wanted is not None]
    figure, panels = _panels(-(-len(bounded) // 3), 3, size=(3.6, 2.3))
    for axes, row in zip(panels, bounded, strict=False):
        values = {GENERATED: row.figure.got, **row.others}
        known = [(name, value) for name in COLUMNS if (value := values.get(name)) is not None]
        axes.bar([n for n, _ in known], [v for _, v in known], color=[COLOURS[n] for n, _ in known])
        axes.axhline(row.figure.wanted or 0.0, color="black", linestyle="--", linewidth=0.9)
        axes.set_title(f"{row.figure.name}\n{row.figure.wanted_in_words}", fontsize=7.5)
        axes.tick_params(labelsize=6.5)
    for axes in panels[len(bounded) :]:
        axes.set_visible(False)
    return _saved(figure, path)


def draw_class_accuracy(found: FlowEvaluation, path: Path) -> Path:
    """Accuracy by class: real recordings, truth in scenes, generated, class noise."""
    figure, (axes,) = _panels(1, 1, size=(11.5, 4.2))
    places = np.arange(len(found.classes))
    series = [("real recordings", found.real_accuracy, "#b08d2e")]
    series += [
        (name, found.columns[name].classes.accuracy, COLOURS[name])
        for name in (TRUTH, GENERATED, CLASS_NOISE)
        if name in found.columns
    ]
    wide = 0.8 / len(series)
    for number, (name, accuracy, colour) in enumerate(series):
        heights = accuracy.of_class.nan_to_num(0).numpy()
        label = f"{name}, mean {accuracy.mean:.2f}"
        axes.bar(places + (number - 1.5) * wide, heights, wide, color=colour, label=label)
    axes.set_xticks(places, found.classes, rotation=60, ha="right", fontsize=7)
    axes.set(ylabel="share right", ylim=(0, 1.05))
    axes.set_title("Independent classifier, by class", fontsize=9)
    return _with_legend(figure, axes, path)


def draw_spectra(found: FlowEvaluation, path: Path) -> Path:
    """Mean log-mel over the bands, of all columns."""
    figure, (axes,) = _panels(1, 1, size=(8.2, 3.8))
    for name, column in found.columns.items():
        axes.plot(column.timing.spectrum.numpy(), color=COLOURS[name], label=name, linewidth=1.2)
    axes.set(xlabel="mel band", ylabel="mean log-mel")
    axes.set_title("Mean spectrum of stems with contacts, held-out scenes", fontsize=9)
    return _with_legend(figure, axes, path)


def _panels(rows: int, columns: int, *, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    wide, high = size[0] * columns, size[1] * rows
    figure = Figure(figsize=(wide, high), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def _with_legend(figure: Figure, axes: Axes, path: Path) -> Path:
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _saved(figure, path)


def _saved(figure: Figure, path: Path) -> Path:
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path
