from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.media.proxy import build_proxy, proxy_path
from engine.media.video_reader import probe
from engine.timecode import project_rate
from msg_studio.look.theme import apply_theme
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.shown_picture import OpenedFilm
from msg_studio.views.picture.video_view import VideoView
from msg_studio.wiring.picture_at_playhead import PictureAtPlayhead, special_words
from msg_studio.workers import picture_work, proxy_builder
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.proxy_builder import ProxyBuilder
from tests.coded_film import PQ, WIDTH, even_pts, make_film, uneven_pts
from tests.msg_studio.painted_code import number_on_screen

PICTURES = 400
SCRUBS = 100


@dataclass
class Desk:
    """The parts of the window that show the picture."""

    playhead: Playhead
    feed: PictureFeed
    view: VideoView
    builder: ProxyBuilder
    link: PictureAtPlayhead


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    apply_theme(qapp)
    playhead, feed, view = Playhead(), PictureFeed(), VideoView()
    builder = ProxyBuilder(tmp_path / "proxies")
    link = PictureAtPlayhead(playhead, feed, view, builder)
    view.resize(480, 300)
    with qtbot.waitExposed(view):
        view.show()
    yield Desk(playhead, feed, view, builder, link)
    link.shut_down()
    view.close()
    view.deleteLater()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", pts=uneven_pts(PICTURES), gop=250)


@pytest.fixture(scope="module")
def plain_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 pictures at 25 a second."""
    pts = even_pts(100, Fraction(25))
    return make_film(tmp_path_factory.mktemp("plain") / "plain.mp4", pts=pts)


def open_film(desk: Desk, path: Path, qtbot: QtBot) -> OpenedFilm:
    with qtbot.waitSignal(desk.feed.opened):
        desk.link.open(path)
    assert desk.link.film is not None
    desk.playhead.set_duration(desk.link.film.info.duration_samples)
    return desk.link.film


def wait_for_exact(desk: Desk, index: int, qtbot: QtBot) -> None:
    def is_painted() -> bool:
        picture = desk.view.picture
        return picture is not None and picture.exact and picture.index == index

    qtbot.waitUntil(is_painted)


def wrong_scrubs(desk: Desk, film: OpenedFilm, qtbot: QtBot) -> list[tuple[int, int]]:
    """Scrub at random positions between and on the pictures; those painted wrong: (wanted, read)."""
    chance = np.random.default_rng(11)
    wrong = []
    for position in chance.integers(0, film.info.duration_samples, SCRUBS):
        wanted = film.table.index_at(int(position))
        desk.playhead.seek(int(position))
        wait_for_exact(desk, wanted, qtbot)
        read = number_on_screen(desk.view, QSize(film.info.width, film.info.height))
        if read != wanted:
            wrong.append((wanted, read))
    return wrong


def test_every_picture_scrubbed_to_is_the_right_one(desk: Desk, film: Path, qtbot: QtBot) -> None:
    assert wrong_scrubs(desk, open_film(desk, film, qtbot), qtbot) == []


def test_every_picture_scrubbed_to_is_the_right_one_over_a_proxy(
    desk: Desk, film: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "REST_S", 0.0)
    opened = open_film(desk, film, qtbot)
    proxy = tmp_path / "proxy.mov"
    build_proxy(film, proxy, width_limit=WIDTH // 2)
    desk.feed.use_proxy(proxy, opened.info.fingerprint)
    coarse: list[tuple[int, int]] = []  # wished for, shown

    def read_coarse(index: int, exact: bool) -> None:
        if not exact and desk.view.picture is not None:
            coarse.append((index, desk.view.picture.drawn))

    desk.view.painted.connect(read_coarse)
    assert wrong_scrubs(desk, opened, qtbot) == []
    assert [pair for pair in coarse if pair[0] != pair[1]] == []


def test_low_resolution_picture_of_the_proxy_is_the_right_one_on_screen(
    desk: Desk, film: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "REST_S", 3600.0)  # exact pictures never come
    opened = open_film(desk, film, qtbot)
    proxy = tmp_path / "proxy.mov"
    build_proxy(film, proxy, width_limit=WIDTH // 2)
    desk.feed.use_proxy(proxy, opened.info.fingerprint)
    size = QSize(opened.info.width, opened.info.height)
    chance = np.random.default_rng(5)
    for wanted in chance.permutation(np.arange(1, PICTURES))[:40]:
        with qtbot.waitSignal(desk.view.painted, check_params_cb=lambda index, _, w=int(wanted): index == w):
            desk.playhead.seek(opened.table.sample_of(int(wanted)))
        assert desk.view.picture is not None
        assert not desk.view.picture.exact
        assert number_on_screen(desk.view, size) == wanted


def test_burst_of_seeks_ends_in_the_last_one(desk: Desk, film: Path, qtbot: QtBot) -> None:
    opened = open_film(desk, film, qtbot)
    exact: list[int] = []
    desk.view.painted.connect(lambda index, is_exact: exact.append(index) if is_exact else None)
    for index in range(150, 350):
        desk.playhead.seek(opened.table.sample_of(index))
    wait_for_exact(desk, 349, qtbot)
    assert number_on_screen(desk.view, QSize(opened.info.width, opened.info.height)) == 349
    assert len(exact) < 20


def test_first_picture_is_shown_when_a_film_opens_and_the_last_one_at_its_end(
    desk: Desk, plain_film: Path, qtbot: QtBot
) -> None:
    opened = open_film(desk, plain_film, qtbot)
    wait_for_exact(desk, 0, qtbot)
    desk.playhead.seek(opened.info.duration_samples)
    wait_for_exact(desk, 99, qtbot)


def test_picture_follows_playback_and_is_exact_when_it_stops(
    desk: Desk, plain_film: Path, qtbot: QtBot
) -> None:
    open_film(desk, plain_film, qtbot)
    desk.playhead.play()
    for index in range(1, 40):
        desk.playhead.follow(index * 1920)  # 40 ms
        qtbot.waitUntil(
            lambda index=index: desk.view.picture is not None and desk.view.picture.index == index
        )
    desk.playhead.stop()
    wait_for_exact(desk, 39, qtbot)


def test_timecode_of_the_picture_counts_as_the_project_does(
    desk: Desk, plain_film: Path, qtbot: QtBot
) -> None:
    open_film(desk, plain_film, qtbot)
    desk.link.set_timecode(project_rate(Fraction(25)), "01:00:00:00")
    desk.playhead.seek(53 * 1920 + 1000)
    wait_for_exact(desk, 53, qtbot)
    assert desk.view.accessibleDescription() == "timecode 01:00:02:03, picture 53"
    desk.link.set_timecode(project_rate(Fraction(25)), "10:00:00:00")
    assert desk.view.accessibleDescription() == "timecode 10:00:02:03, picture 53"


def test_film_that_cannot_be_read_says_why_in_the_picture(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    with qtbot.waitSignal(desk.feed.failed):
        desk.link.open(path)
    words = " ".join(label.text() for label in desk.view.findChildren(QLabel))
    assert "This film cannot be shown" in words
    assert "notes.mp4" in words.replace("\u200b", "")


def test_closed_film_leaves_an_empty_view_and_a_moving_playhead_harmless(
    desk: Desk, plain_film: Path, qtbot: QtBot
) -> None:
    open_film(desk, plain_film, qtbot)
    desk.link.show_missing("plain.mp4")
    desk.playhead.seek(1920 * 20)
    desk.link.close()
    desk.playhead.seek(1920 * 30)
    assert desk.view.picture is None
    assert desk.link.film is None


def test_proxy_is_made_for_a_film_that_needs_one_and_used(
    desk: Desk, film: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_builder, "QUICK_MS", 0)
    monkeypatch.setattr(picture_work, "REST_S", 3600.0)
    with qtbot.waitSignal(desk.builder.ready, timeout=60_000):
        opened = open_film(desk, film, qtbot)
    desk.playhead.seek(opened.table.sample_of(333))
    qtbot.waitUntil(lambda: desk.view.picture is not None and desk.view.picture.index == 333)
    assert desk.view.picture is not None
    assert (desk.view.picture.drawn, desk.view.picture.exact) == (333, False)


def test_film_whose_pictures_come_quickly_gets_no_proxy(desk: Desk, plain_film: Path, qtbot: QtBot) -> None:
    open_film(desk, plain_film, qtbot)
    wait_for_exact(desk, 0, qtbot)
    assert not desk.builder.busy


def test_damaged_proxy_is_made_anew_once(
    desk: Desk, film: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_builder, "QUICK_MS", 0)
    target = proxy_path(tmp_path / "proxies", probe(film).fingerprint)
    target.parent.mkdir()
    target.write_bytes(b"damaged")
    made: list[Path] = []
    desk.builder.ready.connect(made.append)
    opened = open_film(desk, film, qtbot)
    qtbot.waitUntil(lambda: len(made) == 2, timeout=60_000)
    assert target.stat().st_size > 1000
    desk.playhead.seek(opened.table.sample_of(200))
    wait_for_exact(desk, 200, qtbot)


def test_special_words_name_depth_and_colours_and_leave_plain_film_alone(
    plain_film: Path, tmp_path: Path
) -> None:
    assert special_words(probe(plain_film)) == ""
    deep = make_film(tmp_path / "deep.mp4", pts=even_pts(4), pixels="yuv420p10le", transfer=PQ)
    assert special_words(probe(deep)) == "10 bit, HDR PQ: preview is approximate"
    woven = replace(probe(plain_film), interlaced=True)
    assert special_words(woven) == "interlaced: both fields are shown together"
