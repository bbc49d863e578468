from pathlib import Path

import pytest

from msg_studio.workers import engine_log
from msg_studio.workers.engine_log import EngineLog


def test_text_is_added_as_it_comes_and_the_log_opens_again(tmp_path: Path) -> None:
    log = EngineLog(tmp_path / "deep")
    log.write("half a ")
    log.write("line\n100 % ok\n")
    log.close()
    log.write("later\n")
    log.close()
    assert log.path.read_text(encoding="utf-8") == "half a line\n100 % ok\nlater\n"


def test_log_rolls_and_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_log, "LARGEST_BYTES", 100)
    log = EngineLog(tmp_path)
    for number in range(50):
        log.write(f"{number:059}\n")
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["engine.log", "engine.log.1", "engine.log.2", "engine.log.3"]
    assert log.path.read_text(encoding="utf-8") == f"{49:059}\n"


def test_folder_that_cannot_be_made_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = EngineLog(tmp_path / "file" / "log")
    log.write("lost\n")
    log.close()
    assert not log.path.exists()
