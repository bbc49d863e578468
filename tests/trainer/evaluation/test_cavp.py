import json
from pathlib import Path

import pytest

from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import lively_pool
from tests.trainer.evaluation.test_clip_offsets import material
from trainer.evaluation.cavp import CavpEvaluation, circumstances, evaluate_cavp, write_evaluation
from trainer.evaluation.clip_material import ClipMaterial
from trainer.evaluation.clip_offsets import compare_on_clips
from trainer.evaluation.judges import cavp_judge

PNG = b"\x89PNG\r\n\x1a\n"


def clip(name: str, trust: str) -> ClipMaterial:
    pool = lively_pool(2)
    numbers = material(name, trust, steps=160)
    return ClipMaterial(name, trust, pool.grid[len(name) % 2], numbers.motion, pool.mix_mel[len(name) % 2])


@pytest.fixture(scope="module")
def found() -> CavpEvaluation:
    return evaluate_cavp(small_cavp(), lively_pool(6), [clip("a.mp4", "high"), clip("bb.mp4", "medium")])


def test_table_has_every_row_that_is_wanted(found: CavpEvaluation) -> None:
    figures = found.figures()
    wanted = [figure for figure in figures if figure.met is not None]
    assert len({figure.name for figure in figures}) == len(figures)
    assert [figure.wanted for figure in wanted] == (
        [0.75, 60.0, 0.6, 0.9, 0.7, 0.75, 0.6, 1.0, 1.0, 0.85, 0.85, 0.85, 0.8, 0.6, 0.85, 0.45, 0.7]
        + 6 * [None]
    )
    without_rival = {figure.name for figure in wanted if figure.baseline is None}
    assert wanted[2].name in without_rival
    assert without_rival <= {wanted[2].name, wanted[3].name}  # nothing may be measurable at all


def test_without_clips_the_rows_of_scenes_remain() -> None:
    network, pool = small_cavp(), lively_pool(4)
    figures = evaluate_cavp(network, pool, ()).figures()
    assert all(figure.name.startswith("scenes") for figure in figures)
    assert len(figures) == 15


def test_clips_are_judged_as_by_their_own_command(found: CavpEvaluation) -> None:
    again = compare_on_clips(cavp_judge(small_cavp()), [clip("a.mp4", "high"), clip("bb.mp4", "medium")])
    assert found.clips is not None
    assert again.ours.numbers() == found.clips.ours.numbers()


def test_json_and_plots_are_written(found: CavpEvaluation, tmp_path: Path) -> None:
    written = write_evaluation(found, tmp_path / "out", about={"model": "small"})
    assert {path.name for path in written} == {
        "cavp.json",
        "score_against_shift.png",
        "offset_errors.png",
        "confidence_reliability.png",
        "retrieval.png",
        "clip_lag_curves.png",
    }
    assert all(path.read_bytes().startswith(PNG) for path in written if path.suffix == ".png")
    values = json.loads(written[0].read_text(encoding="utf-8"))
    assert values["model"] == "small"
    assert len(values["figures"]) == len(found.figures())
    assert len(values["clips"]) == 20
    assert values["command"]
    assert values["machine"]
    assert values["date"]


def test_figures_are_told_with_how_they_were_made() -> None:
    assert circumstances().keys() == {"command", "machine", "date"}


def test_short_numbers_are_one_of_each_part(found: CavpEvaluation) -> None:
    numbers = found.short_numbers()
    assert len(numbers) == 9
    assert all(0.0 <= value <= 1.0 for value in numbers.values())
