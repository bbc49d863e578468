"""What the window remembers between two starts: looks, the folder used last, and how one listens."""

from pathlib import Path
from typing import Literal

import platformdirs
from PySide6.QtCore import QByteArray, QDir, QSettings

THEME, LAYOUT, GEOMETRY = "theme", "layout", "geometry"
FOLDER, MONITOR_OFFSET, SCRUB_SOUND = "folder", "monitor_offset_ms", "scrub_sound"
ADAPTER = "adapter"
MOST_OFFSET_MS = 500

ThemeName = Literal["dark", "light"]


def default_file() -> Path:
    """Where settings lie unless told otherwise."""
    return platformdirs.user_config_path("MultiSoundGen Studio", appauthor=False) / "window.ini"


class Settings:
    """Typed access to the stored settings; what is missing or unreadable has its usual value.

    Args:
        file: The settings file, by default in the user's configuration folder.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._values = QSettings(str(file or default_file()), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeName:
        """Dark or light."""
        return "light" if self._values.value(THEME) == "light" else "dark"

    def set_theme(self, name: ThemeName) -> None:
        """Remember a theme."""
        self._values.setValue(THEME, name)

    @property
    def geometry(self) -> QByteArray:
        """Size and place of the window, empty when never stored."""
        return self._bytes(GEOMETRY)

    def set_geometry(self, geometry: QByteArray) -> None:
        """Remember size and place of the window."""
        self._values.setValue(GEOMETRY, geometry)

    def layout(self, splitter: str) -> QByteArray:
        """Where the borders of a splitter stand, empty when never stored."""
        return self._bytes(f"{LAYOUT}/{splitter}")

    def set_layout(self, splitter: str, state: QByteArray) -> None:
        """Remember where the borders of a splitter stand."""
        self._values.setValue(f"{LAYOUT}/{splitter}", state)

    @property
    def folder(self) -> Path:
        """Where file dialogs begin: the folder used last, the user's home when there is none any more."""
        stored = Path(str(self._values.value(FOLDER, "")))
        return stored if stored.is_absolute() and QDir(str(stored)).exists() else Path.home()

    def set_folder(self, folder: Path) -> None:
        """Remember the folder used last."""
        self._values.setValue(FOLDER, str(folder.absolute()))

    @property
    def monitor_offset_ms(self) -> int:
        """How much earlier the picture is shown, for a screen that is slower than the loudspeakers."""
        stored = str(self._values.value(MONITOR_OFFSET, "0"))
        offset_ms = int(stored) if stored.removeprefix("-").isdecimal() else 0
        return min(max(-MOST_OFFSET_MS, offset_ms), MOST_OFFSET_MS)

    def set_monitor_offset_ms(self, offset_ms: int) -> None:
        """Remember the monitor offset, at most MOST_OFFSET_MS to either side."""
        self._values.setValue(MONITOR_OFFSET, offset_ms)

    @property
    def scrub_sound(self) -> bool:
        """Whether a grain of sound is heard where one seeks while stopped."""
        return str(self._values.value(SCRUB_SOUND)) != "off"

    def set_scrub_sound(self, on: bool) -> None:
        """Remember whether seeking is heard."""
        self._values.setValue(SCRUB_SOUND, "on" if on else "off")

    @property
    def adapter(self) -> str:
        """Name of the adapter that was switched on last, empty for none."""
        return str(self._values.value(ADAPTER, ""))

    def set_adapter(self, name: str) -> None:
        """Remember which adapter is switched on, empty for none."""
        self._values.setValue(ADAPTER, name)

    def _bytes(self, key: str) -> QByteArray:
        value = self._values.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
