"""Both models side by side, each figure on its own scale with its 95 % interval."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.atomic_file import written_atomically
from trainer.evaluation.figures import Sense
from trainer.evaluation.plots import DOTS_PER_INCH, OURS, QUIET
from trainer.evaluation.rpo.bootstrap import Contrast

_COLUMNS = 4


def draw_contrasts(named: Sequence[tuple[str, Sense, Contrast]], path: Path) -> Path:
    """A panel a figure: base and tuned with their intervals, and whether more or less is better."""
    rows = -(-len(named) // _COLUMNS)
    figure = Figure(figsize=(3.2 * _COLUMNS, 2.4 * rows), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes, (name, sense, found) in zip(panels, named, strict=False):
        for place, (side, colour) in enumerate(((found.base, QUIET), (found.tuned, OURS))):
            axes.plot([place, place], [side.low, side.high], color=colour, linewidth=2.5)
            axes.plot(place, side.value, "o", color=colour)
        axes.set_xticks([0, 1], ["base", "tuned"])
        axes.set_xlim(-0.6, 1.6)
        better = "more is better" if sense == "at least" else "less is better"
        axes.set_title(f"{name} ({better})", fontsize=7.5)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.25)
    for axes in panels[len(named) :]:
        axes.set_visible(False)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path
