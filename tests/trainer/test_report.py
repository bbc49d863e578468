"""Evaluation tables."""

import json
from pathlib import Path

import pytest

from trainer.cavp.ablation import AblationRow
from trainer.evaluation.clips import AnnotatedClip, ClipHits
from trainer.evaluation.figures import Figure
from trainer.evaluation.hit_matching import MatchCount
from trainer.report import ablation_rows, clip_rows, figure_rows, print_table


def hits(name: str, trust: str, agreed: int) -> ClipHits:
    clip = AnnotatedClip(Path(name), (1.0, 2.0, 3.0, 4.0), trust)
    return ClipHits(clip, MatchCount(5, 4, agreed), MatchCount(4, 4, 4), MatchCount(5, 4, 1))


def test_clips_of_one_trust_level_are_added_up() -> None:
    rows = clip_rows([hits("a.mp4", "high", 4), hits("b.mp4", "high", 2), hits("c.mp4", "medium", 0)])
    together = {row["trust"]: row for row in rows if row["clip"] == "all"}
    assert together["high"]["recall"] == 0.75  # 6 of 8
    assert together["high"]["baseline recall"] == 0.25
    assert together["medium"]["recall"] == 0.0


def test_tables_are_json_or_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"figure": "f1", "value": 0.5}, {"figure": "longer name", "value": 2}]
    print_table(rows, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "rows": rows}
    print_table(rows, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["figure", "value"]
    assert lines[1].startswith("f1 ")
    assert lines[1].endswith("0.500")


def test_figure_rows_say_wanted_got_baseline_and_verdict() -> None:
    missed = Figure("offset", 0.4, wanted=0.45, baseline=0.3, beat_baseline=True, remark="150 trials")
    rows = figure_rows([missed, Figure("told", None)])
    assert rows[0] == {
        "figure": "offset",
        "wanted": "at least 0.45, above baseline",
        "got": 0.4,
        "baseline": 0.3,
        "verdict": "missed",
        "remark": "150 trials",
    }
    assert (rows[1]["got"], rows[1]["baseline"], rows[1]["verdict"]) == ("", "", "")


def test_ablation_rows_have_one_column_a_figure() -> None:
    rows = ablation_rows([AblationRow("slow only", {"R@1": 0.25}), AblationRow("fast only", {"R@1": 0.125})])
    assert rows == [{"variant": "slow only", "R@1": 0.25}, {"variant": "fast only", "R@1": 0.125}]
