import subprocess
import sys
from pathlib import Path

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
