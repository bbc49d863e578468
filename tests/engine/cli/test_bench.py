from pathlib import Path

import pytest

from engine.cli import bench
from engine.cli.bench_memory import MemoryUse
from tests.engine.cli.program import assert_refused, engine


def test_rows_have_times_and_ratios(film: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "EVENT_S", 1)
    monkeypatch.setattr(bench, "FILM_S", 1)
    outcome = engine("bench", "--clip", film, "--steps", 1, "--models-folder", models, "--json")
    rows = outcome.document["rows"]
    assert all(set(row) == {"name", "value", "unit"} for row in rows)
    values = {row["name"]: row["value"] for row in rows}
    assert list(values)[:7] == [
        "probe",
        "open",
        "find events",
        "score of a new take",
        "features of 1 s of 1080p film",
        "generate 1 s event, one take",
        "generate 1 s event, 4 takes",
    ]
    one, four = values["generate 1 s event, one take"], values["generate 1 s event, 4 takes"]
    # Values are rounded to four places.
    assert values["RTF, one take"] == pytest.approx(one, abs=1e-3)
    assert values["RTF, four takes"] == pytest.approx(four, abs=1e-3)
    assert values["four takes over one take"] == pytest.approx(four / one, rel=1e-2)
    features, score = values["features of 1 s of 1080p film"], values["score of a new take"]
    assert values["features, share of the limit"] == pytest.approx(features / 0.25, abs=1e-3)
    assert values["score, share of the limit"] == pytest.approx(score / 0.3, abs=1e-3)
    assert (outcome.document["steps"], outcome.document["guidance"]) == (1, 2.5)


def test_film_that_is_too_short_is_refused(film: Path, models: Path) -> None:
    outcome = engine("bench", "--clip", film, "--models-folder", models)
    assert_refused(outcome, 2, "walk.mp4 lasts 1.60 s, bench needs 8 s: choose a longer --clip")


def test_memory_of_lengths_is_told_with_its_ratio(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(minutes: int, **_: object) -> MemoryUse:
        return MemoryUse(
            minutes, before_mb=400.0, peak_mb=500.0 + minutes, disk_mb=9.0, seconds=6.0 * minutes
        )

    monkeypatch.setattr(bench, "measure_memory", measured)
    outcome = engine("bench", "--minutes", 60, "--models-folder", models, "--json")
    values = {row["name"]: row["value"] for row in outcome.document["rows"]}
    assert values["60 min, peak memory"] == 560.0
    assert values["60 min, peak over shortest"] == pytest.approx(560 / 501, abs=1e-4)
    assert values["10 min, part of real time"] == pytest.approx(0.1)
    assert len(values) == 18
