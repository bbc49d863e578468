"""A desk with its files, and a project of two events on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.project.project import new_project
from engine.project.project_file import save_project
from tests.msg_studio.files.file_desk import Desk, make_desk
from tests.msg_studio.scene import DOOR, STEP, make_film


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path / "user")
    yield made
    made.leave()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Film.msgproj"
    project = new_project("Film", make_film(tmp_path / "film.mp4")).with_event(STEP).with_event(DOOR)
    save_project(project, place)
    return place
