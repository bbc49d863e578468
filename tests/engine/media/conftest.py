"""Coded films made once for all tests of this folder."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.coded_film import even_pts, impulse_at, make_film, uneven_pts

FRAMES = 300
IMPULSE = 24_000


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
    make_film(folder / "ten_bit.mp4", pts=even[:100], pixels="yuv420p10le")
    make_film(folder / "plain.mkv", pts=even[:100], sound=sound[:, :160_160])
    make_film(folder / "stream.ts", pts=even[:100], gop=12)
    rate_25 = Fraction(1, 25)
    make_film(folder / "field.mpg", pts=range(100), time_base=rate_25, codec="mpeg2video", b_frames=0)
    make_film(folder / "untimed.avi", pts=range(100), time_base=rate_25)
    return folder
