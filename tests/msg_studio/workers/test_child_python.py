import os
import subprocess
import sys
from pathlib import Path

from msg_studio.workers.child_python import child_command, child_environment


def test_child_finds_our_packages_from_any_folder(tmp_path: Path) -> None:
    environment = child_environment()
    variables = {name: environment.value(name) for name in environment.keys()}  # noqa: SIM118  # not a dict
    program, *arguments = child_command("engine.media.proxy", "--help")
    found = subprocess.run(
        [program, *arguments], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "Make the proxy of a film" in found.stdout


def test_current_folder_is_not_on_the_path_of_the_child() -> None:
    assert child_command("engine.server", "--x") == (sys.executable, "-P", "-m", "engine.server", "--x")
    assert "" not in child_environment().value("PYTHONPATH", "unset").split(os.pathsep)
