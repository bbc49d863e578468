from pathlib import Path

from engine.ucs import class_for
from tests.engine.cli.program import Outcome, engine
from tests.engine.small_networks import CLASSES


def events(film: Path, models: Path, *more: str) -> Outcome:
    return engine("events", film, "--models-folder", models, *more)


def test_document_holds_events_with_integer_twins(film: Path, models: Path) -> None:
    outcome = events(film, models, "--json")
    document = outcome.document
    assert (outcome.status, document["schema"], document["command"]) == (0, 1, "events")
    assert document["duration_samples"] == 76_800
    assert outcome.stages == ["read picture", "find events"]
    assert document["events"]
    for event in document["events"]:
        assert event["class"] in CLASSES
        assert event["cat_id"] == class_for(event["class"]).cat_id
        assert event["start_s"] == event["start_samples"] / 48_000
        assert event["end_s"] == event["end_samples"] / 48_000
        assert event["hit_points_s"] == [sample / 48_000 for sample in event["hit_points_samples"]]
        assert len(event["hit_strengths"]) == len(event["hit_points_s"])
        assert 0 <= event["start_samples"] < event["end_samples"] <= 76_800
        assert 0 <= event["confidence"] <= 1
        assert {"id", "lane", "reason"} <= set(event)


def test_eyes_alone_find_what_a_silent_film_shows(film: Path, silent_film: Path, models: Path) -> None:
    alone = events(film, models, "--picture-only", "--json").document["events"]
    assert alone == events(silent_film, models, "--json").document["events"]


def test_text_names_each_event_and_why(film: Path, models: Path) -> None:
    found = events(film, models, "--json").document["events"]
    outcome = events(film, models)
    assert (outcome.status, outcome.err) == (0, "")
    for event in found:
        assert event["id"] in outcome.out
        assert event["reason"] in outcome.out
