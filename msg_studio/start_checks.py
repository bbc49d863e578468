"""What must be there before Qt is loaded: a display and the system's libraries.

Qt ends the whole process when either is missing, so both are looked at first, without Qt.
"""

import ctypes
import os
import sys
from collections.abc import Mapping

from engine.assets import asset_path
from engine.errors import InputError

PLATFORMS_WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def check_display(environment: Mapping[str, str]) -> None:
    """Refuse to start where no window can be shown.

    Raises:
        InputError: On Linux with neither DISPLAY nor WAYLAND_DISPLAY.
    """
    if not sys.platform.startswith("linux") or is_offscreen(environment):
        return
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise InputError(
            "msg-studio is a window, and there is no display here (DISPLAY and WAYLAND_DISPLAY are empty). "
            "Start it on a desktop, or do the same job without a window: "
            "msg-engine foley CLIP -o FOLDER"
        )


def check_system_libraries(environment: Mapping[str, str]) -> None:
    """Refuse to start where Qt's own libraries would not load.

    Raises:
        InputError: With the line that installs what is missing.
    """
    on_x11 = not is_offscreen(environment) and not environment.get("WAYLAND_DISPLAY")
    missing = missing_libraries({"offscreen", "desktop"} if on_x11 else {"offscreen"})
    if missing:
        raise InputError(
            f"The window needs system libraries that are missing: {', '.join(missing)}. "
            "On Debian and Ubuntu install them with: sudo apt-get install -y --no-install-recommends "
            f"{' '.join(missing.values())}"
        )


def is_offscreen(environment: Mapping[str, str]) -> bool:
    """Whether Qt was told to draw without a display."""
    return environment.get("QT_QPA_PLATFORM", "").startswith(PLATFORMS_WITHOUT_DISPLAY)


def missing_libraries(purposes: set[str]) -> dict[str, str]:
    """Absent shared libraries with their Debian packages; Windows and macOS wheels carry their own."""
    if not sys.platform.startswith("linux"):
        return {}
    lines = asset_path("system_libraries.tsv").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return {
        library: package for library, package, use in rows if use in purposes and not is_loadable(library)
    }


def is_loadable(library: str) -> bool:
    """Whether the system finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def check_start() -> None:
    """All checks, in the order in which they fail on a bare machine.

    Raises:
        InputError: With what is missing and the remedy.
    """
    check_display(os.environ)
    check_system_libraries(os.environ)
