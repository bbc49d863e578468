from pathlib import Path

from tests.trainer.evaluation.generator.test_table import small_evaluation
from trainer.evaluation.generator.plots import draw_class_accuracy, draw_figures, draw_spectra


def test_plots_are_pictures(tmp_path: Path) -> None:
    found = small_evaluation()
    paths = [
        draw_figures(found.rows(), tmp_path / "figures.png"),
        draw_class_accuracy(found, tmp_path / "classes.png"),
        draw_spectra(found, tmp_path / "spectra.png"),
    ]
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
