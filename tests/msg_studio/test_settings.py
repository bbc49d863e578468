"""Settings survive a restart; a damaged file means the usual values."""

from pathlib import Path

from PySide6.QtCore import QByteArray

from msg_studio.settings import Settings


def test_settings_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    first = Settings(file)
    assert first.theme == "dark"
    first.set_theme("light")
    first.set_layout("page", QByteArray(b"\x00\x01borders"))
    first.set_geometry(QByteArray(b"place"))
    del first
    again = Settings(file)
    assert again.theme == "light"
    assert again.layout("page") == QByteArray(b"\x00\x01borders")
    assert again.geometry == QByteArray(b"place")
    assert again.layout("other").isEmpty()


def test_a_damaged_file_means_the_usual_values(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    file.write_bytes(b"\xff\xfe not an ini file \x00 theme=purple")
    settings = Settings(file)
    assert settings.theme == "dark"
    assert settings.geometry.isEmpty()
