"""Runs msg-engine inside the test's process and keeps what it said."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from engine.cli.app import run


@dataclass(frozen=True)
class Outcome:
    """Exit status and both streams of a run."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def stages(self) -> list[str]:
        """Stages named by the JSON lines on stderr, in the order they began."""
        return list(dict.fromkeys(json.loads(line)["stage"] for line in self.err.splitlines()))


def engine(*arguments: object) -> Outcome:
    """Run msg-engine with arguments."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([str(argument) for argument in arguments])
    return Outcome(status, out.getvalue(), err.getvalue())


def assert_refused(outcome: Outcome, status: int, *words: str) -> None:
    """One sentence that holds the words, the status wanted, and no traceback."""
    assert outcome.status == status, outcome
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1, outcome.err
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err


def assert_refused_in_json(outcome: Outcome, status: int, kind: str, *words: str) -> None:
    """One JSON error on stdout that holds the words, and only progress on stderr."""
    assert outcome.status == status, outcome
    assert set(outcome.document) == {"schema", "error"}
    assert outcome.document["schema"] == 1
    error = outcome.document["error"]
    assert (error["kind"], error["exit_code"]) == (kind, status)
    assert all(json.loads(line)["stage"] for line in outcome.err.splitlines())
    for word in words:
        assert word in error["message"]
