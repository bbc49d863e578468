"""Starting the window on machines that cannot show one, and what it never loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import InputError
from msg_studio import start_checks
from tests.msg_studio.scene import saved_project

OFFSCREEN = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")


def start_studio(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "msg_studio", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@ON_LINUX
def test_no_display_is_a_sentence_and_exit_2() -> None:
    answer = start_studio(environment={"PATH": "/usr/bin"})
    assert answer.returncode == 2
    assert "there is no display here" in answer.stderr
    assert "msg-engine foley CLIP -o FOLDER" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_missing_project_is_a_sentence_and_exit_2() -> None:
    answer = start_studio("nowhere/Film.msgproj", environment=OFFSCREEN)
    assert answer.returncode == 2
    assert "Film.msgproj" in answer.stderr
    assert "Traceback" not in answer.stderr


@ON_LINUX
@pytest.mark.parametrize(
    "environment",
    [{"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}, {"QT_QPA_PLATFORM": "offscreen"}],
)
def test_display_or_offscreen_lets_the_window_start(environment: dict[str, str]) -> None:
    start_checks.check_display(environment)  # raises where it does not


@ON_LINUX
def test_missing_libraries_come_with_the_line_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"libEGL.so.1", "libxcb-cursor.so.0"}
    monkeypatch.setattr(start_checks, "is_loadable", lambda library: library not in absent)
    with pytest.raises(InputError, match=r"--no-install-recommends libegl1 libxcb-cursor0$"):
        start_checks.check_system_libraries({"DISPLAY": ":0"})
    with pytest.raises(InputError, match=r"--no-install-recommends libegl1$"):
        start_checks.check_system_libraries({"QT_QPA_PLATFORM": "offscreen"})


HEAVY = {"torch", "torchaudio", "transformers", "huggingface_hub"}


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("msg_studio.views.main_window", HEAVY),
        ("msg_studio.workshop", HEAVY),
        ("msg_studio.studio", HEAVY | {"av", "numpy", "pydantic", "pyqtgraph"}),  # the window is up at once
    ],
)
def test_the_window_process_does_not_load(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(sorted({never!r} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_window_opens_a_project_and_leaves_without_a_word(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from PySide6.QtWidgets import QApplication; "
        "from msg_studio.app import run; QApplication.exec = QApplication.processEvents; "
        "run(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(saved_project(tmp_path))]
    answer = subprocess.run(command, env=OFFSCREEN, capture_output=True, text=True, check=False)
    complaints = answer.stderr.replace("This plugin does not support propagateSizeHints()", "").strip()
    assert (answer.returncode, answer.stdout, complaints) == (0, "", "")
