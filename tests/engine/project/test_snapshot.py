import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from engine.errors import InputError
from engine.orders import ExportStems
from engine.project.damage import DamagedProjectError
from engine.project.project import Project, new_project
from engine.project.snapshot import project_from_json, project_to_json
from engine.protocol import StartJob, decode, encode
from tests.engine.project.samples import clip, full_project
from tests.engine.project.test_rows import projects


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(projects())
def test_snapshot_gives_the_same_project_again(project: Project) -> None:
    assert project_from_json(project_to_json(project)) == project


def test_snapshot_travels_to_the_engine(tmp_path: Path) -> None:
    project = full_project(tmp_path, tmp_path / "Straße „7“.mp4")
    order = StartJob(1, ExportStems(project_to_json(project), tmp_path, preview=True, cue_sheet=True))
    arrived = decode(encode(order)[4:])
    assert isinstance(arrived, StartJob)
    assert isinstance(arrived.order, ExportStems)
    assert project_from_json(arrived.order.project) == project


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = full_project(tmp_path, tmp_path / "film.mp4")
    text = project_to_json(project)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    again = project_from_json(text)
    assert [take.path for take in again.takes] == [tmp_path / "t1.wav", tmp_path / "t2.wav"]
    assert again.clip is not None
    assert again.clip.path == tmp_path / "film.mp4"


def test_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="not valid Unicode"):
        project_to_json(new_project("x", clip(Path("/films/\udcff.mp4"))))


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "{}", json.dumps({"meta": []})])
def test_text_that_is_no_project_is_refused(text: str) -> None:
    with pytest.raises(DamagedProjectError):
        project_from_json(text)
