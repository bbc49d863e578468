"""Set up a fresh checkout and run it.

    python3 packaging/bootstrap.py demo     the sample clip: in the window, or headless without a display
    python3 packaging/bootstrap.py test     lint, format, types and tests

Needs nothing but Python 3.11 with its venv module. Makes `.venv` with the tested versions,
on Debian and Ubuntu as root also installs the system libraries that are missing, and does
nothing twice: a second run starts at once. Exit status: 0 done, 2 wrong use, 3 something
this machine lacks, 4 the work failed.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "bootstrap.stamp"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
SYSTEM_LIBRARIES = ROOT / "assets" / "system_libraries.tsv"
DEMO_CLIPS = ROOT / "assets" / "demo"
DEMO_OUTPUT = ROOT / "demo_out"
EXTRAS = "test,dev,train"
OLDEST_PYTHON = (3, 11)
NEEDED_GIB = 7

NO_INDEX_SIGNS = (
    "newconnectionerror",
    "name resolution",
    "max retries",
    "connection broken",
    "connecttimeout",
    "network is unreachable",
    "proxyerror",
)


class SetupError(Exception):
    """Something that stops the set-up, in words for the user; carries the exit status."""

    def __init__(self, message: str, exit_code: int = 3) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def say(sentence: str) -> None:
    """One line to the user."""
    print(f"[bootstrap] {sentence}", flush=True)


# ── what this machine has ──


def check_python() -> None:
    """Refuse a Python that is too old, and say which one is needed."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python {found} is too old: 3.11 or newer is needed. Install it and run this command "
            "with it, for example: python3.11 packaging/bootstrap.py demo"
        )


def check_venv_module() -> None:
    """Refuse a Python that cannot make virtual environments; Debian packs that part separately."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            f"The Python at {sys.executable} has no venv module. On Debian and Ubuntu: "
            "apt-get install -y python3-venv. Then run the same command again."
        )


def has_display() -> bool:
    """Whether a window can be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_loadable(library: str) -> bool:
    """Whether the dynamic loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries(purposes: set[str]) -> dict[str, str]:
    """Shared libraries that are wanted and absent, with their Debian packages; none but on Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    rows = [line.split("\t") for line in SYSTEM_LIBRARIES.read_text(encoding="ascii").splitlines()[1:]]
    return {
        library: package
        for library, package, needed_for in rows
        if needed_for in purposes and not is_loadable(library)
    }


def install_system_libraries(purposes: set[str]) -> None:
    """Install what is missing with apt as root; otherwise say how and go on."""
    missing = missing_libraries(purposes)
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing.values()]
    if shutil.which("apt-get") is None:
        say(f"The window needs libraries that were not found: {', '.join(missing)}. Install them, please.")
        return
    if os.geteuid() != 0:
        say(f"The window needs system libraries. Please run: sudo {' '.join(install)}")
        return
    say(f"Installing {len(missing)} system libraries: {' '.join(missing.values())}")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update", "-q"], [*install, "-q"]):
        if subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            raise SetupError(
                f"'{' '.join(command)}' failed; its message stands above. The usual reason is no network. "
                "Put it right and run the same command again."
            )


# ── the virtual environment ──


def venv_program(name: str) -> Path:
    """Path of a program inside the virtual environment."""
    if os.name == "nt":
        return VENV / "Scripts" / f"{name}.exe"
    return VENV / "bin" / name


def wanted_stamp() -> str:
    """What the environment must have been made from: requirements, Python, place, extras."""
    digest = hashlib.sha256()
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version_info[:2]} {ROOT} {EXTRAS}".encode())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the environment is complete and made from today's requirements."""
    return (
        STAMP.is_file()
        and STAMP.read_text(encoding="ascii") == wanted_stamp()
        and venv_program("python").exists()
    )


def venv_python_works() -> bool:
    """Whether `.venv` holds a Python of our version, with pip."""
    if not venv_program("python").exists():
        return False
    probe = "import pip, sys; print(*sys.version_info[:2])"
    answer = subprocess.run(
        [str(venv_program("python")), "-c", probe], capture_output=True, text=True, check=False
    )
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_venv() -> None:
    """Make `.venv`, replacing one that is broken or of another Python."""
    if venv_python_works():
        return
    check_venv_module()
    say(f"Making the virtual environment {VENV}")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, check=False).returncode != 0:
        raise SetupError(f"'{' '.join(command)}' failed; its message stands above. Is {ROOT} writable?")


def check_disk() -> None:
    """Refuse early when the packages cannot fit."""
    free_gib = shutil.disk_usage(ROOT).free / 2**30
    if free_gib < NEEDED_GIB:
        raise SetupError(
            f"{free_gib:.1f} GiB are free at {ROOT}; the packages need {NEEDED_GIB} GiB. Make room, "
            "or move the checkout to a larger disk, and run the same command again."
        )


def install_packages() -> None:
    """Install this checkout and its packages, in the tested versions, into `.venv`."""
    say("Installing the Python packages (about 5 GB the first time, a few minutes)")
    command = [str(venv_program("python")), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--constraint", str(CONSTRAINTS), "--editable", f".[{EXTRAS}]"]
    pip = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert pip.stdout is not None
    lines = []
    for line in pip.stdout:
        lines.append(line.lower())
        if not line.startswith("Requirement already satisfied"):
            print(line, end="", flush=True)
    if pip.wait() != 0:
        raise SetupError(f"The Python packages could not be installed: {pip_failure(lines)}")


def pip_failure(lines: list[str]) -> str:
    """The likely reason and the remedy, from pip's own lines (lower case)."""
    text = "\n".join(lines)
    if "no space left" in text:
        return f"the disk is full. The packages need {NEEDED_GIB} GiB at {ROOT} and room in the temp folder."
    if any(sign in text for sign in NO_INDEX_SIGNS):
        return (
            "no package index answered. Check the network (behind a proxy, set HTTPS_PROXY), "
            "then run the same command again: it goes on from here."
        )
    return "pip's message stands above. Put it right and run the same command again."


def set_up(library_purposes: set[str]) -> None:
    """Bring this checkout to the state in which its programs run."""
    check_python()
    install_system_libraries(library_purposes)
    if is_current():
        return
    STAMP.unlink(missing_ok=True)
    make_venv()
    check_disk()
    install_packages()
    STAMP.write_text(wanted_stamp(), encoding="ascii")
    say("Set-up is complete.")


# ── the two commands ──


def demo() -> int:
    """Open the sample project in the window; without a display make the sound of the sample clip."""
    set_up({"offscreen", "desktop", "sound"} if has_display() else set())
    if has_display():
        return run_program("msg-studio", "--sample")
    clip = next(iter(sorted(DEMO_CLIPS.glob("*.mp4"))), None)
    if clip is None:
        raise SetupError(f"No sample clip in {DEMO_CLIPS}: the checkout is incomplete. Clone it again.")
    say(f"Making the sound of {clip.relative_to(ROOT)}")
    status = run_program("msg-engine", "foley", str(clip), "-o", str(DEMO_OUTPUT))
    if status == 0:
        list_results()
        say("No display here, so no window. On a desktop this command opens the sample project in it.")
    return status


def list_results() -> None:
    """Say where everything lies that the sample clip became."""
    kinds = {
        "project": "*.msgproj",
        "stems": "**/stems/*.wav",
        "mix": "*mix*.wav",
        "preview": "*preview*.m*",
        "heatmaps": "**/*.png",
    }
    for kind, pattern in kinds.items():
        for path in sorted(DEMO_OUTPUT.glob(pattern)):
            say(f"{kind:9} {path}")


def test() -> int:
    """Lint, format, types and tests; GUI tests that cannot run count as a failure."""
    set_up({"offscreen"})
    os.environ.setdefault("MSG_REQUIRE_GUI_TESTS", "1")
    return run_program("python", str(ROOT / "packaging" / "check.py"))


def run_program(name: str, *arguments: str) -> int:
    """Run a program of the virtual environment in the repository root; its exit status."""
    return subprocess.run([str(venv_program(name)), *arguments], cwd=ROOT, check=False).returncode


def main() -> int:
    """Read the command line, set up, run; the exit status."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Set up this checkout and run it.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="the sample clip, in the window or headless").set_defaults(run=demo)
    commands.add_parser("test", help="lint, format, types and tests").set_defaults(run=test)
    arguments = parser.parse_args()
    try:
        return int(arguments.run())
    except SetupError as error:
        print(f"[bootstrap] {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        print("\n[bootstrap] Stopped. Run the same command again to go on.", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
