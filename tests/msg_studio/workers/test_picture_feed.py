from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from engine.errors import Cancelled
from engine.media.proxy import build_proxy
from engine.media.video_reader import VideoReader
from engine.progress import GiveUp, never
from msg_studio.qt_models.shown_picture import OpenedFilm, ShownPicture
from msg_studio.workers import picture_work
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.picture_work import to_image
from tests.coded_film import HEIGHT, WIDTH, even_pts, make_film
from tests.msg_studio.painted_code import number_in_image

PICTURES = 300
GROUP = 250


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", pts=even_pts(PICTURES), gop=GROUP)


@pytest.fixture(scope="module")
def proxy(film: Path) -> Path:
    target = film.with_name("proxy.mov")
    build_proxy(film, target, width_limit=WIDTH // 2)
    return target


@pytest.fixture
def feed(qtbot: QtBot) -> Iterator[PictureFeed]:
    feed = PictureFeed()
    yield feed
    feed.shut_down()


class Answers:
    """What a feed said, in the order it came."""

    def __init__(self, feed: PictureFeed) -> None:
        self.pictures: list[ShownPicture] = []
        self.refused_proxies: list[str] = []
        feed.picture_ready.connect(self.pictures.append)
        feed.proxy_failed.connect(self.refused_proxies.append)

    def has_exact(self, index: int) -> bool:
        return any(picture.exact and picture.index == index for picture in self.pictures)


def open_film(feed: PictureFeed, path: Path, qtbot: QtBot) -> OpenedFilm:
    with qtbot.waitSignal(feed.opened) as opened:
        feed.open(path)
    assert isinstance(opened.args[0], OpenedFilm)
    return opened.args[0]


def test_a_turned_picture_becomes_an_image() -> None:
    lying = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)
    image = to_image(np.rot90(lying))  # its rows do not lie one after the other
    assert (image.width(), image.height()) == (2, 5)
    assert image.pixelColor(0, 4).getRgb()[:3] == tuple(lying[0, 0])
    assert image.pixelColor(0, 0).getRgb()[:3] == tuple(lying[0, 4])


def test_opened_film_tells_what_it_is_and_how_far_its_keyframes_lie_apart(
    feed: PictureFeed, film: Path, qtbot: QtBot
) -> None:
    opened = open_film(feed, film, qtbot)
    assert (opened.info.width, opened.info.height) == (WIDTH, HEIGHT)
    assert len(opened.table) == PICTURES
    assert opened.longest_group == GROUP


def test_longest_group_counts_from_the_start_and_to_the_end() -> None:
    assert picture_work.longest_group(np.array([True] * 5)) == 1
    assert picture_work.longest_group(np.array([False, False, False, True, False])) == 3
    assert picture_work.longest_group(np.array([True, True, False, False, False])) == 4


def test_file_that_is_no_film_is_refused_in_words(feed: PictureFeed, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a film")
    with qtbot.waitSignal(feed.failed) as failed:
        feed.open(path)
    assert "notes.mp4" in failed.args[0]


def test_without_proxy_the_keyframe_comes_first_and_then_the_exact_picture(
    feed: PictureFeed, film: Path, qtbot: QtBot
) -> None:
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.show(290)
    qtbot.waitUntil(lambda: answers.has_exact(290))
    coarse, exact = answers.pictures
    assert (coarse.index, coarse.drawn, coarse.exact, number_in_image(coarse.image)) == (290, 250, False, 250)
    assert (exact.index, exact.drawn, exact.exact, number_in_image(exact.image)) == (290, 290, True, 290)


def test_with_proxy_the_right_picture_comes_first_at_low_resolution(
    feed: PictureFeed, film: Path, proxy: Path, qtbot: QtBot
) -> None:
    opened = open_film(feed, film, qtbot)
    feed.use_proxy(proxy, opened.info.fingerprint)
    answers = Answers(feed)
    feed.show(290)
    qtbot.waitUntil(lambda: answers.has_exact(290))
    coarse, exact = answers.pictures
    assert (coarse.drawn, coarse.exact, number_in_image(coarse.image)) == (290, False, 290)
    assert (coarse.image.width(), exact.image.width()) == (WIDTH // 2, WIDTH)
    assert number_in_image(exact.image) == 290


def test_next_pictures_come_exactly_without_a_detour(feed: PictureFeed, film: Path, qtbot: QtBot) -> None:
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    for index in range(20, 30):
        feed.show(index, playing=True)
        qtbot.waitUntil(lambda index=index: answers.has_exact(index))
    steps = answers.pictures[2:]  # after the keyframe and the first exact picture
    assert [(picture.index, picture.exact) for picture in steps] == [(index, True) for index in range(21, 30)]
    assert [number_in_image(picture.image) for picture in steps] == list(range(21, 30))


def test_small_step_backward_never_flashes_a_far_keyframe(
    feed: PictureFeed, film: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "KEPT_BYTES", 0)
    monkeypatch.setattr(picture_work, "VideoReader", ForgetfulReader)
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    for index in (240, 239, 238):
        feed.show(index)
        qtbot.waitUntil(lambda index=index: answers.has_exact(index))
    assert [picture.drawn for picture in answers.pictures] == [0, 240, 239, 238]


def test_picture_seen_a_moment_ago_is_not_decoded_again(
    feed: PictureFeed, film: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "VideoReader", CountingReader)
    CountingReader.asked = []
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    for index in (100, 280):
        feed.show(index)
        qtbot.waitUntil(lambda index=index: answers.has_exact(index))
    before = list(CountingReader.asked)
    with qtbot.waitSignal(feed.picture_ready) as ready:
        feed.show(100)
    assert (ready.args[0].exact, number_in_image(ready.args[0].image)) == (True, 100)
    assert CountingReader.asked == before


def test_burst_of_wishes_ends_in_the_last_one_with_the_rest_left_out(
    feed: PictureFeed, film: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "VideoReader", GatedReader)
    GatedReader.gate, GatedReader.entered, GatedReader.asked = Event(), Event(), []
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.show(249)
    qtbot.waitUntil(GatedReader.entered.is_set)
    for index in range(200):
        feed.show(index)
    GatedReader.gate.set()
    qtbot.waitUntil(lambda: answers.has_exact(199))
    # The first wish: its keyframe, then given up on the way. The last: a picture near, then exactly.
    assert GatedReader.asked == [249, 199]
    assert [picture.index for picture in answers.pictures if picture.exact] == [199]
    assert number_in_image(answers.pictures[-1].image) == 199


def test_proxy_that_arrives_does_not_take_the_wish_away(
    feed: PictureFeed, film: Path, proxy: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "VideoReader", GatedReader)
    GatedReader.gate, GatedReader.entered, GatedReader.asked = Event(), Event(), []
    opened = open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.show(200)
    qtbot.waitUntil(GatedReader.entered.is_set)
    feed.use_proxy(proxy, opened.info.fingerprint)
    GatedReader.gate.set()
    qtbot.waitUntil(lambda: answers.has_exact(200))


def test_proxy_of_another_film_is_refused_and_the_film_still_shown(
    feed: PictureFeed, film: Path, proxy: Path, qtbot: QtBot
) -> None:
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.use_proxy(proxy, "0" * 64)
    feed.show(10)
    qtbot.waitUntil(lambda: answers.has_exact(10))
    assert len(answers.refused_proxies) == 1
    assert "another film" in answers.refused_proxies[0]


def test_proxy_damaged_in_the_middle_is_dropped_and_the_film_still_shown(
    feed: PictureFeed, film: Path, proxy: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    content = bytearray(proxy.read_bytes())
    begin = len(content) // 4
    content[begin : begin * 3] = bytes(2 * begin)
    damaged = tmp_path / "damaged.mov"
    damaged.write_bytes(content)
    opened = open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.use_proxy(damaged, opened.info.fingerprint)
    feed.show(150)
    qtbot.waitUntil(lambda: answers.has_exact(150))
    assert len(answers.refused_proxies) == 1
    assert number_in_image(answers.pictures[-1].image) == 150


def test_other_film_takes_the_place_and_the_first_is_heard_of_no_more(
    feed: PictureFeed, film: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    other = make_film(tmp_path / "other.mp4", pts=even_pts(8), turn=90)
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.show(299)
    opened = open_film(feed, other, qtbot)
    assert opened.info.frame_count == 8
    before = len(answers.pictures)
    feed.show(5)
    qtbot.waitUntil(lambda: answers.has_exact(5))
    assert {picture.index for picture in answers.pictures[before:]} == {5}
    assert number_in_image(answers.pictures[-1].image) == 5


def test_wish_made_while_the_film_is_read_is_answered_afterwards(
    feed: PictureFeed, film: Path, qtbot: QtBot
) -> None:
    answers = Answers(feed)
    feed.open(film)
    feed.show(7)
    qtbot.waitUntil(lambda: answers.has_exact(7))


def test_closed_film_gives_no_pictures_and_another_can_be_opened(
    feed: PictureFeed, film: Path, qtbot: QtBot
) -> None:
    open_film(feed, film, qtbot)
    answers = Answers(feed)
    feed.show(249)
    feed.close()
    open_film(feed, film, qtbot)
    assert answers.pictures == []
    feed.show(3)
    qtbot.waitUntil(lambda: answers.has_exact(3))


def test_damaged_picture_is_told_of_and_the_others_are_shown(
    feed: PictureFeed, qtbot: QtBot, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "film.mkv", pts=even_pts(60), gop=20)
    content = bytearray(path.read_bytes())
    begin, end = len(content) // 2, len(content) // 2 + len(content) // 8
    content[begin:end] = bytes(end - begin)
    path.write_bytes(content)
    opened = open_film(feed, path, qtbot)
    answers = Answers(feed)
    failed: list[int] = []
    feed.picture_failed.connect(lambda index, _: failed.append(index))
    for index in range(len(opened.table)):
        feed.show(index)
        qtbot.waitUntil(lambda index=index: answers.has_exact(index) or index in failed)
    assert failed
    assert answers.has_exact(0)
    assert answers.has_exact(len(opened.table) - 1)


def test_shut_down_in_the_middle_of_a_decode_ends_the_thread(
    film: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_work, "VideoReader", EndlessReader)
    EndlessReader.entered, EndlessReader.given_up = Event(), Event()
    feed = PictureFeed()
    open_film(feed, film, qtbot)
    feed.show(200)
    qtbot.waitUntil(EndlessReader.entered.is_set)
    feed.shut_down()
    assert EndlessReader.given_up.is_set()
    feed.shut_down()  # once more does nothing


class CountingReader(VideoReader):
    """Remembers which exact pictures were asked for."""

    asked: list[int] = []

    def frame(self, index: int, *, give_up: GiveUp = never) -> NDArray[np.uint8]:
        self.asked.append(index)
        return super().frame(index, give_up=give_up)


class ForgetfulReader(VideoReader):
    """Keeps no decoded pictures, as after a long group of large ones."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, kept_bytes=0)


class GatedReader(VideoReader):
    """Waits before every exact picture until the gate is open."""

    gate = Event()
    entered = Event()
    asked: list[int] = []

    def frame(self, index: int, *, give_up: GiveUp = never) -> NDArray[np.uint8]:
        if give_up is not never:
            self.asked.append(index)
            self.entered.set()
            self.gate.wait(30.0)
        return super().frame(index, give_up=give_up)


class EndlessReader(VideoReader):
    """Decodes until the wish is given up."""

    entered = Event()
    given_up = Event()

    def frame(self, index: int, *, give_up: GiveUp = never) -> NDArray[np.uint8]:
        if give_up is never:
            return super().frame(index)
        self.entered.set()
        while not give_up():
            pass
        self.given_up.set()
        raise Cancelled("given up")
