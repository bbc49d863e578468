"""What the window remembers between two starts: theme and where the borders stand."""

from pathlib import Path
from typing import Literal

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

THEME, LAYOUT, GEOMETRY = "theme", "layout", "geometry"

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

    def _bytes(self, key: str) -> QByteArray:
        value = self._values.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
