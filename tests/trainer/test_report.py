"""Evaluation tables."""

import json
from pathlib import Path

import pytest

from trainer.evaluation.clips import AnnotatedClip, ClipHits
from trainer.evaluation.hit_matching import MatchCount
from trainer.report import clip_rows, print_table


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
