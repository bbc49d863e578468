from pathlib import Path

import pytest

from engine.cli import bench
from tests.engine.cli.program import assert_refused, engine


def test_rows_have_times_and_ratios(film: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "EVENT_S", 1)
    outcome = engine("bench", "--clip", film, "--steps", 1, "--models-folder", models, "--json")
    rows = outcome.document["rows"]
    assert all(set(row) == {"name", "value", "unit"} for row in rows)
    values = {row["name"]: row["value"] for row in rows}
    assert list(values)[:6] == [
        "probe",
        "open",
        "find events",
        "score 1 s",
        "generate 1 s event, one take",
        "generate 1 s event, 4 takes",
    ]
    one, four = values["generate 1 s event, one take"], values["generate 1 s event, 4 takes"]
    # Values are rounded to four places.
    assert values["RTF, one take"] == pytest.approx(one, abs=1e-3)
    assert values["RTF, four takes"] == pytest.approx(four, abs=1e-3)
    assert values["four takes over one take"] == pytest.approx(four / one, rel=1e-2)
    assert (outcome.document["steps"], outcome.document["guidance"]) == (1, 2.5)


def test_film_that_is_too_short_is_refused(film: Path, models: Path) -> None:
    outcome = engine("bench", "--clip", film, "--models-folder", models)
    assert_refused(outcome, 2, "walk.mp4 lasts 1.60 s, bench needs 8 s: choose a longer --clip")
