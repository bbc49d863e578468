"""Settings survive a restart; a damaged file means the usual values."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from msg_studio.settings import Settings


def test_settings_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    first = Settings(file)
    assert first.theme == "dark"
    first.set_theme("light")
    first.set_layout("page", QByteArray(b"\x00\x01borders"))
    first.set_geometry(QByteArray(b"place"))
    first.set_monitor_offset_ms(-40)
    first.set_scrub_sound(False)
    del first
    again = Settings(file)
    assert again.theme == "light"
    assert again.layout("page") == QByteArray(b"\x00\x01borders")
    assert again.geometry == QByteArray(b"place")
    assert again.layout("other").isEmpty()
    assert again.monitor_offset_ms == -40
    assert not again.scrub_sound


def test_a_damaged_file_means_the_usual_values(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    file.write_bytes(b"\xff\xfe not an ini file \x00 theme=purple")
    settings = Settings(file)
    assert settings.theme == "dark"
    assert settings.geometry.isEmpty()
    assert settings.monitor_offset_ms == 0
    assert settings.scrub_sound


def test_dialogs_begin_at_home_until_a_folder_was_used_and_when_that_is_gone(tmp_path: Path) -> None:
    file, reels = tmp_path / "window.ini", tmp_path / "Straße, reel 3"
    assert Settings(file).folder == Path.home()
    reels.mkdir()
    Settings(file).set_folder(reels)
    assert Settings(file).folder == reels
    reels.rmdir()
    assert Settings(file).folder == Path.home()


@pytest.mark.parametrize(("stored", "means"), [("9000", 500), ("-9000", -500), ("soon", 0), ("-", 0)])
def test_an_offset_written_by_hand_stays_in_bounds(tmp_path: Path, stored: str, means: int) -> None:
    file = tmp_path / "window.ini"
    file.write_text(f"[General]\nmonitor_offset_ms={stored}\n")
    assert Settings(file).monitor_offset_ms == means
