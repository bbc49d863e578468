import json
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.project.file_names import MIRROR
from engine.project.mirror import read_mirror, write_mirror
from engine.project.project import Project
from engine.project.rows import project_of, tables_of
from tests.engine.project.samples import full_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = full_project(tmp_path, tmp_path / "film.mp4")
    write_mirror(tmp_path, tables_of(made, tmp_path))
    return made


def test_mirror_holds_the_whole_project(tmp_path: Path, project: Project) -> None:
    assert project_of(read_mirror(tmp_path), tmp_path) == project


def test_samples_have_a_twin_in_seconds_that_reading_ignores(tmp_path: Path, project: Project) -> None:
    document = json.loads((tmp_path / MIRROR).read_text())
    assert (document["event"][0]["start_samples"], document["event"][0]["start_s"]) == (48_000, 1.0)
    document["event"][0]["start_s"] = 99.0
    (tmp_path / MIRROR).write_text(json.dumps(document))
    assert project_of(read_mirror(tmp_path), tmp_path) == project


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged"),
        ("[]", "not a project"),
        ('{"format": "other"}', "not a project"),
        (
            '{"format": "MultiSoundGen project", "schema_version": 9}',
            "version 9, this program reads up to version 1",
        ),
        ('{"format": "MultiSoundGen project", "schema_version": 0}', "only version 1 is read"),
        ('{"format": "MultiSoundGen project", "schema_version": 1, "event": [1]}', "'event' is not a list"),
    ],
)
def test_mirrors_that_cannot_be_read_say_why(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / MIRROR).write_text(content)
    with pytest.raises(ProjectError, match=message):
        read_mirror(tmp_path)


def test_absent_mirror_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"project\.json"):
        read_mirror(tmp_path)
