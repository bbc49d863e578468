"""Coded films made once for all tests of this folder."""

from fractions import Fraction
from pathlib import Path

import pytest

from engine.records import FloatArray
from tests.coded_film import HLG, PQ, TICKS, even_pts, impulse_at, make_film, uneven_pts, with_edit

FRAMES = 300
IMPULSE = 24_000
WRAP_AFTER = 171_002  # 1.9 s; leaves a whole number of sound samples before the wrap

# All films whose pictures can be counted on, with the number their first picture shows.
VARIANTS = {
    "long_gop.mp4": 0,
    "short_gop.mp4": 0,
    "open_gop.mp4": 0,
    "variable_rate.mp4": 0,
    "cut_start.mp4": 10,
    "late_start.mp4": 0,
    "negative_start.ts": 0,
    "edited.mp4": 30,
    "apart.mp4": 10,
    "turned.mp4": 0,
    "turned_180.mp4": 0,
    "turned_270.mp4": 0,
    "wide_pixels.mp4": 0,
    "wide_turned.mp4": 0,
    "fields.mp4": 0,
    "ten_bit.mp4": 0,
    "main_10.mp4": 0,
    "pro_res.mov": 0,
    "jpegs.mov": 0,
    "jpegs_late.mp4": 0,
    "jpegs_cut.mp4": 10,
    "pq.mp4": 0,
    "hlg.mp4": 0,
    "plain.mkv": 0,
    "stream.ts": 0,
    "field.mpg": 0,
}


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of films; the name of each says what is special about it."""
    folder = tmp_path_factory.mktemp("films")
    even = even_pts(FRAMES)
    ten_frames = even_pts(11)[10]
    sound = impulse_at(IMPULSE, length=480_480)
    make_film(folder / "long_gop.mp4", pts=even, sound=sound, options={"movflags": "faststart"})
    make_film(folder / "short_gop.mp4", pts=even, gop=12)
    make_film(folder / "variable_rate.mp4", pts=uneven_pts(FRAMES))
    make_film(folder / "cut_start.mp4", pts=[time - ten_frames for time in even[:100]])
    make_film(folder / "late_start.mp4", pts=[time + 9000 for time in even[:100]])
    make_film(folder / "turned.mp4", pts=even[:60], turn=90, gop=12)
    make_film(folder / "turned_180.mp4", pts=even[:60], turn=180)
    make_film(folder / "turned_270.mp4", pts=even[:60], turn=270)
    make_film(folder / "open_gop.mp4", pts=even[:100], gop=12, encoder={"x264-params": "open-gop=1"})
    _make_deep_films(folder, even[:60])
    _make_odd_films(folder, even)
    make_film(folder / "plain.mkv", pts=even[:100], sound=sound[:, :160_160])
    make_film(folder / "stream.ts", pts=even[:100], gop=12)
    rate_25 = Fraction(1, 25)
    make_film(folder / "field.mpg", pts=range(100), time_base=rate_25, codec="mpeg2video", b_frames=0)
    make_film(folder / "untimed.avi", pts=range(100), time_base=rate_25)
    return folder


def _make_deep_films(folder: Path, pts: list[int]) -> None:
    """10 bits, plain and with more light than a plain screen has."""
    deep = "yuv420p10le"
    x265 = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=30"}
    make_film(folder / "ten_bit.mp4", pts=even_pts(100), pixels=deep)
    make_film(folder / "main_10.mp4", pts=pts, codec="libx265", pixels=deep, encoder=x265)
    make_film(folder / "pro_res.mov", pts=pts[:30], codec="prores_ks", pixels="yuv422p10le")
    _make_jpegs(folder / "jpegs.mov", uneven_pts(60), sound=impulse_at(100, length=48_000))
    _make_jpegs(folder / "jpegs_late.mp4", [time + 9000 for time in pts])
    _make_jpegs(folder / "jpegs_cut.mp4", [time - 30_030 for time in pts])
    make_film(folder / "pq.mp4", pts=pts, pixels=deep, transfer=PQ)
    make_film(folder / "hlg.mp4", pts=pts, pixels=deep, transfer=HLG, turn=90)


def _make_jpegs(path: Path, pts: list[int], *, sound: FloatArray | None = None) -> None:
    """A film in which every picture stands for itself."""
    make_film(path, pts=pts, codec="mjpeg", pixels="yuvj420p", sound=sound)


def _make_odd_films(folder: Path, even: list[int]) -> None:
    """Times before 0, edits inside a group, fields, pixels that are not square."""
    begin = (1 << 33) - WRAP_AFTER  # the clock of a .ts counts to 2 ** 33, then from 0
    sound = impulse_at(24_000, length=96_000)
    make_film(
        folder / "negative_start.ts",
        pts=[begin + time for time in even[:100]],
        gop=12,
        sound=sound,
        sound_start=begin * 8 // 15,
    )
    same_clock = {"movie_timescale": str(TICKS)}
    plain = make_film(folder / "uncut.mp4", pts=even[:100], gop=24, options=same_clock)
    with_edit(plain, folder / "edited.mp4", first_unit=even[30], units=even[41])
    # Picture 10 comes at time 0, the sound a quarter of a second later.
    early = [time - even[10] for time in even[:100]]
    fine_clock = {"movie_timescale": "240000"}  # the usual millisecond would round the offsets
    make_film(folder / "apart.mp4", pts=early, sound=sound, sound_start=12_000, options=fine_clock)
    make_film(folder / "fields.mp4", pts=even[:60], gop=12, encoder={"x264-params": "tff=1:bframes=0"})
    make_film(folder / "wide_pixels.mp4", pts=even[:60], pixel_aspect=Fraction(4, 3))
    make_film(folder / "wide_turned.mp4", pts=even[:60], pixel_aspect=Fraction(4, 3), turn=270)
