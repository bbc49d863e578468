import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, MediaError, OutputLocationError, WriteError
from engine.media.audio_file import read_clip_audio
from engine.media.mux import write_preview
from engine.media.video_reader import VideoReader, probe
from engine.progress import CancelToken, Progress
from tests.coded_film import HEIGHT, WIDTH, even_pts, impulse_at, make_film, number_in
from tests.engine.media.conftest import IMPULSE
from tests.failing_disk import files_limited_to

FILM_48K = 160_160  # 100 pictures at 30000/1001


def numbers_shown(path: Path) -> list[int]:
    with VideoReader(path) as reader:
        return [number_in(reader.frame(index)) for index in range(len(reader.table))]


def times_s(path: Path) -> list[float]:
    with VideoReader(path) as reader:
        return [reader.table.sample_of(index) / 48_000 for index in range(len(reader.table))]


@pytest.mark.parametrize(
    "name",
    [
        "long_gop.mp4",
        "variable_rate.mp4",
        "cut_start.mp4",
        "late_start.mp4",
        "turned.mp4",
        "plain.mkv",
        "stream.ts",
    ],
)
def test_copied_preview_shows_the_film_with_the_mix_at_its_samples(
    films: Path, tmp_path: Path, name: str
) -> None:
    clip = films / name
    info = probe(clip)
    mix = impulse_at(IMPULSE, length=info.duration_samples, channels=2)
    report = write_preview(clip, mix, tmp_path / "preview.v2")
    assert report.path == tmp_path / "preview.v2.mp4"
    assert report.picture_copied
    assert report.reason == "picture copied unchanged into .mp4"
    preview = probe(report.path)
    assert (preview.frame_count, preview.rotation) == (info.frame_count, info.rotation)
    assert preview.start_pts == 0
    assert numbers_shown(report.path) == numbers_shown(clip)
    assert np.abs(np.subtract(times_s(report.path), times_s(clip))).max() < 0.002
    sound = read_clip_audio(report.path)
    assert sound.shape == (2, preview.duration_samples)
    assert np.argmax(np.abs(sound), axis=1).tolist() == [IMPULSE, IMPULSE]
    assert list(tmp_path.iterdir()) == [report.path]


def test_mix_replaces_the_sound_of_the_film(films: Path, tmp_path: Path) -> None:
    report = write_preview(
        films / "long_gop.mp4", np.zeros((1, 480_480), dtype=np.float32), tmp_path / "preview"
    )
    assert np.abs(read_clip_audio(report.path)).max() < 1e-4


@pytest.mark.parametrize("length", [48_000, FILM_48K + 48_000])
def test_mix_is_brought_to_the_length_of_the_picture(films: Path, tmp_path: Path, length: int) -> None:
    report = write_preview(films / "ten_bit.mp4", impulse_at(IMPULSE, length=length), tmp_path / "preview")
    info = probe(report.path)
    assert info.audio is not None
    assert info.audio.duration_samples == info.duration_samples == FILM_48K


def test_picture_that_only_mov_holds_goes_into_mov(tmp_path: Path) -> None:
    clip = make_film(
        tmp_path / "clip.mov", pts=even_pts(30), codec="prores_ks", pixels="yuv422p10le", b_frames=0
    )
    report = write_preview(clip, impulse_at(IMPULSE, length=48_048), tmp_path / "preview")
    assert report.path == tmp_path / "preview.mov"
    assert report.picture_copied
    assert report.reason.startswith(".mp4 cannot hold this picture")
    assert report.reason.endswith("picture copied unchanged into .mov")
    assert numbers_shown(report.path) == list(range(30))
    assert int(np.argmax(np.abs(read_clip_audio(report.path)[0]))) == IMPULSE


def test_picture_that_neither_holds_is_encoded_again(tmp_path: Path) -> None:
    clip = make_film(
        tmp_path / "clip.webm", pts=range(50), time_base=Fraction(1, 25), codec="libvpx", b_frames=0
    )
    report = write_preview(clip, impulse_at(IMPULSE, length=96_000), tmp_path / "preview")
    assert report.path == tmp_path / "preview.mp4"
    assert not report.picture_copied
    assert ".mov cannot hold this picture" in report.reason
    assert report.reason.endswith("picture encoded again as H.264 into .mp4")
    assert numbers_shown(report.path) == list(range(50))
    assert times_s(report.path) == times_s(clip)
    assert int(np.argmax(np.abs(read_clip_audio(report.path)[0]))) == IMPULSE
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["clip.webm", "preview.mp4"]


def test_turned_picture_is_encoded_upright(tmp_path: Path) -> None:
    # VP8 is used because neither .mp4 nor .mov takes it.
    clip = make_film(
        tmp_path / "clip.mkv",
        pts=range(0, 25 * 40, 40),
        time_base=Fraction(1, 1000),
        codec="libvpx",
        b_frames=0,
        turn=90,
    )
    assert probe(clip).rotation == 90
    report = write_preview(clip, np.zeros((1, 48_000), dtype=np.float32), tmp_path / "preview")
    info = probe(report.path)
    assert (report.picture_copied, info.rotation, info.width, info.height) == (False, 0, WIDTH, HEIGHT)
    assert numbers_shown(report.path) == list(range(25))


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        (np.zeros(10, np.float32), r"takes a mix \(1 or 2, N\), got \(10,\)"),
        (np.zeros((3, 10), np.float32), r"got \(3, 10\)"),
        (np.full((1, 10), np.nan, np.float32), "got NaN or infinity"),
    ],
)
def test_mix_of_another_kind_is_an_error_of_the_caller(
    films: Path, tmp_path: Path, mix: np.ndarray[tuple[int, ...], np.dtype[np.float32]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        write_preview(films / "short_gop.mp4", mix, tmp_path / "preview")


def test_missing_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="There is no file"):
        write_preview(tmp_path / "absent.mp4", np.zeros((1, 10), np.float32), tmp_path / "preview")


def test_file_in_place_of_the_folder_is_a_bad_place(films: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(OutputLocationError, match=r"preview\.mp4: a part of its path is a file"):
        write_preview(films / "short_gop.mp4", np.zeros((1, 10), np.float32), tmp_path / "out" / "preview")


@pytest.mark.parametrize("limit", [0, 2000, 20_000])
def test_failing_disk_leaves_the_earlier_preview_and_no_partial_file(
    films: Path, tmp_path: Path, limit: int
) -> None:
    path = tmp_path / "preview.mp4"
    path.write_bytes(b"earlier")
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 480_480)).astype(np.float32)
    with files_limited_to(limit), pytest.raises(WriteError, match=r"preview\.mp4 failed, the file is larger"):
        write_preview(films / "long_gop.mp4", noise, tmp_path / "preview")
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_preview_may_replace_the_film_it_shows(films: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    shutil.copy(films / "ten_bit.mp4", clip)
    report = write_preview(clip, impulse_at(IMPULSE, length=FILM_48K), tmp_path / "clip")
    assert report.path == clip
    assert numbers_shown(clip) == list(range(100))


def test_preview_tells_how_far_it_is_and_stops_on_request(films: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    mix = np.zeros((1, 480_480), dtype=np.float32)  # 10.01 s
    write_preview(films / "long_gop.mp4", mix, tmp_path / "preview", listener=told.append)
    assert [(one.done, one.total) for one in told] == [(second, 10) for second in range(11)]
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        write_preview(
            films / "long_gop.mp4", mix, tmp_path / "other", listener=lambda _: cancel.cancel(), cancel=cancel
        )
    assert [path.name for path in tmp_path.iterdir()] == ["preview.mp4"]
