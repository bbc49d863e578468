"""Starts an engine process as the window does and speaks its protocol, without Qt."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from engine.orders import Order
from engine.protocol import EngineMessage, JobProgress, Message, StartJob, decode, encode
from engine.records import Event, HitPoint
from engine.timing import TimeRange

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60
EVENT = Event("e001", "props", "METLImpt", TimeRange(28_800, 48_000), (HitPoint(36_000),), 1.0, "")

Kind = TypeVar("Kind")


class EngineChild:
    """A child process.

    Args:
        program: What follows the interpreter: ("-m", "engine.server", ...).
        scratch: Temporary folder of the process.
    """

    def __init__(self, program: Sequence[object], scratch: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"}
        self.complaints = scratch / "stderr.txt"
        with self.complaints.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-P", *map(str, program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                cwd=scratch,
            )
        self.heard: list[EngineMessage] = []
        self._numbers = 0

    @property
    def stderr(self) -> str:
        """What it printed."""
        return self.complaints.read_text(encoding="utf-8")

    @property
    def stages(self) -> list[str]:
        """Stages of all jobs so far, in the order they began, repeats left out."""
        stages = (message.progress.stage for message in self.heard if isinstance(message, JobProgress))
        return list(dict.fromkeys(stages))

    def send(self, message: Message) -> None:
        """Send a message."""
        self.send_bytes(encode(message))

    def send_bytes(self, data: bytes) -> None:
        """Send what may be no message at all."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, order: Order) -> int:
        """Start a job; its number."""
        self._numbers += 1
        self.send(StartJob(self._numbers, order))
        return self._numbers

    def next(self) -> EngineMessage:
        """The next message; fails when the process ended instead."""
        assert self.process.stdout is not None
        head = self.process.stdout.read(4)
        assert len(head) == 4, f"the engine ended with status {self.process.wait()}: {self.stderr}"
        message = decode(self.process.stdout.read(int.from_bytes(head, "big")))
        assert isinstance(message, EngineMessage)
        self.heard.append(message)
        return message

    def until(self, kind: type[Kind]) -> Kind:
        """Read on to a message of this kind."""
        while True:
            message = self.next()
            if isinstance(message, kind):
                return message

    def answer(self, order: Order, kind: type[Kind]) -> Kind:
        """Start a job and read on to its end, of the kind that is expected."""
        self.ask(order)
        while True:
            message = self.next()
            if not message.type.startswith("job ") or isinstance(message, JobProgress):
                continue
            assert isinstance(message, kind), message
            return message

    def close(self) -> int:
        """Close its stdin, as the end of the window does; its status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.stdout.read()
            self.process.stdout.close()
        return self.process.wait(PATIENCE_S)
