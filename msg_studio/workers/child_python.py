"""How the window starts a module of ours in a Python of its own."""

import os
import sys
import sysconfig
from pathlib import Path

from PySide6.QtCore import QProcessEnvironment

import engine


def child_command(module: str, *arguments: str) -> tuple[str, ...]:
    """Program and arguments: this Python, without the current folder on its path.

    Args:
        module: Dotted name of the module to run.
        *arguments: Its own arguments.
    """
    return (sys.executable, "-P", "-m", module, *arguments)


def child_environment() -> QProcessEnvironment:
    """Ours; with the place of our packages where the child would not find them by itself."""
    environment = QProcessEnvironment.systemEnvironment()
    root = Path(engine.__file__).resolve().parent.parent
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    if root not in installed:
        others = environment.value("PYTHONPATH")
        environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (str(root), others))))
    return environment
