"""Files of projects, without Qt: open, rescue, recover, save, clear up."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.file_names import DATABASE
from engine.project.project import new_project
from engine.project.project_file import open_project
from engine.project.project_lock import LOCK_FILE, ProjectLock
from engine.project.recovery import find_recoveries
from engine.project.working_copy import WorkingCopy
from msg_studio.files import project_work
from msg_studio.files.project_work import Opened, RescueOffer
from tests.msg_studio.scene import DOOR, saved_project

FROM_ELSEWHERE = '{"host": "studio-b", "pid": 1, "user": "ann", "since": "2026-01-02T10:30:00+00:00"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved_project(tmp_path)


def opened(folder: Path, *, over_other_machines: bool = False) -> Opened:
    found = project_work.open_folder(folder, over_other_machines=over_other_machines)
    assert isinstance(found, Opened)
    return found


def make_newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 9")


def crash(folder: Path, root: Path) -> None:
    copy = WorkingCopy(open_project(folder), folder, root=root)
    copy.record(open_project(folder).without_event(DOOR.id), "delete event")
    copy.close(keep=True)


def test_project_opens_for_editing_and_its_lock_goes_with_it(folder: Path) -> None:
    found = opened(folder / DATABASE)  # a file picked in it means the folder
    assert found.lock is not None
    assert (found.folder, found.read_only_reason, found.lock.held) == (folder, "", True)
    found.lock.release()
    assert not (folder / LOCK_FILE).exists()


def test_second_window_reads_only_and_says_who_has_it(folder: Path) -> None:
    first = opened(folder)
    second = opened(folder)
    assert second.read_only_reason.startswith("it is open for editing by ")
    assert second.project == first.project
    assert first.lock is not None
    first.lock.release()


def test_note_of_another_machine_can_be_disregarded(folder: Path) -> None:
    (folder / LOCK_FILE).write_text(FROM_ELSEWHERE)
    found = opened(folder)
    assert found.held_elsewhere
    assert "opened for editing by ann on studio-b" in found.read_only_reason
    anyway = opened(folder, over_other_machines=True)
    assert (anyway.read_only_reason, anyway.held_elsewhere) == ("", False)
    assert anyway.lock is not None
    anyway.lock.release()


def test_newer_project_is_shown_and_never_written(folder: Path) -> None:
    make_newer(folder)
    before = (folder / DATABASE).read_bytes()
    found = opened(folder)
    assert "schema version 9" in found.read_only_reason
    assert len(found.project.events) == 2
    with pytest.raises(OutputLocationError, match="a newer program saved it. Choose another name"):
        project_work.save(found.project, folder, None)
    assert (folder / DATABASE).read_bytes() == before
    assert not (folder / LOCK_FILE).exists()


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_what_is_no_project_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProjectError):
        project_work.open_folder(tmp_path / name)
    assert list((tmp_path / "empty").iterdir()) == []


def test_damaged_project_is_offered_for_rescue_and_made_whole_by_saving(folder: Path) -> None:
    before = open_project(folder)
    (folder / DATABASE).write_bytes(b"garbage")
    offer = project_work.open_folder(folder)
    assert isinstance(offer, RescueOffer)
    assert offer.rescue is not None
    found = project_work.open_rescued(offer)
    assert found.unsaved
    assert "Save the project to make its folder whole again" in found.notice
    project_work.save(found.project, folder, found.lock)
    assert open_project(folder) == before
    assert found.lock is not None
    found.lock.release()


def test_project_with_nothing_readable_left_says_so(folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"garbage")
    (folder / "project.json").write_bytes(b"garbage")
    offer = project_work.open_folder(folder)
    assert isinstance(offer, RescueOffer)
    assert offer.rescue is None
    assert "Nothing readable is left" in offer.words
    with pytest.raises(ProjectError):
        project_work.open_rescued(offer)


def test_recovery_opens_in_its_folder_or_as_unsaved_where_that_is_taken(folder: Path, tmp_path: Path) -> None:
    crash(folder, tmp_path / "working")
    (recovery,) = find_recoveries(tmp_path / "working")
    mine = project_work.open_recovery(recovery)
    assert isinstance(mine, Opened)
    assert (mine.folder, mine.unsaved, len(mine.project.events)) == (folder, True, 1)
    taken = project_work.open_recovery(recovery)
    assert isinstance(taken, Opened)
    assert taken.folder is None
    assert "Save it under another name" in taken.notice
    assert mine.lock is not None
    mine.lock.release()


def test_damaged_recovery_falls_back_to_the_last_save_and_keeps_the_copy(
    folder: Path, tmp_path: Path
) -> None:
    crash(folder, tmp_path / "working")
    (recovery,) = find_recoveries(tmp_path / "working")
    with closing(sqlite3.connect(recovery.path)) as connection:
        connection.execute("DROP TABLE lane")
    found = project_work.open_recovery(recovery)
    assert isinstance(found, Opened)
    assert len(found.project.events) == 2  # as it was saved
    assert f"The copy is kept: {recovery.path}" in found.notice
    assert recovery.path.exists()
    assert found.recovered_from is None
    assert found.lock is not None
    found.lock.release()
    with pytest.raises(DamagedProjectError):
        project_work.open_recovery(replace(recovery, folder=None))


def test_saving_elsewhere_takes_that_folder(folder: Path, tmp_path: Path) -> None:
    first = opened(folder)
    saved = project_work.save(first.project, tmp_path / "Copy.msgproj", first.lock)
    assert saved.lock is not first.lock
    assert saved.lock.held
    assert ProjectLock(tmp_path / "Copy.msgproj").acquire() != ""
    assert first.lock is not None
    for lock in (first.lock, saved.lock):
        lock.release()


def test_folder_of_another_window_or_of_other_things_is_not_saved_over(folder: Path, tmp_path: Path) -> None:
    other = opened(folder)
    with pytest.raises(OutputLocationError, match="open for editing by"):
        project_work.save(new_project("Mine"), folder, None)
    assert other.lock is not None
    other.lock.release()
    (tmp_path / "Photos.msgproj").mkdir()
    (tmp_path / "Photos.msgproj" / "a.jpg").write_text("")
    with pytest.raises(OutputLocationError, match="holds other things"):
        project_work.save(new_project("Mine"), tmp_path / "Photos.msgproj", None)


def test_ending_is_appended() -> None:
    assert project_work.with_suffix(Path("/a/Film")) == Path("/a/Film.msgproj")
    assert project_work.with_suffix(Path("/a/Film.v2")) == Path("/a/Film.v2.msgproj")
    assert project_work.with_suffix(Path("/a/Film.msgproj")) == Path("/a/Film.msgproj")


def test_copy_is_a_project_of_its_own(folder: Path) -> None:
    found = project_work.open_copy(folder)
    assert found.folder is None
    assert found.project.id != open_project(folder).id
    assert not (folder / LOCK_FILE).exists()


def test_takes_of_an_unsaved_project_go_when_told_but_not_while_a_crashed_copy_needs_them(
    tmp_path: Path,
) -> None:
    place = project_work.unsaved_folder("abc", tmp_path)
    place.mkdir(parents=True)
    (tmp_path / "working").mkdir()
    needed_by = tmp_path / "working" / "abc-1-123.db"
    needed_by.write_text("")
    project_work.remove_unsaved("abc", tmp_path)
    assert place.is_dir()
    needed_by.unlink()
    project_work.remove_unsaved("abc", tmp_path)
    assert not place.exists()


def test_ids_from_foreign_files_stay_inside(tmp_path: Path) -> None:
    for strange in ("../..", "", "/", "."):
        assert project_work.unsaved_folder(strange, tmp_path).parent == tmp_path / "unsaved"


def test_discarding_a_recovery_removes_its_takes_too(tmp_path: Path) -> None:
    project = new_project("Film")
    copy = WorkingCopy(project, root=tmp_path / "working")
    copy.record(project.with_event(DOOR), "make event")
    copy.close(keep=True)
    takes = project_work.unsaved_folder(project.id, tmp_path)
    takes.mkdir(parents=True)
    (recovery,) = find_recoveries(tmp_path / "working")
    project_work.discard_recovery(recovery, tmp_path)
    assert not takes.exists()
    assert find_recoveries(tmp_path / "working") == ()
