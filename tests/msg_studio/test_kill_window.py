"""Kill -9 after each of fifty random actions: every finished action is recovered.

Ten windows are killed in fact. The other forty points are copies of a window's working copy and
its write-ahead log, taken while it waits for the next line: its autosave has nothing to do, so
nothing in the files moves. That equals a kill at that point, since a kill takes nothing back that
a process has handed to the system with write(), and the lock and the shared index (-shm), which
are not copied, do not outlive a process either.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.project.recovery import find_recoveries, recover
from tests.msg_studio.acting_window import fingerprint

POINTS_IN_ONE_WINDOW = 5
ROOT_OF_TREE = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signal")


class ActingWindow:
    """A window in a process of its own that acts when told to."""

    def __init__(self, root: Path, seed: int) -> None:
        command = [sys.executable, "-m", "tests.msg_studio.acting_window", str(root), str(seed)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT_OF_TREE
        )

    def ask_for(self, actions: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("act\n" * actions)
        self.process.stdin.flush()

    def told(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        position, state = self.process.stdout.readline().split()
        return int(position), state

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        assert self.process.returncode == -signal.SIGKILL


def recovered(root: Path) -> tuple[int, str]:
    (found,) = find_recoveries(root)
    return len(found.actions), fingerprint(recover(found))


def copied(root: Path, place: Path) -> Path:
    place.mkdir()
    for file in root.iterdir():
        if file.name.endswith((".db", ".db-wal")):
            shutil.copyfile(file, place / file.name)
    return place


@pytest.mark.parametrize("seed", range(10))
def test_every_finished_action_is_recovered(tmp_path: Path, seed: int) -> None:
    dice = random.Random(1000 + seed)
    root = tmp_path / "working"
    window = ActingWindow(root, seed)
    try:
        for point in range(POINTS_IN_ONE_WINDOW):
            actions = dice.randrange(1, 9)
            window.ask_for(actions)
            last = [window.told() for _ in range(actions)][-1]
            if point < POINTS_IN_ONE_WINDOW - 1:
                assert recovered(copied(root, tmp_path / f"point{point}")) == last
    finally:
        window.kill()
    assert recovered(root) == last


@pytest.mark.parametrize("seed", range(20, 23))
def test_kill_in_the_middle_of_the_writing_loses_no_finished_action(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "working"
    window = ActingWindow(root, seed)
    try:
        window.ask_for(200)
        finished = [window.told() for _ in range(10 + seed)][-1]
    finally:
        window.kill()  # it is busy with one of the next actions
    count, state = recovered(root)
    assert count >= finished[0]
    if count == finished[0]:
        assert state == finished[1]
