"""Projects saved by released versions; they must open for ever. Never edit the fixtures."""

import shutil
from fractions import Fraction
from pathlib import Path

from engine.project.project import EventSetup, Marker
from engine.project.project_file import open_project, save_project
from engine.project.take_files import missing_takes, sound_hash
from engine.project.vote_journal import read_votes
from engine.records import AudioInfo, HitPoint
from engine.timing import TimeRange

SCHEMA_1 = Path(__file__).parents[2] / "fixtures" / "projects" / "schema_1.msgproj"


def test_schema_1_opens_with_all_it_held() -> None:
    project = open_project(SCHEMA_1)
    assert (project.id, project.name) == ("0123456789abcdef0123456789abcdef", "My Film")
    assert (project.rate.fps, project.start_label) == (Fraction(24000, 1001), "01:00:00:00")
    assert project.clip is not None
    assert (project.clip.path, project.clip.fingerprint) == (Path("/films/door.mp4"), "f" * 64)
    assert (project.clip.time_base, project.clip.audio) == (
        Fraction(1, 12_800),
        AudioInfo("aac", 48_000, 2, 480_000),
    )
    assert [(lane.name, lane.title, lane.gain_db) for lane in project.lanes][2] == (
        "props",
        "Requisiten",
        -6.0,
    )
    assert [event.id for event in project.events] == ["e001", "e002"]
    assert project.event("e001").range == TimeRange(48_000, 96_000)
    assert project.event("e001").hit_points == (HitPoint(49_920, 1.0), HitPoint(57_600, 0.5))
    assert project.setup("e001") == EventSetup(prompt="boots", gain_db=-3.5, status="review")
    assert (project.chosen, project.starred, project.rejected) == ({"t1"}, {"t2"}, {"t2"})
    assert (project.take("t1").seed, project.take("t1").score.offset_ms) == (7, -12.5)
    assert project.markers == (Marker(480, "cut", "#ff0000"),)
    assert project.settings == {"creator": "JDOE", "handles": 2}


def test_schema_1_has_its_takes_and_votes() -> None:
    project = open_project(SCHEMA_1)
    assert missing_takes(project) == ()
    assert [sound_hash(take.path) for take in project.takes] == [take.path.stem for take in project.takes]
    assert [(vote.id, vote.verdict, vote.tags) for vote in read_votes(SCHEMA_1)] == [
        ("v0", "first", ("timing",))
    ]


def test_schema_1_can_be_saved_again(tmp_path: Path) -> None:
    folder = tmp_path / "Film.msgproj"
    shutil.copytree(SCHEMA_1, folder)
    project = open_project(folder)
    save_project(project, folder)
    assert open_project(folder) == project
