import json
from pathlib import Path

import pytest

from engine.foley import event_seed
from tests.engine.cli.program import Outcome, engine


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foley") / "out"


@pytest.fixture(scope="module")
def outcome(out: Path, film: Path, models: Path) -> Outcome:
    asked = ("--takes", 2, "--seed", 5, "--steps", 1, "--models-folder", models)
    return engine("foley", film, "-o", out, *asked, "--json")


def test_answer_is_the_report(outcome: Outcome, out: Path) -> None:
    assert outcome.status == 0
    assert outcome.document == json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (outcome.document["schema"], outcome.document["command"]) == (1, "foley")


def test_report_says_how_everything_was_made(outcome: Outcome, film: Path) -> None:
    report = outcome.document
    assert (report["clip"]["path"], report["clip"]["duration_samples"]) == (str(film), 76_800)
    assert (report["takes"], report["seed"], report["steps"], report["guidance"]) == (2, 5, 1, 2.5)
    assert (report["model"]["name"], report["model"]["licence"]) == ("starter", "CC BY 4.0")
    assert report["preview"]["picture_copied"] is True
    assert "copied unchanged" in report["preview"]["reason"]
    assert report["render_gain_db"] <= 0
    assert set(report["seconds"]) >= {"read picture", "find events", "generate", "write stems"}
    for event in report["events"]:
        assert event["seed"] == event_seed(5, event["id"])
        assert sorted(take["seed"] for take in event["takes"]) == [event["seed"], event["seed"] + 1]
        assert event["chosen"] == max(event["takes"], key=lambda take: take["reward"])["id"]


def test_every_path_of_the_report_is_there(outcome: Outcome, out: Path) -> None:
    report = outcome.document
    paths = [*report["files"], report["mix"], report["cues"], report["preview"]["path"]]
    paths += [*report["stems"].values()]
    for event in report["events"]:
        paths += [event["stem"], *event["heatmaps"].values(), *(take["path"] for take in event["takes"])]
    assert all((out / path).is_file() for path in paths)
    assert (out / report["project"]).is_dir()


def test_nothing_else_is_left(outcome: Outcome, out: Path) -> None:
    outside = {
        path.relative_to(out).as_posix()
        for path in out.rglob("*")
        if path.is_file() and "project.msgproj" not in path.parts
    }
    assert outside == {*outcome.document["files"], "report.json"}


def test_progress_names_every_stage(outcome: Outcome) -> None:
    assert outcome.stages == [
        "read picture",
        "find events",
        "generate",
        "save project",
        "write stems",
        "write preview",
        "draw heatmaps",
    ]


def test_second_run_replaces_the_first(outcome: Outcome, out: Path, film: Path, models: Path) -> None:
    asked = ("--takes", 1, "--seed", 6, "--steps", 1, "--models-folder", models)
    text = engine("foley", film, "-o", out, *asked)
    assert (text.status, text.err) == (0, "")
    assert "preview: picture copied" in text.out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["seed"] == 6
    wavs = {path.relative_to(out).as_posix() for path in (out / "stems").iterdir()}
    assert wavs == {name for name in report["files"] if name.startswith("stems/")}
