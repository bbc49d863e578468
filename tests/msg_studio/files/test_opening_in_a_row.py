"""Several projects asked for in a row, and what happens to the one at hand meanwhile."""

from pathlib import Path
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from engine.project.project import new_project
from engine.project.project_file import save_project
from engine.project.project_lock import LOCK_FILE
from engine.project.recovery import find_recoveries
from engine.records import ClipInfo
from msg_studio import commands
from msg_studio.files import project_files
from tests.msg_studio.files.file_desk import Desk, open_here, settle
from tests.msg_studio.scene import STEP, make_film


def other_project(tmp_path: Path) -> Path:
    place = tmp_path / "Other.msgproj"
    save_project(new_project("Other", make_film(tmp_path / "other.mp4")).with_event(STEP), place)
    return place


def test_of_two_projects_opened_in_a_row_the_last_one_comes(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    shown: list[str] = []
    desk.files.opened.connect(lambda: shown.append(desk.model.project.name))
    desk.files.open_folder(folder)
    desk.files.open_folder(other_project(tmp_path))
    settle(qtbot, desk)
    assert shown == ["Other"]
    assert not (folder / LOCK_FILE).exists()  # the one that did not come is free again


def test_film_read_for_long_does_not_push_a_later_project_out(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Event()

    def slow_probe(path: Path) -> ClipInfo:
        read.wait(30)
        return make_film(path)

    monkeypatch.setattr(project_files, "probe", slow_probe)
    desk.files.begin_with(tmp_path / "long.mp4")
    open_here(qtbot, desk, folder)
    commands.set_setup(desk.model, "e001", prompt="boots")
    reading = desk.files._reading
    with qtbot.waitSignal(reading.busy_changed):
        read.set()
    assert (desk.model.folder, desk.model.unsaved) == (folder, True)
    assert desk.model.project.setup("e001").prompt == "boots"


def test_project_closed_while_another_opens_stays_closed(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    desk.files.open_folder(folder)
    desk.files.close()
    settle(qtbot, desk)
    assert not desk.model.is_open
    assert not (folder / LOCK_FILE).exists()


def test_film_that_is_none_is_refused_and_the_project_stays(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    no_film = tmp_path / "words.mp4"
    no_film.write_text("no film")
    with qtbot.waitSignal(desk.files.refused) as told:
        desk.files.begin_with(no_film)
    assert "words.mp4" in told.args[0]
    assert desk.model.folder == folder


def test_edits_made_while_another_project_opens_are_kept_and_said(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    settle(qtbot, desk)
    told: list[str] = []
    desk.files.noticed.connect(told.append)
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_folder(other_project(tmp_path))
        commands.set_setup(desk.model, "e001", prompt="boots")
    assert any("Film was changed while Other was being opened" in words for words in told)
    qtbot.waitUntil(lambda: len(find_recoveries(desk.root / "working")) == 1)
