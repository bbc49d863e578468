import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.output import answer, complain, progress_shown
from engine.progress import Progress

ROOT = Path(__file__).parents[3]


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


def test_json_progress_is_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_shown(as_json=True) as listener:
        listener(Progress("generate", 1, 2, "é"))
        listener(Progress("generate", 2, 2))
    said = capsys.readouterr()
    assert said.out == ""
    assert [json.loads(line)["done"] for line in said.err.splitlines()] == [1, 2]


def test_bars_move_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")  # a dumb terminal shows no bars
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_shown(as_json=False) as listener:
            listener(Progress("generate", 1, 2, "e001"))
        assert ("generate e001" in stream.getvalue()) == shown


def test_answer_is_a_document_or_lines(capsys: pytest.CaptureFixture[str]) -> None:
    answer({"schema": 1, "name": "é"}, ["one", "two"], as_json=True)
    answer({}, ["one", "two"], as_json=False)
    assert capsys.readouterr().out == '{"schema": 1, "name": "é"}\none\ntwo\n'


def test_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("WriteError", "two\n  lines", exit_code=4, as_json=False)
    assert capsys.readouterr() == ("", "two lines\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("as_json", ["--json", ""])
def test_stdout_on_a_full_disk_fails_in_a_sentence(silent_film: Path, as_json: str) -> None:
    command = [sys.executable, "-c", "from engine.cli.app import main; main()", "probe", str(silent_film)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, *filter(None, [as_json])],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "error"},
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "could not be written to standard output (No space left on device)" in done.stderr
