"""The window with the sample project opens and closes in a process of its own, which ends well."""

import os
import subprocess
import sys

import pytest

from msg_studio.bench.open_close import ONCE


@pytest.mark.parametrize("run", range(3))
def test_process_ends_with_0(run: int) -> None:
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "msg_studio.bench.open_close", ONCE],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Error" not in answer.stderr
