"""Plots are PNGs and draw what they are given, gaps and all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.axes import Axes

from trainer.preference import plots

PNG = b"\x89PNG\r\n"
Drawn = list[Axes]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Panels of the plot that is drawn, which is not written."""
    found: Drawn = []

    def note(figure: object, panels: list[Axes], path: Path) -> Path:
        found.extend(panels)
        return path

    monkeypatch.setattr(plots, "_saved", note)
    return found


def test_ranking_is_written_as_a_png(tmp_path: Path) -> None:
    path = plots.draw_ranking(real=[0.5, 0.7], takes=[0.1, 0.2, 0.3], margins=[0.4], path=tmp_path / "a.png")
    assert path.read_bytes().startswith(PNG)
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_ranking_names_the_means(drawn: Drawn, tmp_path: Path) -> None:
    plots.draw_ranking(real=[0.5, 0.7], takes=[0.1, 0.2, 0.3], margins=[0.4], path=tmp_path / "a.png")
    labels = drawn[0].get_legend_handles_labels()[1]
    assert labels == ["real sound, mean 0.600", "takes, mean 0.200"]


def test_tuning_draws_each_curve_at_its_steps(drawn: Drawn, tmp_path: Path) -> None:
    curves = {"chosen": [(10.0, 0.5), (20.0, 0.4)], "accuracy": [(10.0, 0.9)]}
    plots.draw_tuning(curves, {"held_out_onset_f1": [(0.0, 0.3), (20.0, 0.35)]}, tmp_path / "a.png")
    (line,) = drawn[0].get_lines()
    assert line.get_xdata().tolist() == [10.0, 20.0]
    assert line.get_ydata().tolist() == [0.5, 0.4]
    assert drawn[2].get_lines()[0].get_ydata().tolist() == [0.3, 0.35]


def test_rounds_leave_out_what_a_model_has_not(drawn: Drawn, tmp_path: Path) -> None:
    rows = [{"f1": 0.3, "reward": 0.5}, {"f1": 0.4}]
    plots.draw_rounds(rows, ["f1", "reward"], best=1, path=tmp_path / "a.png")
    assert drawn[0].get_lines()[0].get_ydata().tolist() == [0.3, 0.4]
    assert drawn[1].get_lines()[0].get_ydata().tolist() == [0.5]
    assert drawn[0].get_lines()[1].get_label() == "best: M1"


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: plots.draw_tuning({}, {}, path),
        lambda path: plots.draw_rounds([{"f1": 0.3}], ["f1"], best=0, path=path),
        lambda path: plots.draw_ranking(real=[0.0], takes=[0.0], margins=[], path=path),
    ],
)
def test_little_or_nothing_is_drawn_as_well(draw: Callable[[Path], Path], tmp_path: Path) -> None:
    assert draw(tmp_path / "a.png").is_file()
