"""Plots of preference optimisation as PNGs: rewards and margins, the course of tuning, the rounds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.atomic_file import written_atomically

DOTS_PER_INCH = 120
CHOSEN, REJECTED, REFERENCE, QUIET = "#1f5f99", "#c8702a", "#4b8b4b", "#8a8f96"
_BINS = 30

Curve = Sequence[tuple[float, float]]


def draw_ranking(
    *, real: Sequence[float], takes: Sequence[float], margins: Sequence[float], path: Path
) -> Path:
    """Rewards of real sound and of takes, and the margins of the pairs that are kept."""
    figure, (rewards, ahead) = _panels(2)
    low, high = min([*real, *takes]), max([*real, *takes])
    edges = list(np.linspace(low - 0.05, high + 0.05, _BINS + 1))
    for name, values, colour in (("real sound", real, REFERENCE), ("takes", takes, CHOSEN)):
        label = f"{name}, mean {sum(values) / len(values):.3f}"
        rewards.hist(
            values, bins=edges, density=True, histtype="step", color=colour, linewidth=1.8, label=label
        )
    rewards.set(xlabel="reward", ylabel="density", title="What the reward says")
    rewards.legend(frameon=False, fontsize=8)
    ahead.hist(margins, bins=_BINS, color=CHOSEN)
    ahead.set(xlabel="reward of the better side less that of the worse", ylabel="pairs")
    ahead.set_title(f"Margins of {len(margins)} pairs")
    return _saved(figure, (rewards, ahead), path)


def draw_tuning(curves: Mapping[str, Curve], held_out: Mapping[str, Curve], path: Path) -> Path:
    """Errors of both sides against the reference's, margin and accuracy, and the held-out figures.

    Args:
        curves: By name, (step, value) from the run's progress.
        held_out: By name, (step, value) of the held-out figures.
        path: The PNG.
    """
    figure, panels = _panels(3)
    styles = {"chosen": (CHOSEN, "-"), "chosen_reference": (CHOSEN, ":")}
    styles |= {"rejected": (REJECTED, "-"), "rejected_reference": (REJECTED, ":")}
    for name, (colour, line) in styles.items():
        _draw(panels[0], curves.get(name, ()), name.replace("_", ", "), colour, line)
    panels[0].set(xlabel="step", ylabel="velocity error", title="Errors (dotted: reference)")
    _draw(panels[1], curves.get("accuracy", ()), "implicit accuracy", CHOSEN, "-")
    panels[1].axhline(0.5, color=QUIET, linewidth=1)
    panels[1].set(xlabel="step", ylim=(0, 1.02), title="Pairs ranked rightly")
    for (name, curve), colour in zip(held_out.items(), (CHOSEN, REJECTED, REFERENCE), strict=False):
        _draw(panels[2], curve, name.replace("_", " "), colour, "-")
    panels[2].set(xlabel="step", title="Held-out scenes, hit track off")
    for axes in panels:
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=7)
    return _saved(figure, panels, path)


def draw_rounds(rows: Sequence[dict[str, float]], names: Sequence[str], *, best: int, path: Path) -> Path:
    """Figures of M_0 to M_K, the best one marked.

    Args:
        rows: Figures by name, one row a model.
        names: Which of them are drawn, a panel each.
        best: Number of the best model.
        path: The PNG.
    """
    figure, panels = _panels(len(names))
    for axes, name in zip(panels, names, strict=True):
        points = [(number, row[name]) for number, row in enumerate(rows) if name in row]
        _draw(axes, points, name, CHOSEN, "-o")
        axes.axvline(best, color=REFERENCE, linewidth=1, linestyle="--", label=f"best: M{best}")
        axes.set_xticks(range(len(rows)), [f"M{number}" for number in range(len(rows))])
        axes.set_title(name.replace("_", " "), fontsize=9)
    panels[0].legend(frameon=False, fontsize=7)
    return _saved(figure, panels, path)


def _draw(axes: Axes, curve: Curve, label: str, colour: str, line: str) -> None:
    if curve:
        steps, values = zip(*curve, strict=True)
        axes.plot(steps, values, line, color=colour, label=label, linewidth=1.5, markersize=4)


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(4.6 * count, 3.6), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, count, squeeze=False).flat)


def _saved(figure: Figure, panels: Sequence[Axes], path: Path) -> Path:
    for axes in panels:
        axes.grid(alpha=0.25)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path
