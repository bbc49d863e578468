import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.project.project_lock import LOCK_FILE, Holder, ProjectLock

HOLD = """
import sys
from pathlib import Path
from engine.project.project_lock import ProjectLock
lock = ProjectLock(Path(sys.argv[1]))
print(lock.acquire() or "mine", flush=True)
sys.stdin.read()
lock.release()
"""
ELSEWHERE = Holder("studio-b", 4711, "ann", "2026-01-02T10:30:00+00:00")


def note(folder: Path, holder: Holder) -> None:
    (folder / LOCK_FILE).write_text(json.dumps(asdict(holder)))


def test_one_window_edits_and_the_next_is_told_who_it_is(tmp_path: Path) -> None:
    first, second = ProjectLock(tmp_path), ProjectLock(tmp_path)
    assert first.acquire() == ""
    sentence = second.acquire()
    assert sentence.startswith("it is open for editing by ")
    assert f"on this machine (process {os.getpid()}, since " in sentence
    assert not second.held
    second.release()  # takes nothing from the first
    assert first.held
    first.release()
    assert list(tmp_path.iterdir()) == []
    assert second.acquire() == ""
    second.release()


def test_two_processes_and_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"mine"
        mine = ProjectLock(tmp_path)
        assert f"(process {holder.pid}, since" in mine.acquire()
        holder.kill()
        holder.wait()
    assert mine.acquire() == ""  # its text is still there, its lock is not
    mine.release()


def test_text_from_another_machine_is_believed_until_the_user_says_otherwise(tmp_path: Path) -> None:
    note(tmp_path, ELSEWHERE)
    lock = ProjectLock(tmp_path)
    assert lock.acquire().startswith("it was opened for editing by ann on studio-b (process 4711, since ")
    assert (lock.held, lock.held_by_note) == (False, True)
    assert lock.acquire(over_other_machines=True) == ""
    assert (lock.held, lock.held_by_note) == (True, False)
    assert (mine := lock.holder()) is not None
    assert (mine.host, mine.pid) == (socket.gethostname(), os.getpid())
    lock.release()


@pytest.mark.parametrize("text", ["", "garbage", "[1]", '{"host": "x"}'])
def test_unreadable_text_holds_nobody_off(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK_FILE).write_text(text)
    lock = ProjectLock(tmp_path)
    assert lock.holder() is None
    assert lock.acquire() == ""
    lock.release()


def test_folder_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    assert "nothing can be written in its folder" in ProjectLock(tmp_path).acquire()


def test_strange_time_is_shown_as_it_is() -> None:
    assert "since yesterday)" in replace(ELSEWHERE, since="yesterday").in_words()
