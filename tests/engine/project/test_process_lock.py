import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.project import process_lock
from engine.project.process_lock import ProcessLock

HOLD = """
import sys
from pathlib import Path
from engine.project.process_lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "a.lock"), ProcessLock(tmp_path / "a.lock")
    assert first.acquire()
    assert not second.acquire()
    first.release(remove=True)
    assert second.acquire()
    second.release(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_killed_process_gives_its_lock_up(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"True"
        mine = ProcessLock(path)
        assert not mine.acquire()
        holder.kill()
    assert mine.acquire()
    mine.release()


def test_note_of_the_holder_is_read_by_others_and_replaced_whole(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path / "a.lock")
    assert lock.acquire()
    lock.write_note(b"a long note")
    lock.write_note(b"short")
    assert lock.path.read_bytes() == b"short"
    lock.release()
    with pytest.raises(ValueError, match="not held"):
        lock.write_note(b"no")


def test_lock_removed_between_opening_and_locking_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lock"
    lock_in_fact = process_lock._lock
    removals = iter([True, False])

    def lock_after_the_last_holder_left(handle: BinaryIO) -> None:
        if next(removals):
            path.unlink()
        lock_in_fact(handle)

    monkeypatch.setattr(process_lock, "_lock", lock_after_the_last_holder_left)
    mine = ProcessLock(path)
    assert mine.acquire()
    monkeypatch.undo()
    assert path.exists()
    assert not ProcessLock(path).acquire()
    mine.release()
