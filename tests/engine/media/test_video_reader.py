from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import Cancelled, InputError, MediaError
from engine.media.survey import survey
from engine.media.video_reader import VideoReader, probe
from tests.coded_film import HEIGHT, WIDTH, number_in
from tests.engine.media.conftest import FRAMES, VARIANTS


def blank_pictures(source: Path, target: Path, *, first: int, last: int) -> Path:
    """Copy a film with the coded data of some pictures, counted in the file's order, set to zero."""
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as film:
        for entry in film.streams.video[0].index_entries[first : last + 1]:
            content[entry.pos : entry.pos + entry.size] = bytes(entry.size)
    target.write_bytes(content)
    return target


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("kept_bytes", [0, 256 << 20])
def test_200_random_seeks_give_200_right_pictures(films: Path, name: str, kept_bytes: int) -> None:
    with VideoReader(films / name, kept_bytes=kept_bytes) as reader:
        asked = np.random.default_rng(7).integers(0, len(reader.table), 200).tolist()
        shown = [number_in(reader.frame(index)) for index in asked]
    assert shown == [VARIANTS[name] + index for index in asked]


@pytest.mark.parametrize("name", VARIANTS)
def test_coarse_picture_is_near_and_the_exact_one_follows(films: Path, name: str) -> None:
    with VideoReader(films / name) as reader:
        for index in np.random.default_rng(11).integers(0, len(reader.table), 40).tolist():
            picture, near = reader.coarse_frame(index)
            assert reader.keyframe_before(index) <= near <= index
            assert number_in(picture) == VARIANTS[name] + near
            if index % 2:
                assert number_in(reader.frame(index)) == VARIANTS[name] + index


def test_coarse_picture_is_the_keyframe_until_a_nearer_one_is_there(films: Path) -> None:
    with VideoReader(films / "short_gop.mp4") as reader:
        assert [reader.keyframe_before(index) for index in (0, 11, 12, 299)] == [0, 0, 12, 288]
        assert reader.coarse_frame(131)[1] == 120
        reader.frame(125)
        assert reader.coarse_frame(131)[1] == 125
        assert reader.coarse_frame(123)[1] == 123  # passed on the way and kept
        assert reader.coarse_frame(143)[1] == 132  # another group


def test_keyframe_before_the_edit_is_not_shown(films: Path) -> None:
    with VideoReader(films / "edited.mp4") as reader:  # shows 30 to 70; keyframes are 24, 48
        assert [reader.keyframe_before(index) for index in (0, 17, 18, 40)] == [0, 0, 18, 18]
        picture, near = reader.coarse_frame(5)
    assert (near, number_in(picture)) == (0, 30)


def test_reader_gives_up_between_pictures_and_stays_usable(films: Path) -> None:
    asked: list[bool] = []

    def at_the_fifth_time() -> bool:
        asked.append(True)
        return len(asked) == 5

    with VideoReader(films / "long_gop.mp4") as reader:
        with pytest.raises(Cancelled, match="Picture 240 .* not wanted any more"):
            reader.frame(240, give_up=at_the_fifth_time)
        assert len(asked) == 5
        assert reader.coarse_frame(240)[1] == 4  # five pictures were decoded and are kept
        assert [number_in(reader.frame(index)) for index in (4, 2, 240, 7)] == [4, 2, 240, 7]


def test_picture_at_hand_is_given_to_whoever_would_give_up(films: Path) -> None:
    with VideoReader(films / "long_gop.mp4") as reader:
        reader.frame(20)
        assert number_in(reader.frame(20, give_up=lambda: True)) == 20
        assert number_in(reader.frame(21, give_up=lambda: True)) == 21  # decoded before it is asked


def test_stepping_forward_and_back_gives_neighbours(films: Path) -> None:
    with VideoReader(films / "long_gop.mp4") as reader:
        there = [number_in(reader.frame(index)) for index in range(240, 260)]
        back = [number_in(reader.frame(index)) for index in range(259, 239, -1)]
    assert there == list(range(240, 260))
    assert back == there[::-1]


def test_turned_film_is_shown_upright(films: Path) -> None:
    info = probe(films / "turned.mp4")
    assert (info.rotation, info.width, info.height) == (90, WIDTH, HEIGHT)
    with VideoReader(films / "turned.mp4") as reader:
        assert reader.frame(5).shape == (HEIGHT, WIDTH, 3)
        small = reader.resampled(rate_hz=25, width=96, height=72)
    # Tick i at 25 Hz lies at picture i * 30000 / 1001 / 25, so tick 20 shows picture 23.
    assert number_in(small[20]) == 23


@pytest.mark.parametrize(
    ("name", "rotation", "size"),
    [
        ("turned_180.mp4", 180, (WIDTH, HEIGHT)),
        ("turned_270.mp4", 270, (WIDTH, HEIGHT)),
        ("wide_pixels.mp4", 0, (256, HEIGHT)),  # 192 * 4 / 3
        ("wide_turned.mp4", 270, (WIDTH, 128)),  # stored 96 x 192, shown 128 x 192, then turned
    ],
)
def test_shown_size_follows_rotation_and_pixel_aspect(
    films: Path, name: str, rotation: int, size: tuple[int, int]
) -> None:
    with VideoReader(films / name) as reader:
        assert (reader.info.rotation, (reader.info.width, reader.info.height)) == (rotation, size)
        assert reader.frame(3).shape == (*size[::-1], 3)


def test_resampled_shows_the_picture_of_each_tick(films: Path) -> None:
    with VideoReader(films / "long_gop.mp4") as reader:
        frames = reader.resampled(rate_hz=25, width=96, height=72)
    # 300 pictures at 30000/1001 last 10.01 s: ceil(250.25) ticks.
    assert frames.shape == (251, 72, 96, 3)
    assert frames.dtype == np.uint8
    assert [number_in(frame) for frame in frames] == [tick * 30_000 // (1001 * 25) for tick in range(251)]


def test_resampled_follows_uneven_times(films: Path) -> None:
    path = films / "variable_rate.mp4"
    times_s = [float(pts / 90_000) for pts in survey(path).table.pts]
    with VideoReader(path) as reader:
        frames = reader.resampled(rate_hz=50, width=96, height=72, start_s=2.0, duration_s=1.5)
    wanted = [
        max(i for i, time in enumerate(times_s) if time <= 2.0 + tick / 50 + 1e-9) for tick in range(75)
    ]
    assert [number_in(frame) for frame in frames] == wanted


def test_resampled_stretch_holds_the_last_picture_past_the_end(films: Path) -> None:
    with VideoReader(films / "short_gop.mp4") as reader:
        frames = reader.resampled(rate_hz=10, width=192, height=96, start_s=9.9, duration_s=0.45)
    assert [number_in(frame) for frame in frames] == [296, 299, 299, 299, 299]


@pytest.mark.parametrize(("start_s", "duration_s"), [(-0.1, 1.0), (10.01, 1.0), (1.0, 0.0)])
def test_stretch_outside_the_film_is_refused(films: Path, start_s: float, duration_s: float) -> None:
    with (
        VideoReader(films / "short_gop.mp4") as reader,
        pytest.raises(InputError, match=r"runs from 0 to 10\.010 s.*choose one inside"),
    ):
        reader.resampled(rate_hz=25, width=96, height=72, start_s=start_s, duration_s=duration_s)


@pytest.mark.parametrize("index", [-1, FRAMES])
def test_picture_number_outside_the_film_is_refused(films: Path, index: int) -> None:
    with VideoReader(films / "short_gop.mp4") as reader, pytest.raises(InputError, match="pictures 0 to 299"):
        reader.frame(index)


def test_damaged_picture_is_an_error_and_its_neighbours_stay_right(films: Path, tmp_path: Path) -> None:
    # Pictures 120 to 131 are one group in the file; each group begins with a keyframe.
    path = blank_pictures(films / "short_gop.mp4", tmp_path / "damaged.mp4", first=120, last=131)
    with VideoReader(path) as reader:
        with pytest.raises(MediaError, match=r"Picture 125 of .*, at 4\.17 s, cannot be decoded"):
            reader.frame(125)
        assert number_in(reader.frame(110)) == 110
        assert number_in(reader.frame(140)) == 140


def test_short_damage_is_bridged_with_the_picture_before(films: Path, tmp_path: Path) -> None:
    path = blank_pictures(films / "short_gop.mp4", tmp_path / "damaged.mp4", first=120, last=131)
    with VideoReader(path) as reader:
        frames = reader.resampled(rate_hz=30, width=192, height=96, start_s=3.5, duration_s=1.5)
    shown = [number_in(frame) for frame in frames]
    assert set(shown) <= {*range(104, 120), *range(132, 150)}
    assert shown == sorted(shown)
    assert shown.count(119) > 10


def test_long_damage_is_an_error(films: Path, tmp_path: Path) -> None:
    path = blank_pictures(films / "short_gop.mp4", tmp_path / "damaged.mp4", first=120, last=191)
    with (
        VideoReader(path) as reader,
        pytest.raises(MediaError, match="cannot be decoded: the film is damaged"),
    ):
        reader.resampled(rate_hz=25, width=96, height=72)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list open files")
def test_closed_reader_gives_its_file_back(films: Path) -> None:
    path = (films / "short_gop.mp4").resolve()
    reader = VideoReader(path)
    reader.frame(3)
    assert path in open_files()
    reader.close()
    reader.close()  # closing twice is no error
    assert path not in open_files()


def open_files() -> set[Path]:
    """Files this process holds open."""
    links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return {link.readlink() for link in links}
