"""The self-test says what is wrong and ends with the status that means it."""

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from engine.errors import InputError, MissingComponentError, StudioError, WorkError
from msg_studio import selftest


@pytest.mark.parametrize(
    ("error", "status"),
    [(MissingComponentError("no font"), 3), (WorkError("no answer"), 4), (InputError("no sample"), 4)],
)
def test_trouble_is_a_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, error: StudioError, status: int
) -> None:
    def fail(_say: object) -> None:
        raise error

    monkeypatch.setattr(selftest, "_try_studio", fail)
    lines: list[str] = []
    assert selftest.run_selftest(lines.append) == status
    assert lines == [f"FAILED       {error}\n"]


def test_it_works_in_folders_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.environ["XDG_DATA_HOME"]
    seen: list[str] = []
    monkeypatch.setattr(selftest, "_try_studio", lambda _say: seen.append(os.environ["XDG_DATA_HOME"]))
    assert selftest.run_selftest(lambda _line: None) == 0
    assert os.environ["XDG_DATA_HOME"] == before != seen[0]
    assert not Path(seen[0]).exists()


def test_a_blank_window_is_found_out() -> None:
    blank = QImage(400, 300, QImage.Format.Format_RGB32)
    blank.fill(QColor("#26282c"))
    with pytest.raises(WorkError, match="blank: it shows 1 colours"):
        selftest._check_picture(blank)


def test_a_window_with_a_picture_passes() -> None:
    full = QImage(400, 300, QImage.Format.Format_RGB32)
    for x in range(400):
        for y in range(300):
            full.setPixelColor(x, y, QColor(x % 256, y % 256, 0))
    assert selftest._check_picture(full).startswith("400 x 300, ")
