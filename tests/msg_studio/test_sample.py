"""The sample project is whole, true to its film, and opens as a new one."""

import json

import pytest

from engine.assets import asset_path
from engine.project.project import Project
from engine.project.project_file import open_project
from engine.project.take_files import sound_hash
from engine.timing import PROJECT_RATE_HZ
from engine.ucs import class_for
from msg_studio.files.map_shelf import MapShelf
from msg_studio.files.project_work import open_copy

FOLDER = asset_path("demo", "sample", "Sample.msgproj")
MOST_BYTES = 4_600_000


@pytest.fixture(scope="module")
def sample() -> Project:
    return open_project(FOLDER)


def test_it_opens_as_a_new_project_each_time(sample: Project) -> None:
    opened = [open_copy(FOLDER) for _ in range(2)]
    assert len({sample.id, *(one.project.id for one in opened)}) == 3
    assert all(one.folder is None for one in opened)


def test_its_film_is_found_beside_it(sample: Project) -> None:
    assert sample.clip is not None
    assert sample.clip.path.samefile(asset_path("demo", "demo.mp4"))
    mirror = (FOLDER / "project.json").read_text(encoding="utf-8")
    assert '"relative_path": "../../demo.mp4"' in mirror


def test_its_takes_are_there_and_unchanged(sample: Project) -> None:
    assert len(sample.takes) >= 10
    assert {sound_hash(take.path) for take in sample.takes} == {take.sha256 for take in sample.takes}


def test_every_take_has_its_sync_map(sample: Project) -> None:
    assert sample.clip is not None
    shelf = MapShelf(asset_path("demo", "sample", "maps"))
    for take in sample.takes:
        event = sample.event(take.event_id)
        sync_map = shelf.find(take, film=sample.clip.fingerprint, event=event)
        assert sync_map is not None
        assert sync_map.score == take.score


def test_contacts_are_those_of_the_film(sample: Project) -> None:
    truth = json.loads(asset_path("demo", "demo_truth.json").read_text(encoding="utf-8"))
    real = sorted(sample for event in truth["events"] for sample in event["contacts_samples"])
    ours = sorted(hit.sample for event in sample.events for hit in event.hit_points)
    assert set(ours) <= set(real)
    assert len(ours) >= len(real) - 1
    assert sample.clip is not None
    assert sample.clip.duration_samples == truth["duration_s"] * PROJECT_RATE_HZ


def test_it_shows_every_state_of_an_event_and_of_a_take(sample: Project) -> None:
    statuses = {sample.setup(event.id).status for event in sample.events}
    assert statuses == {"suggested", "to do", "review", "approved"}
    assert {event.lane for event in sample.events} == {"feet", "props", "ambience", "fx"}
    assert sample.starred
    assert sample.rejected
    words = [take.score.offset_in_words() for take in sample.takes]
    for verdict in ("late", "early", "not measurable"):
        assert any(verdict in sentence for sentence in words), verdict
    half_a_frame_ms = 500 / float(sample.clip.fps)
    assert any(take.score.measurable and abs(take.score.offset_ms) < half_a_frame_ms for take in sample.takes)


def test_events_with_takes_have_one_in_use_that_the_prompt_would_give_again(sample: Project) -> None:
    for event in sample.events:
        takes = sample.takes_of(event.id)
        if takes:
            assert 2 <= len(takes) <= 3
            assert sample.chosen_take(event.id) is not None
            assert class_for(event.cat_id, sample.setup(event.id).prompt).cat_id == event.cat_id


def test_it_is_small() -> None:
    files = [path for path in FOLDER.parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
