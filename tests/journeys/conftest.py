"""Where a journey begins: a user of its own, a film, a project with it, and the window, ended cleanly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from msg_studio.studio import Studio
from tests.journeys.journey import running_studio, short_film, stored_project, user_folders


@pytest.fixture(autouse=True)
def own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has never started the program, on a machine without a sound device."""
    monkeypatch.setenv("MSG_AUDIO", "silent")
    for name, value in user_folders(tmp_path / "user").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A short film in a folder of its own."""
    place = tmp_path / "films"
    place.mkdir()
    return short_film(place / "walk.mp4")


@pytest.fixture
def folder(tmp_path: Path, film: Path) -> Path:
    """A saved project with that film and two events."""
    return stored_project(tmp_path / "Walk.msgproj", film)


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """The window with its workshop moved in, and the scripted engine behind it."""
    with running_studio(qtbot) as running:
        yield running
