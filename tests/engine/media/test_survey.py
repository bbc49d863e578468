import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, MediaError
from engine.media.survey import survey
from engine.media.video_reader import VideoReader, probe
from tests.coded_film import HEIGHT, TICKS, WIDTH, even_pts, impulse_at, make_film, number_in
from tests.engine.media.conftest import WRAP_AFTER

NTSC = Fraction(30_000, 1001)


def nothing(_: Path, target: Path) -> None:
    pass


def folder(_: Path, target: Path) -> None:
    target.mkdir()


def empty(_: Path, target: Path) -> None:
    target.touch()


def text(_: Path, target: Path) -> None:
    target.write_text("Scene 12: he walks over gravel.\n" * 200, encoding="utf-8")


def playlist(films: Path, target: Path) -> None:
    target.write_text(f"ffconcat version 1.0\nfile {films / 'short_gop.mp4'}\n", encoding="utf-8")


def random_bytes(_: Path, target: Path) -> None:
    target.write_bytes(np.random.default_rng(1).bytes(100_000))


def cut_after_its_index(films: Path, target: Path) -> None:
    content = (films / "long_gop.mp4").read_bytes()
    target.write_bytes(content[: len(content) * 6 // 10])


def cut_before_its_index(films: Path, target: Path) -> None:
    content = (films / "short_gop.mp4").read_bytes()
    target.write_bytes(content[: len(content) * 6 // 10])


def sound_only(_: Path, target: Path) -> None:
    make_film(target, pts=[], sound=impulse_at(100, length=9600))


def no_pictures(films: Path, target: Path) -> None:
    # The counts of all sample tables set to nought: a picture track that holds nothing.
    content = bytearray((films / "short_gop.mp4").read_bytes())
    for box, entry_counts in ((b"stsz", (8, 12)), (b"stts", (8,)), (b"stsc", (8,)), (b"stco", (8,))):
        place = content.index(box)
        for offset in entry_counts:
            content[place + offset : place + offset + 4] = bytes(4)
    target.write_bytes(content)


def single_picture(_: Path, target: Path) -> None:
    make_film(target, pts=[0])


def unknown_codec(films: Path, target: Path) -> None:
    content = (films / "short_gop.mp4").read_bytes()
    target.write_bytes(content.replace(b"avc1", b"qqqq"))


def untimed(films: Path, target: Path) -> None:
    shutil.copy(films / "untimed.avi", target)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (nothing, "There is no file .*: check the name"),
        (folder, "is a folder: give a film"),
        (empty, r"is empty \(0 bytes\): copy or export it again"),
        (text, "is not a film or sound file that can be read here .* convert it"),
        (playlist, "is not a film or sound file that can be read here"),
        (random_bytes, "not a film|no picture"),
        (cut_after_its_index, r"is cut short \(\d+ of 300 pictures are there, \d+ bytes are missing\): copy"),
        (cut_before_its_index, r"is cut short \(its index is missing or damaged\): copy"),
        (sound_only, "has no picture, only sound or data: give a film"),
        (no_pictures, "holds no frames: export it again"),
        (single_picture, "holds a single picture: give a film with at least two"),
        (unknown_codec, r"in a format unknown here: convert it to H\.264"),
        (untimed, r"carry no usable times .*: convert it to \.mp4"),
    ],
)
def test_bad_film_is_refused_in_a_sentence_with_its_name_and_a_remedy(
    films: Path, tmp_path: Path, make: Callable[[Path, Path], None], sentence: str
) -> None:
    target = tmp_path / "clip.mp4"
    make(films, target)
    with pytest.raises(MediaError, match=sentence) as caught:
        probe(target)
    assert str(target) in str(caught.value)
    with pytest.raises(MediaError, match=sentence):
        VideoReader(target)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev")
def test_device_is_refused_without_reading_it() -> None:
    with pytest.raises(MediaError, match="/dev/zero is a device or pipe"):
        probe(Path("/dev/zero"))


def test_film_facts_are_read(films: Path) -> None:
    info = probe(films / "long_gop.mp4")
    assert (info.fps, info.variable_rate, info.frame_count) == (NTSC, False, 300)
    assert info.duration_samples == 480_480  # 300 * 1601.6
    assert (info.width, info.height, info.rotation) == (WIDTH, HEIGHT, 0)
    assert (info.video_codec, info.pixel_format) == ("h264", "yuv420p")
    assert (info.start_pts, info.time_base) == (0, Fraction(1, TICKS))
    assert info.audio is not None
    assert (info.audio.codec, info.audio.rate_hz, info.audio.channels) == ("aac", 48_000, 1)
    assert info.audio.duration_samples == 480_480


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("long_gop.mp4", "192x96, 29.97 fps, H.264, BT.601 (assumed)"),
        ("ten_bit.mp4", "192x96, 29.97 fps, H.264 10 bit, BT.601 (assumed)"),
        ("main_10.mp4", "192x96, 29.97 fps, H.265 10 bit, BT.601 (assumed)"),
        ("pro_res.mov", "192x96, 29.97 fps, ProRes 10 bit, BT.601 (assumed)"),
        ("pq.mp4", "192x96, 29.97 fps, H.264 10 bit, HDR PQ: preview is approximate"),
        (
            "hlg.mp4",
            "192x96, 29.97 fps, H.264 10 bit, HDR HLG: preview is approximate, turned by 90 degrees",
        ),
        ("wide_pixels.mp4", "256x96, 29.97 fps, H.264, BT.601 (assumed), anamorphic, pixels 4:3"),
        (
            "fields.mp4",
            "192x96, 29.97 fps, H.264, BT.601 (assumed), interlaced: both fields are shown together",
        ),
        ("variable_rate.mp4", "192x96, 17.188 fps on average, variable, H.264, BT.601 (assumed)"),
    ],
)
def test_picture_is_put_into_words(films: Path, name: str, words: str) -> None:
    assert probe(films / name).picture_words == words


def test_start_below_zero_is_kept(films: Path) -> None:
    info = probe(films / "negative_start.ts")
    assert (info.start_pts * info.time_base, info.frame_count) == (Fraction(-WRAP_AFTER, TICKS), 100)


def test_pictures_outside_an_edit_inside_a_group_are_not_counted(films: Path) -> None:
    info = probe(films / "edited.mp4")  # pictures 30 to 70 of 100
    assert (info.frame_count, info.start_pts) == (41, 0)


def test_film_without_sound_has_no_sound_facts(films: Path) -> None:
    assert probe(films / "short_gop.mp4").audio is None


def test_pictures_before_the_edit_are_not_counted(films: Path) -> None:
    info = probe(films / "cut_start.mp4")
    assert (info.frame_count, info.start_pts, info.duration_samples) == (90, 0, 144_144)


def test_keyframes_of_a_short_group_are_marked(films: Path) -> None:
    keyframes = np.flatnonzero(survey(films / "short_gop.mp4").table.keyframe)
    assert keyframes.tolist() == list(range(0, 300, 12))


def test_header_without_a_frame_rate_does_not_matter(films: Path, tmp_path: Path) -> None:
    # An .mkv without the default duration states no rate; FFmpeg then guesses one.
    content = bytearray((films / "plain.mkv").read_bytes())
    default_duration = content.index(b"\x23\xe3\x83\x84")  # EBML id 0x23E383, four bytes long
    content[default_duration + 4 : default_duration + 8] = bytes(4)
    path = tmp_path / "no_rate.mkv"
    path.write_bytes(content)
    assert probe(path).fps == NTSC


def test_damaged_mkv_is_used_up_to_where_its_data_end(films: Path, tmp_path: Path) -> None:
    content = (films / "plain.mkv").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(content[: len(content) * 3 // 4])
    with VideoReader(path) as reader:
        assert 2 < len(reader.table) < 100
        assert number_in(reader.frame(len(reader.table) - 2)) == len(reader.table) - 2


def test_moved_film_keeps_its_fingerprint_and_an_edited_one_does_not(films: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.mp4"
    shutil.copy(films / "short_gop.mp4", moved)
    fingerprint = probe(films / "short_gop.mp4").fingerprint
    assert len(fingerprint) == 64
    assert probe(moved).fingerprint == fingerprint
    assert probe(make_film(tmp_path / "other.mp4", pts=even_pts(299), gop=12)).fingerprint != fingerprint


def test_film_that_changes_is_read_again(films: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    shutil.copy(films / "short_gop.mp4", path)
    assert probe(path).frame_count == 300
    shutil.copy(films / "turned.mp4", path)
    os.utime(path, ns=(1, 1))
    assert probe(path).frame_count == 60


def test_name_with_a_colon_is_a_file_and_no_protocol(films: Path, tmp_path: Path) -> None:
    path = tmp_path / "concat:take 2.mp4"
    shutil.copy(films / "short_gop.mp4", path)
    assert probe(path).frame_count == 300


def test_a_film_that_is_not_wanted_any_more_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", pts=even_pts(100))
    asked: list[int] = []

    def give_up() -> bool:
        asked.append(len(asked))
        return len(asked) == 10

    with pytest.raises(Cancelled):
        survey(path, give_up=give_up)
    assert len(asked) == 10
    assert len(survey(path).table) == 100
    assert survey(path, give_up=give_up) is survey(path)  # known: nobody is asked
    assert len(asked) == 10
