from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import StudioError
from engine.media.video_reader import VideoReader
from msg_studio.bench import scrub
from msg_studio.bench.scrub import Times, chosen_targets, judged, measure
from tests.coded_film import even_pts, make_film


def test_row_sets_times_against_bare_pyav() -> None:
    assert Times("window", [30.0]).row(Times("bare", [20.0])) == ("window", "30.0", "30.0", "1.50", "1.50")


@pytest.mark.parametrize(
    ("window_ms", "coarse_ms", "met", "verdicts"),
    [(11.0, 50.0, True, ["met", "met"]), (12.0, 51.0, False, ["MISSED", "MISSED"])],
)
def test_goals_are_judged_on_the_same_pictures(
    window_ms: float, coarse_ms: float, met: bool, verdicts: list[str]
) -> None:
    # One picture that met a busy machine, 3 times as slow as bare PyAV, does not count.
    exact, alone = Times("window", [window_ms, 30.0, window_ms]), Times("bare", [10.0] * 3)
    found, words = judged(exact, alone, Times("coarse", [coarse_ms]))
    assert found is met
    assert [line.split()[-1] for line in words.splitlines()] == verdicts


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
    assert len([line for line in lines[7:] if line]) == 6


def test_file_that_is_no_film_ends_the_measurement(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    with pytest.raises(StudioError, match="notes.mp4"):
        measure(path, tmp_path / "proxies", targets=2)
