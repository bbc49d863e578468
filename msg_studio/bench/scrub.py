"""Measures scrubbing: from the wish for a picture to the picture painted, with and without a proxy.

``python -m msg_studio.bench.scrub [FILM]``. Without a film, one of 1080p with a keyframe every 250
pictures is made. What the window takes without a proxy is set against bare PyAV, which jumps, decodes
and turns to RGB the same pictures, in turn with the window. Pictures asked for one after the other lie
in different groups of pictures, so that nothing decoded before helps.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.errors import StudioError
from engine.media.video_reader import VideoReader
from msg_studio.bench.long_gop_film import make_long_gop_film
from msg_studio.bench.table import GOAL_MISSED, machine_words, percentile, print_table, verdict
from msg_studio.event_wait import wait_until
from msg_studio.look.theme import apply_theme
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.shown_picture import OpenedFilm
from msg_studio.views.picture.video_view import VideoView
from msg_studio.wiring.picture_at_playhead import PictureAtPlayhead
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.picture_work import REST_S
from msg_studio.workers.proxy_builder import ProxyBuilder

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

PICTURES = 750
TARGETS = 45
DRAG_S = 6.0
DRAG_STEP_MS = 16
SWEEPS = 3
LONGEST_WAIT_S = 600.0
COARSE_MS = 50.0
MOST_RATIO = 1.15
SHARES = (50, 95)
VIEW_SIZE = (960, 540)  # the picture in a window of 1440x900
HEAD = ("from wish to painted picture", "p50 ms", "p95 ms", "p50 : bare", "p95 : bare")


@dataclass
class Times:
    """Milliseconds of one kind of answer."""

    name: str
    ms: list[float] = field(default_factory=list)

    def row(self, bare: "Times") -> tuple[str, ...]:
        """A row of the table, with ratios to bare PyAV."""
        points = [percentile(self.ms, share) for share in SHARES]
        others = [percentile(bare.ms, share) for share in SHARES]
        ratios = [f"{own / other:.2f}" for own, other in zip(points, others, strict=True)]
        return self.name, *(f"{point:.1f}" for point in points), *ratios


class Desk:
    """The parts of the window that show the picture, and a clock on what they paint."""

    def __init__(self, folder: Path) -> None:
        self.playhead = Playhead()
        self.feed = PictureFeed()
        self.view = VideoView()
        self.builder = ProxyBuilder(folder)
        self.link = PictureAtPlayhead(self.playhead, self.feed, self.view)
        self.painted: list[tuple[float, int, bool]] = []
        self.view.painted.connect(self._note)
        self.view.resize(*VIEW_SIZE)
        self.view.show()

    def open(self, film: Path) -> OpenedFilm:
        """Open a film and wait for its first picture.

        Raises:
            StudioError: When it cannot be opened.
        """
        failures: list[str] = []
        self.feed.failed.connect(failures.append)
        self.link.open(film)
        wait_until(
            lambda: bool(failures) or any(exact for _, _, exact in self.painted),
            "The first picture",
            limit_s=LONGEST_WAIT_S,
        )
        if self.link.film is None:
            raise StudioError(failures[0])
        self.playhead.set_duration(self.link.film.info.duration_samples)
        return self.link.film

    def build_proxy(self, film: OpenedFilm) -> float:
        """Have the proxy made and use it; seconds it took.

        Raises:
            StudioError: When it cannot be made.
        """
        made: list[Path] = []
        failures: list[str] = []
        self.builder.ready.connect(made.append)
        self.builder.failed.connect(failures.append)
        begun = time.perf_counter()
        self.builder.find_or_build(film.info)
        wait_until(lambda: bool(made or failures), "The proxy", limit_s=LONGEST_WAIT_S)
        if failures:
            raise StudioError(failures[0])
        self.feed.use_proxy(made[0], film.info.fingerprint)
        return time.perf_counter() - begun

    def ask(self, film: OpenedFilm, index: int) -> tuple[float, float]:
        """Put the playhead on a picture; milliseconds to the first one painted and to the exact one."""
        self.painted.clear()
        begun = time.perf_counter()
        self.playhead.seek(film.table.sample_of(index))
        wait_until(
            lambda: any(exact and number == index for _, number, exact in self.painted),
            f"Picture {index}",
            limit_s=LONGEST_WAIT_S,
        )
        answers = [(at - begun) * 1e3 for at, number, _ in self.painted if number == index]
        return answers[0], answers[-1]

    def close(self) -> None:
        """End the thread and the child process."""
        self.link.shut_down()
        self.builder.shut_down()
        self.view.close()

    def _note(self, index: int, exact: bool) -> None:
        self.painted.append((time.perf_counter(), index, exact))


class BarePyav:
    """What must be done at least: jump, decode to the picture, turn it to RGB."""

    def __init__(self, container: "InputContainer", stream: "VideoStream", pts: list[int]) -> None:
        self._container = container
        self._stream = stream
        self._pts = pts

    def ask(self, index: int) -> float:
        """Milliseconds for a picture."""
        begun = time.perf_counter()
        wanted = self._pts[index]
        self._container.seek(wanted, stream=self._stream)
        for frame in self._container.decode(self._stream):
            if frame.pts is not None and frame.pts >= wanted:
                frame.to_ndarray(format="rgb24")
                break
        return (time.perf_counter() - begun) * 1e3


@contextmanager
def bare_pyav(film: Path, pts: list[int]) -> Iterator[BarePyav]:
    """Bare PyAV on a film whose pictures have these times."""
    # Imported here because the window's own modules must not reach FFmpeg's bindings when they load.
    import av

    with av.open(str(film)) as container:
        yield BarePyav(container, container.streams.video[0], pts)


def chosen_targets(reader: VideoReader, count: int) -> list[int]:
    """Random pictures, no two after each other in the same group of pictures where the film has several."""
    chance = np.random.default_rng(4)
    starts = [*np.flatnonzero(reader.table.keyframe), len(reader.table)]
    groups = [range(int(begin), int(end)) for begin, end in zip(starts, starts[1:], strict=False)]
    chance.shuffle(groups)
    return [int(chance.choice(groups[turn % len(groups)])) for turn in range(count)]


def measure_without_proxy(desk: Desk, film: OpenedFilm, bare: BarePyav, targets: list[int]) -> list[Times]:
    """Bare PyAV and the window in turn."""
    alone, first, exact = (
        Times("bare PyAV: jump, decode, RGB"),
        Times("window, no proxy: first picture"),
        Times("window, no proxy: exact picture"),
    )
    for turn, index in enumerate(targets):
        if turn % 2:
            alone.ms.append(bare.ask(index))
        coarse_ms, exact_ms = desk.ask(film, index)
        first.ms.append(coarse_ms)
        exact.ms.append(exact_ms)
        if not turn % 2:
            alone.ms.append(bare.ask(index))
    return [alone, first, exact]


def paired_ratios(exact: Times, alone: Times) -> list[float]:
    """Ratios of the same pictures, which a machine busy for a moment disturbs least."""
    return [one / other for one, other in zip(exact.ms, alone.ms, strict=True)]


def judged(exact: Times, alone: Times, coarse: Times) -> tuple[bool, str]:
    """Whether the goals are met, and how far, in two lines.

    Args:
        exact: Exact pictures without a proxy.
        alone: Bare PyAV on the same pictures.
        coarse: First pictures with a proxy.
    """
    ratio, coarse_ms = percentile(paired_ratios(exact, alone), 50), percentile(coarse.ms, 95)
    exact_met, coarse_met = ratio <= MOST_RATIO, coarse_ms <= COARSE_MS
    words = (
        f"exact without proxy against bare PyAV, picture by picture: {ratio:.2f} in the middle; goal "
        f"{MOST_RATIO} {verdict(exact_met)}\n"
        f"first picture with proxy: p95 {coarse_ms:.1f} ms; goal {COARSE_MS:.0f} ms {verdict(coarse_met)}"
    )
    return exact_met and coarse_met, words


def measure_with_proxy(desk: Desk, film: OpenedFilm, targets: list[int]) -> list[Times]:
    """The window with its proxy."""
    first = Times("window, proxy: first picture")
    exact = Times(f"window, proxy: exact ({REST_S * 1e3:.0f} ms of rest in it)")
    for index in targets:
        coarse_ms, exact_ms = desk.ask(film, index)
        first.ms.append(coarse_ms)
        exact.ms.append(exact_ms)
    return [first, exact]


def measure_drag(desk: Desk, film: OpenedFilm) -> tuple[Times, str]:
    """Sweep the playhead to and fro as a hand does; pictures that came too late are left out by the feed."""
    asked: dict[int, float] = {}  # when each picture was wished for last
    times = Times(f"window, proxy: dragging, a wish every {DRAG_STEP_MS} ms")
    wishes = 0
    begun = time.perf_counter()

    def step() -> None:
        nonlocal wishes
        phase = (time.perf_counter() - begun) / DRAG_S
        index = round((0.5 - 0.5 * math.cos(SWEEPS * math.tau * phase)) * (len(film.table) - 1))
        asked[index] = time.perf_counter()
        wishes += 1
        desk.playhead.seek(film.table.sample_of(index))

    def note(index: int, exact: bool) -> None:
        if index in asked and not exact:
            times.ms.append((time.perf_counter() - asked[index]) * 1e3)

    clock = QTimer(interval=DRAG_STEP_MS)
    clock.timeout.connect(step)
    desk.view.painted.connect(note)
    clock.start()
    wait_until(lambda: time.perf_counter() - begun > DRAG_S, "The end of the drag", limit_s=LONGEST_WAIT_S)
    clock.stop()
    desk.view.painted.disconnect(note)
    return times, f"dragging: {wishes} wishes in {DRAG_S:.0f} s, {len(times.ms)} pictures painted"


def measure(film_path: Path, folder: Path, *, targets: int) -> bool:
    """Measure a film and print the table.

    Returns:
        Whether the goals are met.

    Raises:
        StudioError: When the film cannot be shown or its proxy cannot be made.
    """
    with VideoReader(film_path) as reader:
        wanted, pts = chosen_targets(reader, targets), [int(time_) for time_ in reader.table.pts]
    before = machine_words()
    desk = Desk(folder)
    try:
        film = desk.open(film_path)
        with bare_pyav(film_path, pts) as bare:
            alone, first, exact = measure_without_proxy(desk, film, bare, wanted)
        built_s = desk.build_proxy(film)
        coarse, exact_with_proxy = measure_with_proxy(desk, film, wanted)
        drag, drag_words = measure_drag(desk, film)
    finally:
        desk.close()
    met, words = judged(exact, alone, coarse)
    title = (
        f"Scrubbing {film.info.picture_words}, up to {film.longest_group} pictures a group\n"
        f"{before} before, {machine_words()} after; proxy made in {built_s:.1f} s\n{drag_words}\n{words}"
    )
    rows = [times.row(alone) for times in (alone, first, exact, coarse, exact_with_proxy, drag)]
    print_table(title, rows, HEAD)
    return met


def main() -> int:
    """Run the measurement as a program; 0 when the goals are met, GOAL_MISSED when not."""
    parser = argparse.ArgumentParser(prog="msg_studio.bench.scrub", description="Measure scrubbing.")
    parser.add_argument("film", type=Path, nargs="?", help="a film; one is made when none is given")
    parser.add_argument("--targets", type=int, default=TARGETS, help="pictures asked for in each part")
    options = parser.parse_args()
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    with TemporaryDirectory() as folder:
        film = options.film or Path(folder) / "film.mp4"
        try:
            if options.film is None:
                make_long_gop_film(film, pictures=PICTURES)
            met = measure(film, Path(folder) / "proxies", targets=options.targets)
        except StudioError as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
    return 0 if met else GOAL_MISSED


if __name__ == "__main__":
    sys.exit(main())
