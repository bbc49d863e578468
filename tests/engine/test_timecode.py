from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.timecode import (
    STANDARD_RATES,
    TimecodeRate,
    format_timecode,
    frame_of_label,
    label_of_frame,
    project_rate,
    sample_of_timecode,
    time_reference,
)

NTSC_24 = Fraction(24000, 1001)
NTSC_30 = Fraction(30000, 1001)
NTSC_60 = Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("fps", "drop_frame", "label", "samples"),
    [
        (Fraction(24), False, "01:00:00:00", 172_800_000),
        (Fraction(25), False, "01:00:00:00", 172_800_000),
        (Fraction(30), False, "01:00:00:00", 172_800_000),
        (Fraction(50), False, "01:00:00:00", 172_800_000),
        (NTSC_24, False, "01:00:00:00", 172_972_800),
        (NTSC_30, False, "01:00:00:00", 172_972_800),
        # 107892 frames * 1601.6 samples = 172 799 827.2
        (NTSC_30, True, "01:00:00;00", 172_799_827),
        # 215784 frames * 800.8 samples = 172 799 827.2
        (NTSC_60, True, "01:00:00;00", 172_799_827),
    ],
)
def test_hour_of_timecode_in_samples(fps: Fraction, drop_frame: bool, label: str, samples: int) -> None:
    rate = project_rate(fps, drop_frame=drop_frame)
    assert time_reference(rate, label, 0) == samples


def test_time_reference_is_rounded_once() -> None:
    # 172 799 827.2 + 48 000 samples
    assert time_reference(project_rate(NTSC_30, drop_frame=True), "01:00:00;00", 48_000) == 172_847_827
    # one frame of 1601.6 samples, on a grid of 44 100: 1471.47
    assert time_reference(project_rate(NTSC_30), "00:00:00:01", 0, rate_hz=44_100) == 1471


def test_positions_before_midnight_wrap_to_the_day_before() -> None:
    rate = project_rate(Fraction(25))
    assert time_reference(rate, "00:00:00:00", -96_000) == 24 * 3600 * 48_000 - 96_000
    assert format_timecode(rate, "00:00:00:00", -96_000) == "23:59:58:00"
    assert time_reference(rate, "23:59:59:00", 48_000) == 0


@pytest.mark.parametrize(
    ("fps", "counted", "exact"),
    [
        (Fraction(24), Fraction(24), True),
        (Fraction(2997, 100), NTSC_30, True),
        (Fraction(2398, 100), NTSC_24, True),
        (Fraction(15), Fraction(24), False),
        (Fraction(29), Fraction(30), False),
        (Fraction(120), Fraction(30), False),
        (Fraction(2448, 100), Fraction(24), False),
        (Fraction(2452, 100), Fraction(25), False),
    ],
)
def test_project_counts_at_a_standard_rate(fps: Fraction, counted: Fraction, exact: bool) -> None:
    assert project_rate(fps) == TimecodeRate(counted, drop_frame=False, exact=exact)


@pytest.mark.parametrize(
    ("fps", "drop_frame"), [(Fraction(25), True), (Fraction(0), False), (Fraction(-1), False)]
)
def test_impossible_rates_are_refused(fps: Fraction, drop_frame: bool) -> None:
    with pytest.raises(InputError):
        project_rate(fps, drop_frame=drop_frame)


@pytest.mark.parametrize(
    ("label", "frame"),
    [
        ("00:00:59;29", 1799),
        ("00:01:00;02", 1800),
        ("00:09:59;29", 17_981),
        ("00:10:00;00", 17_982),
        ("23:59:59;29", 2_589_407),
    ],
)
def test_drop_frame_labels_skip_two_numbers_a_minute(label: str, frame: int) -> None:
    rate = project_rate(NTSC_30, drop_frame=True)
    assert frame_of_label(rate, label) == frame
    assert label_of_frame(rate, frame) == label


@pytest.mark.parametrize(
    ("fps", "label", "message"),
    [
        (Fraction(25), "1:00", "cannot be read"),
        (Fraction(25), "01:00:00:25", "out of range"),
        (Fraction(25), "24:00:00:00", "out of range"),
        (Fraction(25), "01:60:00:00", "out of range"),
        (Fraction(25), "01:00:00;00", "drop-frame, the project is not"),
        (NTSC_30, "01:01:00;01", "drop-frame, the project is not"),
    ],
)
def test_wrong_labels_are_explained(fps: Fraction, label: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        frame_of_label(project_rate(fps), label)


def test_label_left_out_by_drop_frame_is_refused() -> None:
    with pytest.raises(InputError, match="this minute begins at frame 02"):
        frame_of_label(project_rate(NTSC_30, drop_frame=True), "01:01:00;01")


def test_frame_begins_at_its_nearest_sample() -> None:
    # frame 2 of 29.97 begins at sample 3203.2, so at 3203
    rate = project_rate(NTSC_30)
    assert format_timecode(rate, "00:00:00:00", 3202) == "00:00:00:01"
    assert format_timecode(rate, "00:00:00:00", 3203) == "00:00:00:02"
    assert sample_of_timecode(rate, "00:00:00:00", "00:00:00:02") == 3203


@settings(deadline=None)
@given(
    st.sampled_from([TimecodeRate(fps, False, exact=True) for fps in STANDARD_RATES])
    | st.sampled_from([TimecodeRate(fps, True, exact=True) for fps in (NTSC_30, NTSC_60)]),
    st.integers(0, 24 * 3600 * 60),
)
def test_frames_labels_and_samples_agree(rate: TimecodeRate, frame: int) -> None:
    frame %= rate.frames_per_day
    label = label_of_frame(rate, frame)
    start = label_of_frame(rate, 0)
    assert frame_of_label(rate, label) == frame
    assert format_timecode(rate, start, sample_of_timecode(rate, start, label)) == label
