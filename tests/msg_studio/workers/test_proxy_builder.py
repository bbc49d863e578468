import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from engine.media.proxy import ProxyReader, proxy_path
from engine.media.video_reader import probe
from engine.records import ClipInfo
from msg_studio.workers.proxy_builder import ProxyBuilder, words_without_proxy
from tests.coded_film import even_pts, make_film

PICTURES = 60
LONG = 4000  # building its proxy takes long enough to be met in the middle

HD = ClipInfo(
    path=Path("film.mp4"),
    fingerprint="0" * 64,
    duration_samples=480_000,
    fps=Fraction(25),
    variable_rate=False,
    width=1920,
    height=1080,
    rotation=0,
    start_pts=0,
    time_base=Fraction(1, 12_800),
    frame_count=250,
    video_codec="h264",
    pixel_format="yuv420p",
    audio=None,
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", pts=even_pts(PICTURES))


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "long.mp4", pts=even_pts(LONG))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "proxies"


@pytest.fixture
def builder(folder: Path, qtbot: QtBot) -> Iterator[ProxyBuilder]:
    builder = ProxyBuilder(folder)
    yield builder
    builder.shut_down()


def test_proxy_is_made_and_progress_told_until_the_last_picture(
    builder: ProxyBuilder, film: Path, folder: Path, qtbot: QtBot
) -> None:
    steps: list[tuple[int, int]] = []
    builder.progressed.connect(lambda progress: steps.append((progress.done, progress.total)))
    with qtbot.waitSignal(builder.ready, timeout=60_000) as ready:
        builder.find_or_build(probe(film))
        assert builder.busy
    assert not builder.busy
    assert ready.args == [proxy_path(folder, probe(film).fingerprint)]
    with ProxyReader(ready.args[0], fingerprint=probe(film).fingerprint) as proxy:
        assert proxy.count == PICTURES
    assert steps[-1] == (PICTURES, PICTURES)
    assert steps == sorted(steps)


def test_proxy_that_is_there_is_announced_at_once_and_left_as_it_is(
    builder: ProxyBuilder, film: Path, folder: Path, qtbot: QtBot
) -> None:
    target = proxy_path(folder, probe(film).fingerprint)
    folder.mkdir(parents=True)
    target.write_bytes(b"made earlier")
    with qtbot.waitSignal(builder.ready) as ready:
        builder.find_or_build(probe(film))
    assert ready.args == [target]
    assert not builder.busy
    assert target.read_bytes() == b"made earlier"


def test_proxy_found_damaged_is_made_anew(
    builder: ProxyBuilder, film: Path, folder: Path, qtbot: QtBot
) -> None:
    target = proxy_path(folder, probe(film).fingerprint)
    folder.mkdir(parents=True)
    target.write_bytes(b"damaged")
    with qtbot.waitSignal(builder.ready, timeout=60_000):
        builder.find_or_build(probe(film), anew=True)
    with ProxyReader(target, fingerprint=probe(film).fingerprint) as proxy:
        assert proxy.count == PICTURES


def test_film_that_went_away_is_told_of_in_the_words_of_the_child(
    builder: ProxyBuilder, film: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = replace(probe(film), path=tmp_path / "gone.mp4")
    with qtbot.waitSignal(builder.failed, timeout=60_000) as failed:
        builder.find_or_build(gone)
    assert "There is no file" in failed.args[0]
    assert not builder.busy


def test_folder_that_cannot_be_made_is_told_of(film: Path, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    builder = ProxyBuilder(tmp_path / "cache" / "proxies")
    with qtbot.waitSignal(builder.failed) as failed:
        builder.find_or_build(probe(film))
    assert str(tmp_path / "cache" / "proxies") in failed.args[0]


def test_cancelled_build_leaves_nothing_and_is_heard_of_no_more(
    builder: ProxyBuilder, long_film: Path, folder: Path, qtbot: QtBot
) -> None:
    said: list[object] = []
    with qtbot.waitSignal(builder.progressed, timeout=60_000):
        builder.find_or_build(probe(long_film))
    for signal_ in (builder.ready, builder.failed, builder.progressed):
        signal_.connect(said.append)
    builder.cancel()
    assert not builder.busy
    qtbot.waitUntil(lambda: not builder.findChildren(QProcess), timeout=30_000)
    assert list(folder.iterdir()) == []
    assert said == []


def test_other_film_takes_the_place_of_the_one_being_built(
    builder: ProxyBuilder, film: Path, long_film: Path, folder: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(builder.progressed, timeout=60_000):
        builder.find_or_build(probe(long_film))
    with qtbot.waitSignal(builder.ready, timeout=60_000) as ready:
        builder.find_or_build(probe(film))
    assert ready.args == [proxy_path(folder, probe(film).fingerprint)]


def test_shut_down_waits_for_the_end_of_the_child(
    builder: ProxyBuilder, long_film: Path, folder: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(builder.progressed, timeout=60_000):
        builder.find_or_build(probe(long_film))
    (process,) = builder.findChildren(QProcess)
    builder.shut_down()
    assert process.state() is QProcess.ProcessState.NotRunning
    assert list(folder.iterdir()) == []


KILLED_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from engine.media.video_reader import probe
from msg_studio.workers.proxy_builder import ProxyBuilder

application = QCoreApplication([])
builder = ProxyBuilder(Path(sys.argv[2]), application)
builder.progressed.connect(lambda progress: print("building", flush=True))
builder.find_or_build(probe(Path(sys.argv[1])))
application.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of POSIX")
def test_killed_window_leaves_no_process_building(long_film: Path, folder: Path, qtbot: QtBot) -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", KILLED_WINDOW, str(long_film), str(folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert window.stdout is not None
    assert window.stdout.readline() == b"building\n"
    window.send_signal(signal.SIGKILL)
    window.wait(30)
    window.stdout.close()
    qtbot.waitUntil(
        lambda: not list(folder.iterdir()), timeout=30_000
    )  # its half proxy is gone, no whole one


@pytest.mark.parametrize(
    ("film", "longest_group", "needs"),
    [
        (HD, 250, True),
        (HD, 12, False),
        (HD, 1, False),
        (replace(HD, width=3840, height=2160, video_codec="hevc"), 12, True),
        (replace(HD, width=3840, height=2160, video_codec="prores"), 1, False),
        (replace(HD, width=320, height=180), 250, False),
    ],
)
def test_film_needs_a_proxy_where_its_pictures_take_long(
    film: ClipInfo, longest_group: int, needs: bool
) -> None:
    words = words_without_proxy(film, longest_group=longest_group)
    assert (words == "") == needs
    assert needs or words.endswith("it needs no proxy.")
