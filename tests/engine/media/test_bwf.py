import struct
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from engine.errors import OutputLocationError, WriteError
from engine.media.ascii_text import to_ascii
from engine.media.bwf import BroadcastInfo, write_bwf
from engine.records import FloatArray
from tests.coded_film import impulse_at
from tests.failing_disk import files_limited_to

# 01:00:00:00 at 24000/1001: 86,400 frames of 2002 samples.
ONE_HOUR_23_976 = 172_972_800
NOT_STATED = 327.67

INFO = BroadcastInfo(
    description="Cue 014 feet take 3 – boots on gravel",
    originator_reference="e014_t3",
    time_reference=ONE_HOUR_23_976,
    frame_rate=Fraction(24_000, 1001),
    drop_frame=False,
    project="MyFilm",
    scene="R1",
    tape="MSG_FEET",
    take=3,
    circled=True,
    note="Cue 014 boots on gravel",
    track_names=("FEET",),
    user="MSG model=starter seed=7 prompt=größer & <heavier>",
    coding_history="MultiSoundGen Studio 1.0;seed=7",
    loudness_lufs=-23.456,
    origination=datetime(2026, 3, 9, 7, 5, 4),
)


def written(path: Path, info: BroadcastInfo = INFO, sound: FloatArray | None = None) -> Path:
    write_bwf(path, impulse_at(1000, length=4801) if sound is None else sound, rate_hz=48_000, info=info)
    return path


def ixml_of(path: Path) -> ElementTree.Element:
    content = path.read_bytes()
    place = content.index(b"iXML")
    (size,) = struct.unpack_from("<I", content, place + 4)
    return ElementTree.fromstring(content[place + 8 : place + 8 + size])


def test_bext_is_read_back_by_an_independent_reader(tmp_path: Path) -> None:
    bext = WavInfoReader(str(written(tmp_path / "stem.wav"))).bext
    assert bext.description == "Cue 014 feet take 3 - boots on gravel"
    assert bext.originator == "MultiSoundGen Studio"
    assert bext.originator_ref == "e014_t3"
    assert (bext.originator_date, bext.originator_time) == ("2026-03-09", "07:05:04")
    assert bext.time_reference == ONE_HOUR_23_976
    assert bext.version == 2
    assert bext.umid == bytes(64)
    assert bext.loudness_value == -23.46
    assert bext.loudness_range == NOT_STATED
    assert bext.max_true_peak == NOT_STATED
    assert bext.coding_history == "A=PCM,F=48000,W=24,M=mono,T=MultiSoundGen Studio 1.0;seed=7\r\n"


def test_ixml_is_read_back_by_an_independent_reader(tmp_path: Path) -> None:
    ixml = WavInfoReader(str(written(tmp_path / "stem.wav"))).ixml
    assert (ixml.project, ixml.scene, ixml.tape, ixml.take) == ("MyFilm", "R1", "MSG_FEET", "3")
    assert [track.name for track in ixml.track_list] == ["FEET"]


@pytest.mark.parametrize("time_reference", [0, ONE_HOUR_23_976, (1 << 32) - 1, 1 << 32, 192_000 * 86_399])
def test_time_stamp_of_ixml_equals_that_of_bext(tmp_path: Path, time_reference: int) -> None:
    path = written(tmp_path / "stem.wav", replace(INFO, time_reference=time_reference))
    speed = ixml_of(path).find("SPEED")
    assert speed is not None
    high = int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", ""))
    low = int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", ""))
    assert (high << 32) + low == time_reference
    assert WavInfoReader(str(path)).bext.time_reference == time_reference


@pytest.mark.parametrize(
    ("frame_rate", "drop_frame", "rate", "flag"),
    [
        (Fraction(24_000, 1001), False, "24000/1001", "NDF"),
        (Fraction(25), False, "25/1", "NDF"),
        (Fraction(30_000, 1001), True, "30000/1001", "DF"),
    ],
)
def test_ixml_states_the_timecode(
    tmp_path: Path, frame_rate: Fraction, drop_frame: bool, rate: str, flag: str
) -> None:
    info = replace(INFO, frame_rate=frame_rate, drop_frame=drop_frame)
    speed = ixml_of(written(tmp_path / "stem.wav", info)).find("SPEED")
    assert speed is not None
    assert [speed.findtext(name) for name in ("MASTER_SPEED", "CURRENT_SPEED", "TIMECODE_RATE")] == [rate] * 3
    assert speed.findtext("TIMECODE_FLAG") == flag
    assert speed.findtext("FILE_SAMPLE_RATE") == "48000"
    assert speed.findtext("AUDIO_BIT_DEPTH") == "24"


def test_ixml_keeps_every_letter_and_drops_what_xml_cannot_hold(tmp_path: Path) -> None:
    root = ixml_of(written(tmp_path / "stem.wav", replace(INFO, note="bell\x07 end", circled=False)))
    assert root.findtext("USER") == INFO.user
    assert root.findtext("NOTE") == "bell  end"
    assert root.findtext("CIRCLED") == "FALSE"


def test_impulse_lies_at_its_sample(tmp_path: Path) -> None:
    sound, rate_hz = soundfile.read(written(tmp_path / "stem.wav"), always_2d=True)
    assert (rate_hz, sound.shape) == (48_000, (4801, 1))
    assert np.flatnonzero(sound[:, 0]).tolist() == [1000]


def test_samples_are_rounded_to_24_bits(tmp_path: Path) -> None:
    step = 2.0**-23
    sound = np.array([[-1.0, -step, 0.0, 0.4 * step, 0.6 * step, 0.5, 1.0]], dtype=np.float32)
    read, _ = soundfile.read(written(tmp_path / "stem.wav", sound=sound), dtype="int32")
    assert (read >> 8).tolist() == [-(1 << 23), -1, 0, 0, 1, 1 << 22, (1 << 23) - 1]


def test_channels_stay_apart(tmp_path: Path) -> None:
    sound = np.random.default_rng(2).uniform(-1, 1, (3, 70_001)).astype(np.float32)
    path = written(tmp_path / "mix.wav", replace(INFO, track_names=("L", "R", "C")), sound)
    read, _ = soundfile.read(path, dtype="float32", always_2d=True)
    assert np.abs(read.T - sound).max() <= 2.0**-23
    assert [track.name for track in WavInfoReader(str(path)).ixml.track_list] == ["L", "R", "C"]
    assert "M=multi" in WavInfoReader(str(path)).bext.coding_history


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_chunks_are_even_and_sizes_add_up(tmp_path: Path, length: int) -> None:
    sound = np.zeros((1, length), dtype=np.float32)
    content = written(tmp_path / "stem.wav", replace(INFO, coding_history="odd"), sound).read_bytes()
    riff, size, wave = struct.unpack_from("<4sI4s", content)
    assert (riff, size, wave) == (b"RIFF", len(content) - 8, b"WAVE")
    place, names = 12, []
    while place < len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        names.append(name)
        place += 8 + size + size % 2
    assert place == len(content)
    assert names == [b"bext", b"iXML", b"fmt ", b"data"]


@pytest.mark.parametrize(
    ("loudness", "stated"),
    [(None, NOT_STATED), (-70.0, -70.0), (float("-inf"), NOT_STATED), (-123.0, NOT_STATED)],
)
def test_loudness_that_cannot_be_stated_is_not(tmp_path: Path, loudness: float | None, stated: float) -> None:
    path = written(tmp_path / "stem.wav", replace(INFO, loudness_lufs=loudness))
    assert WavInfoReader(str(path)).bext.loudness_value == stated


def test_long_description_is_cut_and_does_not_reach_its_neighbour(tmp_path: Path) -> None:
    bext = WavInfoReader(str(written(tmp_path / "stem.wav", replace(INFO, description="x" * 300)))).bext
    assert bext.description == "x" * 256
    assert bext.originator == "MultiSoundGen Studio"


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Tür – „zu“", b'Tur - "zu"'), ("Øre ½", b"Ore 1?2"), ("足音", b"??"), ("a\nb", b"a b"), ("", b"")],
)
def test_text_becomes_ascii(text: str, plain: bytes) -> None:
    assert to_ascii(text) == plain


def test_comma_does_not_begin_a_new_history_field(tmp_path: Path) -> None:
    path = written(tmp_path / "stem.wav", replace(INFO, coding_history="seed=7, steps=25\nmore"))
    assert WavInfoReader(str(path)).bext.coding_history.endswith("T=seed=7; steps=25 more\r\n")


@pytest.mark.parametrize(
    ("sound", "info", "words"),
    [
        (np.full((1, 4), 1.01, np.float32), INFO, r"a peak of 1\.0\d+: scale them first"),
        (np.full((1, 4), np.nan, np.float32), INFO, "a peak of nan"),
        (np.zeros(4, np.float32), INFO, r"takes samples \(C, N\), got \(4,\)"),
        (np.zeros((2, 4), np.float32), INFO, "2 channels need as many track names"),
        (np.zeros((1, 4), np.float32), replace(INFO, time_reference=-1), "counted from midnight, got -1"),
    ],
)
def test_what_cannot_be_written_is_an_error_of_the_caller(
    tmp_path: Path, sound: FloatArray, info: BroadcastInfo, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        write_bwf(tmp_path / "stem.wav", sound, rate_hz=48_000, info=info)
    assert list(tmp_path.iterdir()) == []


def test_file_in_place_of_the_folder_is_a_bad_place(tmp_path: Path) -> None:
    (tmp_path / "stems").touch()
    with pytest.raises(OutputLocationError, match=r"stem\.wav: a part of its path is a file"):
        written(tmp_path / "stems" / "stem.wav")


def test_failing_disk_leaves_no_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "stem.wav"
    sound = np.zeros((1, 48_000), dtype=np.float32)
    with (
        files_limited_to(10_000),
        pytest.raises(WriteError, match=r"stem\.wav failed, the file is larger than .* No partial file"),
    ):
        written(path, sound=sound)
    assert list(tmp_path.iterdir()) == []
