"""The wheel brings everything along: built, installed beside the libraries, used far from the checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import QT_ERROR

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """An installation of the wheel.

    Attributes:
        folder: The virtual environment.
        engine: Folder of the engine package in it.
        elsewhere: An empty folder to run in.
    """

    folder: Path
    engine: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, as a user would."""
        return run([str(self.folder / "bin" / program), *arguments], self.elsewhere)


def run(command: Sequence[str], where: Path) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    surroundings.pop("PYTHONPATH", None)
    return subprocess.run(
        command, cwd=where, env=surroundings, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a virtual environment that sees our libraries and not our checkout."""
    folder = tmp_path_factory.mktemp("installed")
    wheels, elsewhere = folder / "wheels", folder / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    offline = ["--no-deps", "--no-index", "--no-cache-dir"]
    built = run([*pip, "wheel", *offline, "--no-build-isolation", "-w", str(wheels), str(ROOT)], elsewhere)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    home = folder / "venv"
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # A path file adds the folder of the libraries and reads no path files in it: not our editable install's.
    (packages / "libraries.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    python = ["--python", str(home / "bin" / "python")]
    put = run(
        [*pip, *python, "install", *offline, "--no-compile", "--ignore-installed", str(wheel)], elsewhere
    )
    assert put.returncode == 0, put.stderr
    return Installed(home, packages / "engine", elsewhere)


def files_of(folder: Path) -> set[tuple[str, int, float]]:
    found = ((path, path.stat()) for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {(str(path), status.st_size, status.st_mtime) for path, status in found if path.is_file()}


def test_the_checkout_is_out_of_reach(installed: Installed) -> None:
    code = "import engine, msg_studio, trainer; print(engine.__file__, msg_studio.__file__, trainer.__file__)"
    places = installed.run("python", "-c", code).stdout.split()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(installed.folder) for place in places)


def test_every_asset_but_the_pictures_of_the_readme_comes_along(installed: Installed) -> None:
    wanted = {path.relative_to(ROOT / "assets") for path in (ROOT / "assets").rglob("*") if path.is_file()}
    there = installed.engine / "_assets"
    brought = {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    assert brought == {path for path in wanted if path.parts[0] != "pictures"}
    assert {"models", "fonts", "icons", "demo", "ucs"} <= {path.parts[0] for path in brought}


def test_desktops_find_the_program_and_its_icon(installed: Installed) -> None:
    share = installed.folder / "share"
    entry = (share / "applications" / "msg-studio.desktop").read_text(encoding="utf-8")
    assert re.search(r"^Exec=msg-studio %f$", entry, re.MULTILINE)
    icon = re.search(r"^Icon=(.*)$", entry, re.MULTILINE)
    assert icon is not None
    assert (share / "icons" / "hicolor" / "scalable" / "apps" / f"{icon[1]}.svg").is_file()


@pytest.mark.skipif(bool(QT_ERROR), reason="Qt does not load here")
def test_selftest_passes_and_leaves_the_installation_as_it_was(installed: Installed) -> None:
    before = files_of(installed.folder)
    answer = installed.run("msg-studio", "--selftest")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0].split() == ["font", "Studio", "Inter"]
    assert lines[-1].split() == ["selftest", "passed"]
    assert files_of(installed.folder) == before


def test_engine_makes_the_sound_of_its_own_demo(installed: Installed) -> None:
    film = installed.engine / "_assets" / "demo" / "demo.mp4"
    out = installed.elsewhere / "out"
    answer = installed.run("msg-engine", "foley", str(film), "-o", str(out), "--takes", "1", "--steps", "2")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (out / "mix.wav").stat().st_size > 48_000 * 11 * 3
    assert list((out / "stems").glob("*.wav"))


def test_trainer_starts(installed: Installed) -> None:
    answer = installed.run("msg-train", "--help")
    assert answer.returncode == 0, answer.stderr
    assert "train-flow" in answer.stdout
