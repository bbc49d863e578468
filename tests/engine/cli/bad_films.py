"""Makes every kind of file that is no usable film."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.coded_film import even_pts, impulse_at, make_film

FilmMaker = Callable[[Path], object]


def absent(_: Path) -> None:
    """No such file."""


def cut_short(path: Path) -> None:
    """A film whose last third never arrived."""
    make_film(path, pts=even_pts(60, Fraction(25)), options={"movflags": "faststart"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def text(path: Path) -> None:
    """Words under the name of a film."""
    path.write_text("Scene 12: he walks over gravel.\n" * 200, encoding="utf-8")


def random_bytes(path: Path) -> None:
    """Noise under the name of a film."""
    path.write_bytes(np.random.default_rng(1).bytes(100_000))


def sound_only(path: Path) -> None:
    """Sound without a picture."""
    make_film(path, pts=[], sound=impulse_at(100, length=9600))


def no_pictures(path: Path) -> None:
    """A picture track of no length: the counts of all its sample tables are nought."""
    make_film(path, pts=even_pts(20, Fraction(25)))
    content = bytearray(path.read_bytes())
    for box, entry_counts in ((b"stsz", (8, 12)), (b"stts", (8,)), (b"stsc", (8,)), (b"stco", (8,))):
        place = content.index(box)
        for offset in entry_counts:
            content[place + offset : place + offset + 4] = bytes(4)
    path.write_bytes(content)


def without_a_rate(path: Path) -> Path:
    """A good film, .mkv, whose header states no frame rate."""
    make_film(path, pts=even_pts(50, Fraction(25)))
    content = bytearray(path.read_bytes())
    default_duration = content.index(b"\x23\xe3\x83\x84")  # EBML id 0x23E383, four bytes long
    content[default_duration + 4 : default_duration + 8] = bytes(4)
    path.write_bytes(content)
    return path


BAD_FILMS: dict[FilmMaker, str] = {
    absent: "check the name",
    Path.mkdir: "is a folder: give a film",
    Path.touch: "is empty (0 bytes): copy or export it again",
    cut_short: "is cut short",
    text: "is not a film or sound file that can be read here",
    random_bytes: "that can be read here",
    sound_only: "has no picture, only sound or data: give a film",
    no_pictures: "holds no frames: export it again",
}
