"""The whole window for a journey: offscreen, without a sound device, ended cleanly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from msg_studio.studio import Studio

READY_MS = 60_000


@pytest.fixture
def studio(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Studio]:
    """A studio of a user of its own, whose workshop has moved in; its engine starts beside the test."""
    monkeypatch.setenv("MSG_AUDIO", "silent")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user data"))
    studio = Studio()
    studio.window.show()
    with qtbot.waitSignal(studio.ready, timeout=READY_MS):
        studio.start()
    yield studio
    studio.shut_down()
