import subprocess
import sys

import pytest

from msg_studio.bench import open_close
from msg_studio.bench.open_close import Opening, rows_of


def test_each_way_to_end_has_a_row() -> None:
    openings = [Opening(0, 900.0), Opening(-11, 700.0), Opening(0, 1100.0)]
    assert rows_of(openings) == [("signal 11", "1", "700", "700"), ("exit 0", "2", "900", "1100")]


@pytest.mark.parametrize(("status", "verdict"), [(0, "met"), (-11, "MISSED")])
def test_a_process_that_ends_badly_misses_the_goal(
    status: int, verdict: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(open_close, "open_and_close", lambda times: [Opening(status, 1.0)] * times)
    monkeypatch.setattr(sys, "argv", ["open_close", "3"])
    assert (open_close.main() == 0) == (verdict == "met")
    assert f"opened and closed 3 times; goal exit 0 {verdict};" in capsys.readouterr().out


def test_window_with_the_sample_project_closes_well() -> None:
    command = [sys.executable, "-m", "msg_studio.bench.open_close", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exit 0" in done.stdout
