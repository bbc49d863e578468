from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import StudioError
from engine.media.video_reader import VideoReader
from msg_studio.bench import scrub
from msg_studio.bench.scrub import Times, chosen_targets, measure, paired_words
from tests.coded_film import even_pts, make_film


def test_percentile_is_the_nearest_rank() -> None:
    times = Times("x", [float(value) for value in range(20, 0, -1)])
    assert times.percentile(50) == 10.0
    assert times.percentile(95) == 19.0
    assert Times("x", [7.0]).percentile(95) == 7.0


def test_row_sets_times_against_bare_pyav() -> None:
    assert Times("window", [30.0]).row(Times("bare", [20.0])) == ("window", "30.0", "30.0", "1.50", "1.50")


def test_same_pictures_are_compared_with_each_other() -> None:
    words = paired_words(Times("window", [2.0, 30.0, 10.0]), Times("bare", [1.0, 10.0, 10.0]))
    assert words == (
        "exact without proxy against bare PyAV: 2.00 in the middle, picture by picture; "
        "2.00 over all 3 pictures"
    )


def test_neighbouring_targets_lie_in_different_groups(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", pts=even_pts(100), gop=25)
    with VideoReader(film) as reader:
        targets = chosen_targets(reader, 40)
    assert all(one // 25 != other // 25 for one, other in zip(targets, targets[1:], strict=False))
    assert len(set(targets)) > 20


def test_measurement_of_a_film_prints_every_row(
    tmp_path: Path,
    qtbot: QtBot,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(scrub, "DRAG_S", 0.3)
    film = make_film(tmp_path / "film.mp4", pts=even_pts(60), gop=20)
    measure(film, tmp_path / "proxies", targets=4)
    lines = capsys.readouterr().out.splitlines()
    assert "192x96" in lines[0]
    assert "cores, load" in lines[1]
    assert len([line for line in lines[6:] if line]) == 6


def test_file_that_is_no_film_ends_the_measurement(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    with pytest.raises(StudioError, match="notes.mp4"):
        measure(path, tmp_path / "proxies", targets=2)
