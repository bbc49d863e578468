"""Ctrl-C while msg-engine still loads, in processes of their own."""

import json
import subprocess
import sys

import pytest

from engine.cli.documents import SCHEMA
from engine.cli.entry import SCHEMA as SCHEMA_BEFORE_LOADING

# Raises the signal where the heavy import would be, so that the test waits for nothing.
INTERRUPTED = """
import signal, sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "engine.cli.app":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["msg-engine", *sys.argv[1:]]
from engine.cli.entry import main
main()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def interrupted(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-c", INTERRUPTED, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_interrupt_while_loading_is_one_sentence() -> None:
    ended = interrupted("probe", "film.mp4")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr == "Stopped on request before the work began.\n"


def test_an_interrupt_while_loading_is_a_document_where_one_was_asked_for() -> None:
    ended = interrupted("probe", "film.mp4", "--json")
    assert (ended.returncode, ended.stderr) == (4, "")
    document = json.loads(ended.stdout)
    assert (document["schema"], document["error"]["kind"]) == (SCHEMA, "Cancelled")
    assert SCHEMA_BEFORE_LOADING == SCHEMA
