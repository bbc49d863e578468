"""What all tests share: offscreen Qt, private user folders, no hub, no accelerator tests without one."""

import os
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
if sys.platform == "linux":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

try:
    import PySide6.QtWidgets  # noqa: F401

    QT_ERROR = ""
except ImportError as error:
    QT_ERROR = str(error)

collect_ignore = ["msg_studio"] if QT_ERROR else []


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Take pytest-qt out before it looks for Qt, so that the engine's tests run without it."""
    if not QT_ERROR:
        return
    if os.environ.get("MSG_REQUIRE_GUI_TESTS", "0") not in ("", "0"):
        raise pytest.UsageError(f"GUI tests cannot run: {QT_ERROR}. {remedy()}")
    plugin = pluginmanager.get_plugin("pytest-qt")
    if plugin is not None:
        pluginmanager.unregister(plugin)


def remedy() -> str:
    """What to install, in one sentence."""
    return (
        "On Debian and Ubuntu: apt-get install -y --no-install-recommends "
        "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0. "
        "To go without them: MSG_REQUIRE_GUI_TESTS=0."
    )


def pytest_report_header() -> str:
    """Whether the GUI tests are part of this run."""
    return f"GUI tests LEFT OUT: {QT_ERROR}. {remedy()}" if QT_ERROR else "GUI tests: included"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests marked gpu out where there is no accelerator."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no accelerator on this machine"))


@pytest.fixture(scope="session", autouse=True)
def private_user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, models and working copies of the user stay untouched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(tmp_path_factory.mktemp(name.lower())))
        yield
