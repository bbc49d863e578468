"""The set-up's own decisions; the set-up as a whole is run from a bare system by hand and in CI."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, working in a folder of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("a", encoding="ascii")
    (tmp_path / "constraints.txt").write_text("b", encoding="ascii")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "bootstrap.stamp")
    monkeypatch.setattr(module, "CONSTRAINTS", tmp_path / "constraints.txt")
    return module


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_unknown_command_is_wrong_use() -> None:
    answer = run_script("fly")
    assert answer.returncode == 2
    assert "demo" in answer.stderr
    assert "test" in answer.stderr


def test_no_command_is_wrong_use() -> None:
    assert run_script().returncode == 2


def test_only_the_standard_library_is_imported() -> None:
    code = (
        "import runpy, sys; before = set(sys.modules); runpy.run_path(sys.argv[1]); "
        "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-c", code, str(SCRIPT)], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_old_python_is_refused_with_both_versions(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    with pytest.raises(bootstrap.SetupError, match=r"Python 3\.9\.2 is too old: 3\.11 or newer") as caught:
        bootstrap.check_python()
    assert caught.value.exit_code == 3


def test_missing_venv_module_names_the_package(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(bootstrap.SetupError, match="apt-get install -y python3-venv"):
        bootstrap.check_venv_module()


def test_full_disk_is_refused_before_the_download(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 3 * 2**30})
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(bootstrap.SetupError, match=r"3\.0 GiB are free"):
        bootstrap.check_disk()


def test_environment_is_current_until_a_requirement_changes(bootstrap: ModuleType) -> None:
    python = bootstrap.venv_program("python")
    python.parent.mkdir(parents=True)
    python.touch()
    assert not bootstrap.is_current()
    bootstrap.STAMP.write_text(bootstrap.wanted_stamp(), encoding="ascii")
    assert bootstrap.is_current()
    bootstrap.CONSTRAINTS.write_text("c", encoding="ascii")
    assert not bootstrap.is_current()


def test_programs_lie_where_each_system_puts_them(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap.venv_program("msg-engine") == bootstrap.VENV / "bin" / "msg-engine"
    monkeypatch.setattr(bootstrap.os, "name", "nt")
    assert bootstrap.venv_program("msg-engine") == bootstrap.VENV / "Scripts" / "msg-engine.exe"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
        (
            "Retrying after NewConnectionError: Temporary failure in name resolution",
            "no package index answered",
        ),
        ("ERROR: Package 'x' requires a different Python", "pip's message stands above"),
    ],
)
def test_pip_failure_is_put_in_words(bootstrap: ModuleType, line: str, reason: str) -> None:
    assert reason in bootstrap.pip_failure([line.lower()])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lacks libraries of Qt")
def test_missing_library_is_found_with_its_package(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "libraries.tsv"
    rows = ["library\tdebian_package\tneeded_for", "libc.so.6\tlibc6\toffscreen"]
    rows += ["libnowhere.so.9\tlibnowhere9\toffscreen", "libelsewhere.so.1\tlibelsewhere1\tsound"]
    table.write_text("\n".join(rows), encoding="ascii")
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", table)
    assert bootstrap.missing_libraries({"offscreen"}) == {"libnowhere.so.9": "libnowhere9"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_display_is_x11_or_wayland(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not bootstrap.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert bootstrap.has_display()
