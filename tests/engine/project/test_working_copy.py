import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, ProjectError, WriteError
from engine.project.project import EventSetup, Project, new_project
from engine.project.recovery import default_root, find_recoveries, logged_actions, recover
from engine.project.working_copy import WorkingCopy, time_stamp
from tests.engine.project.samples import event, full_project

CRASH = """
import os, sys
from dataclasses import replace
from pathlib import Path
from engine.project.project import new_project
from engine.project.working_copy import WorkingCopy
from tests.engine.project.samples import event
project = replace(new_project("Crashed"), id="c0ffee")
copy = WorkingCopy(project, root=Path(sys.argv[1]))
for number in range(20):
    project = project.with_event(event(f"e{number}"))
    copy.record(project, f"add e{number}")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "working"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return full_project(tmp_path, tmp_path / "film.mp4")


def crash(copy: WorkingCopy) -> None:
    """End as a killed window does: nothing is removed, the lock is given up."""
    copy.close(keep=True)


def test_every_action_is_there_after_a_kill(root: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", CRASH, str(root)], cwd=Path.cwd(), check=False)
    assert ended.returncode == -9
    (found,) = find_recoveries(root)
    assert (found.name, found.folder, found.events, found.readable) == ("Crashed", None, 20, True)
    assert found.actions[-1] == "add e19"
    assert len(recover(found).events) == 20


def test_recovered_project_is_the_one_of_the_last_action(
    root: Path, tmp_path: Path, project: Project
) -> None:
    copy = WorkingCopy(project, tmp_path / "Film.msgproj", root=root)
    edited = project.with_event(event("e003"), EventSetup(prompt="door")).without_event("e002")
    copy.record(edited, "edit")
    crash(copy)
    (found,) = find_recoveries(root)
    assert found.folder == tmp_path / "Film.msgproj"
    assert recover(found) == edited


def test_window_that_lives_is_not_offered(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    assert find_recoveries(root) == ()
    copy.close()


def test_nothing_is_left_after_a_clean_end(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    copy.close()
    assert list(root.iterdir()) == []


def test_saved_work_is_not_offered_again(root: Path, tmp_path: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    assert len(logged_actions(copy.path)) == 1
    copy.mark_saved(project, tmp_path / "Film.msgproj")
    assert logged_actions(copy.path) == []
    crash(copy)
    assert find_recoveries(root) == ()
    next_copy = WorkingCopy(project, root=root)
    assert {path.stem for path in root.iterdir()} == {next_copy.path.stem}  # the leftover is gone
    next_copy.close()


def test_actions_after_what_was_saved_stay_unsaved(root: Path, tmp_path: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project.with_event(event("e003")), "one")
    now = project.with_event(event("e004"))
    copy.record(now, "two")
    copy.mark_saved(now, tmp_path / "Film.msgproj", newer_actions=1)
    crash(copy)
    (found,) = find_recoveries(root)
    assert (found.actions, found.folder) == (("two",), tmp_path / "Film.msgproj")
    assert recover(found) == now


def test_burst_is_one_transaction_that_keeps_every_word(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    now = project.with_event(event("e003"))
    copy.record_all(now, [("one", time_stamp()), ("two", time_stamp())])
    crash(copy)
    (found,) = find_recoveries(root)
    assert found.actions == ("one", "two")
    assert recover(found) == now


def test_second_crash_offers_the_newer_state(root: Path, project: Project) -> None:
    first = WorkingCopy(project, root=root)
    once = project.with_event(event("e003"))
    first.record(once, "one")
    crash(first)
    (found,) = find_recoveries(root)
    second = WorkingCopy(recover(found), root=root, recovered_from=found)
    assert [words for words, _ in logged_actions(second.path)] == ["one"]
    twice = once.with_event(event("e004"))
    second.record(twice, "two")
    crash(second)
    (again,) = find_recoveries(root)
    assert again.actions == ("one", "two")
    assert recover(again) == twice


def test_later_deletes_nothing(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    crash(copy)
    other = WorkingCopy(new_project("Other"), root=root)
    other.close()
    assert len(find_recoveries(root)) == 1


def test_copy_that_another_window_recovers_is_left_alone(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    crash(copy)
    (found,) = find_recoveries(root)
    first = WorkingCopy(recover(found), root=root, recovered_from=found)
    before = set(root.iterdir())
    with pytest.raises(ProjectError):
        WorkingCopy(project, root=root, recovered_from=found)
    assert set(root.iterdir()) == before
    first.close()


def test_instances_of_one_project_do_not_share_a_copy(root: Path, project: Project) -> None:
    first, second = WorkingCopy(project, root=root), WorkingCopy(project, root=root)
    assert first.path != second.path
    assert first.path.name.startswith(f"{project.id}-{os.getpid()}-")
    first.close()
    second.close()


def test_damaged_copy_is_shown_and_kept(root: Path) -> None:
    root.mkdir()
    bad = root / f"abc-1-{1_700_000_000 * 10**9}.db"
    bad.write_bytes(b"garbage" * 1000)
    (found,) = find_recoveries(root)
    assert (found.readable, found.started.year) == (False, 2023)
    with pytest.raises(ProjectError, match=r"abc-1-.* is damaged.*Open the last save.*the copy is kept"):
        recover(found)
    WorkingCopy(new_project("Other"), root=root).close()
    assert bad.exists()


def test_copy_of_a_newer_program_is_named(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    copy.record(project, "edit")
    crash(copy)
    with closing(sqlite3.connect(copy.path)) as connection:
        connection.execute("PRAGMA user_version = 5")
    (found,) = find_recoveries(root)
    with pytest.raises(ProjectError, match="schema version 5"):
        recover(found)


def test_full_disk_is_told_and_the_next_action_makes_up_for_it(root: Path, project: Project) -> None:
    copy = WorkingCopy(project, root=root)
    pages = copy._connection.execute("PRAGMA page_count").fetchone()[0]
    copy._connection.execute(f"PRAGMA max_page_count = {pages}")
    large = project.with_event(event("e003"), EventSetup(note="x" * 100_000))
    with pytest.raises(WriteError, match="save the project; it is whole in memory"):
        copy.record(large, "note")
    copy._connection.execute("PRAGMA max_page_count = 100000")
    copy.record(large, "again")
    crash(copy)
    (found,) = find_recoveries(root)
    assert found.actions == ("again",)
    assert recover(found) == large


def test_file_in_place_of_the_folder_is_named(tmp_path: Path, project: Project) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((OutputLocationError, WriteError), match="file"):
        WorkingCopy(project, root=tmp_path / "file")


def test_ids_from_foreign_files_cannot_leave_the_folder(root: Path) -> None:
    copy = WorkingCopy(replace(new_project("Film"), id="../../evil"), root=root)
    assert copy.path.parent == root
    copy.close()


def test_working_copies_lie_in_the_users_data_folder() -> None:
    assert default_root().is_relative_to(os.environ.get("XDG_DATA_HOME", "/"))
