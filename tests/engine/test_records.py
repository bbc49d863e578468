from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.records import ClipInfo, Take, TakeLayer
from engine.timing import TimeRange
from tests.engine.project.samples import take

PLAIN = ClipInfo(
    path=Path("walk.mov"),
    fingerprint="0" * 64,
    duration_samples=48_000,
    fps=Fraction(24_000, 1001),
    variable_rate=False,
    width=1920,
    height=1080,
    rotation=0,
    start_pts=0,
    time_base=Fraction(1, 24_000),
    frame_count=24,
    video_codec="prores",
    pixel_format="yuv422p10le",
    audio=None,
)


@pytest.mark.parametrize(
    ("pixel_format", "bits"),
    [
        ("yuv420p", 8),
        ("yuvj422p", 8),
        ("rgb24", 8),
        ("rgb565le", 8),
        ("yuv420p10le", 10),
        ("yuv444p12be", 12),
        ("p010le", 10),
        ("nv20le", 10),
        ("gbrp14le", 14),
        ("p016le", 16),
        ("gray16le", 16),
        ("rgb48le", 16),
        ("rgba64be", 16),
        ("gbrpf32le", 32),
    ],
)
def test_bit_depth_is_read_from_the_pixel_format(pixel_format: str, bits: int) -> None:
    assert replace(PLAIN, pixel_format=pixel_format).bit_depth == bits


def test_picture_in_words_leaves_out_what_is_usual_or_unknown() -> None:
    assert PLAIN.picture_words == "1920x1080, 23.976 fps, ProRes 10 bit"
    hdr = replace(PLAIN, colour="HDR PQ", colour_approximate=True)
    assert hdr.picture_words == "1920x1080, 23.976 fps, ProRes 10 bit, HDR PQ: preview is approximate"
    round_rate = replace(PLAIN, fps=Fraction(30), video_codec="snow", pixel_format="yuv420p")
    assert round_rate.picture_words == "1920x1080, 30 fps, snow"


def test_what_projects_do_not_store_does_not_make_a_difference() -> None:
    looked_at = replace(PLAIN, colour="BT.709", pixel_aspect=Fraction(4, 3), interlaced=True)
    assert looked_at == PLAIN


def layered(*kept: tuple[int, int]) -> Take:
    """A take of 2 s from 0.5 s on."""
    layers = tuple(TakeLayer("t1", TimeRange(*part)) for part in kept)
    return replace(take("t1_r9", "e001", Path()), layers=layers)


def test_what_was_made_anew_lies_between_what_was_kept() -> None:
    assert layered().remade is None
    assert layered((0, 1_000), (3_000, 96_000)).remade == TimeRange(25_000, 27_000)
    assert layered((0, 1_000)).remade == TimeRange(25_000, 120_000)
    assert layered((3_000, 96_000)).remade == TimeRange(24_000, 27_000)
    assert layered((0, 96_000)).remade is None
