import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from engine.errors import Cancelled, InputError, MediaError, OutputLocationError, WriteError
from engine.media.proxy import ProxyReader, build_proxy, proxy_path, prune_proxies
from engine.media.video_reader import VideoReader, probe
from engine.progress import CancelToken, Progress
from tests.coded_film import number_in
from tests.engine.media.conftest import FRAMES, VARIANTS
from tests.engine.media.test_video_reader import blank_pictures
from tests.failing_disk import files_limited_to


@pytest.fixture(scope="module")
def proxy(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proxy of short_gop.mp4."""
    path = tmp_path_factory.mktemp("proxies") / "short_gop.mov"
    build_proxy(films / "short_gop.mp4", path)
    return path


def numbers_shown(path: Path) -> list[int]:
    with ProxyReader(path) as reader:
        return [number_in(reader.frame(index)) for index in range(reader.count)]


@pytest.mark.parametrize("name", VARIANTS)
def test_picture_of_the_proxy_is_the_picture_of_the_film(films: Path, tmp_path: Path, name: str) -> None:
    info = probe(films / name)
    report = build_proxy(films / name, tmp_path / "proxy.mov")
    with ProxyReader(report.path, fingerprint=info.fingerprint) as reader:
        assert (reader.count, report.count, report.held) == (info.frame_count, info.frame_count, 0)
        assert (reader.width, reader.height) == (report.width, report.height) == (info.width, info.height)
        asked = np.random.default_rng(7).integers(0, reader.count, 100).tolist()
        shown = [number_in(reader.frame(index)) for index in asked]
    assert shown == [VARIANTS[name] + index for index in asked]
    assert list(tmp_path.iterdir()) == [report.path]


def test_every_picture_is_in_its_place_in_a_run(proxy: Path) -> None:
    assert numbers_shown(proxy) == list(range(FRAMES))


def test_every_picture_is_a_keyframe(proxy: Path) -> None:
    with av.open(str(proxy)) as film:
        packets = [packet for packet in film.demux(video=0) if packet.size]
    assert len(packets) == FRAMES
    assert all(packet.is_keyframe for packet in packets)


@pytest.mark.parametrize(
    ("limit", "size"), [(96, (96, 48)), (100, (100, 50)), (50, (50, 24)), (192, (192, 96))]
)
def test_longest_side_keeps_to_the_limit(
    films: Path, tmp_path: Path, limit: int, size: tuple[int, int]
) -> None:
    report = build_proxy(films / "turned_270.mp4", tmp_path / "proxy.mov", width_limit=limit)
    with ProxyReader(report.path) as reader:
        picture = reader.frame(41)
        assert (reader.width, reader.height) == size  # 50 * 96 / 192 = 25, made even
    assert picture.shape == (size[1], size[0], 3)
    assert number_in(picture) == 41


@pytest.mark.parametrize("name", ["pq.mp4", "hlg.mp4", "ten_bit.mp4", "long_gop.mp4"])
def test_colours_are_those_of_the_film(films: Path, tmp_path: Path, name: str) -> None:
    build_proxy(films / name, tmp_path / "proxy.mov")
    with VideoReader(films / name) as film, ProxyReader(tmp_path / "proxy.mov") as reader:
        difference = film.frame(37).astype(int) - reader.frame(37)
    assert np.abs(difference.mean(axis=(0, 1))).max() < 2


@pytest.mark.parametrize("matrix", [1, 5, 9])  # BT.709, BT.601, BT.2020
def test_red_stays_red_in_every_matrix(tmp_path: Path, matrix: int) -> None:
    luma, blue, red = {1: (63, 102, 240), 5: (81, 90, 240), 9: (74, 97, 240)}[matrix]
    planes = np.concatenate([np.full((64, 64), luma), np.full((16, 64), blue), np.full((16, 64), red)])
    with av.open(str(tmp_path / "red.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 1
        for _ in range(4):
            frame = VideoFrame.from_ndarray(planes.astype(np.uint8), format="yuv420p")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    build_proxy(tmp_path / "red.mp4", tmp_path / "proxy.mov")
    with ProxyReader(tmp_path / "proxy.mov") as reader:
        assert np.abs(reader.frame(2)[32, 32].astype(int) - [255, 0, 0]).max() <= 5


def test_damaged_stretch_holds_the_picture_before(films: Path, tmp_path: Path) -> None:
    # Pictures 120 to 191 are whole groups: more than the second that resampled() bridges.
    film = blank_pictures(films / "short_gop.mp4", tmp_path / "damaged.mp4", first=120, last=191)
    report = build_proxy(film, tmp_path / "proxy.mov")
    shown = numbers_shown(report.path)
    assert len(shown) == FRAMES
    assert report.held > 60
    assert shown[:118] == list(range(118))
    assert set(shown[121:191]) == {119}
    assert shown[192:] == list(range(192, FRAMES))


def test_damaged_start_shows_the_first_good_picture(films: Path, tmp_path: Path) -> None:
    film = blank_pictures(films / "short_gop.mp4", tmp_path / "damaged.mp4", first=0, last=23)
    report = build_proxy(film, tmp_path / "proxy.mov")
    assert numbers_shown(report.path) == [24] * 24 + list(range(24, FRAMES))
    assert report.held == 24


def test_progress_counts_every_picture(films: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    build_proxy(films / "ten_bit.mp4", tmp_path / "proxy.mov", listener=told.append)
    assert [progress.done for progress in told] == list(range(1, 101))
    assert {(progress.stage, progress.total, progress.note) for progress in told} == {
        ("make proxy", 100, "ten_bit.mp4")
    }


def test_stop_between_pictures_leaves_nothing(films: Path, tmp_path: Path) -> None:
    cancel = CancelToken()
    told: list[int] = []

    def stop_at_ten(progress: Progress) -> None:
        told.append(progress.done)
        if progress.done == 10:
            cancel.cancel()

    with pytest.raises(Cancelled):
        build_proxy(films / "long_gop.mp4", tmp_path / "proxy.mov", listener=stop_at_ten, cancel=cancel)
    assert told[-1] == 10
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_and_full_disk_are_told(films: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="the folder does not exist"):
        build_proxy(films / "short_gop.mp4", tmp_path / "gone" / "proxy.mov")
    with files_limited_to(20_000), pytest.raises(WriteError, match="No partial file was left"):
        build_proxy(films / "short_gop.mp4", tmp_path / "proxy.mov")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("index", [-1, FRAMES])
def test_picture_outside_is_refused_and_the_reader_goes_on(proxy: Path, index: int) -> None:
    with ProxyReader(proxy) as reader:
        with pytest.raises(InputError, match="pictures 0 to 299"):
            reader.frame(index)
        assert number_in(reader.frame(299)) == 299


def test_what_is_no_proxy_is_refused(films: Path, proxy: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="not a proxy this program can read"):
        ProxyReader(films / "short_gop.mp4")
    with pytest.raises(MediaError, match="There is no file"):
        ProxyReader(tmp_path / "gone.mov")
    (tmp_path / "text.mov").write_text("a proxy", encoding="utf-8")
    with pytest.raises(MediaError, match="not a film"):
        ProxyReader(tmp_path / "text.mov")
    with pytest.raises(MediaError, match=r"proxy of another film .*wanted was 0{12}"):
        ProxyReader(proxy, fingerprint="0" * 64)


@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_proxy_that_is_cut_short_is_refused(proxy: Path, tmp_path: Path, part: float) -> None:
    content = proxy.read_bytes()
    cut = tmp_path / "cut.mov"
    cut.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(MediaError, match="is cut short"):
        ProxyReader(cut)


def test_proxy_whose_end_is_missing_behind_its_index_is_refused(proxy: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mov", tmp_path / "cut.mov"
    with av.open(str(proxy)) as source, av.open(str(whole), "w", options={"movflags": "faststart"}) as copy:
        copy.metadata.update(source.metadata)
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    ProxyReader(whole).close()
    cut.write_bytes(whole.read_bytes()[:-20_000])
    with pytest.raises(MediaError, match=r"is cut short \(300 of 300 pictures in \d+ bytes\)"):
        ProxyReader(cut)


def test_damaged_picture_is_an_error_and_its_neighbours_stay_right(proxy: Path, tmp_path: Path) -> None:
    path = blank_pictures(proxy, tmp_path / "damaged.mov", first=50, last=50)
    with ProxyReader(path) as reader:
        for _ in range(2):
            assert number_in(reader.frame(49)) == 49
            with pytest.raises(MediaError, match="Picture 50 of the proxy .* is damaged: delete it"):
                reader.frame(50)
            assert number_in(reader.frame(51)) == 51


def test_proxies_not_used_for_longest_are_deleted_first(proxy: Path, tmp_path: Path) -> None:
    paths = [proxy_path(tmp_path, f"{number:064x}") for number in range(4)]
    for age, path in enumerate(paths):
        shutil.copy(proxy, path)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))  # the last is the oldest
    (tmp_path / "notes.txt").write_text("stays", encoding="utf-8")
    broken = tmp_path / ".film-00.part.mov"
    broken.touch()
    os.utime(broken, (1, 1))
    ProxyReader(paths[3]).close()  # used now
    size = proxy.stat().st_size
    assert prune_proxies(tmp_path) == ()
    assert not broken.exists()
    assert prune_proxies(tmp_path, limit_bytes=2 * size) == (paths[2], paths[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [paths[0].name, paths[3].name, "notes.txt"]
    )
    assert prune_proxies(tmp_path / "gone") == ()


@pytest.mark.parametrize("fingerprint", ["", "../film", "a/b", "x" * 200])
def test_only_a_fingerprint_names_a_proxy(tmp_path: Path, fingerprint: str) -> None:
    with pytest.raises(InputError, match="not the fingerprint of a film"):
        proxy_path(tmp_path, fingerprint)


def program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "engine.media.proxy", *(str(argument) for argument in arguments)]


def test_program_says_progress_and_result_and_never_loads_torch(films: Path, tmp_path: Path) -> None:
    film, target = films / "pro_res.mov", tmp_path / "proxy.mov"
    done = subprocess.run(program(film, target), capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert (document["command"], document["path"], document["count"]) == ("proxy", str(target), 30)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [progress["done"] for progress in told] == list(range(1, 31))
    light = "import sys, engine.media.proxy; print(sorted({'torch', 'PySide6'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_program_answers_errors_with_their_exit_status(tmp_path: Path) -> None:
    done = subprocess.run(
        program(tmp_path / "gone.mp4", tmp_path / "proxy.mov"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert (error["kind"], error["exit_code"]) == ("MediaError", 2)
    assert "gone.mp4" in error["message"]


@pytest.mark.skipif(os.name != "posix", reason="this system has no signals to stop a program")
@pytest.mark.parametrize("how", ["signal", "reader gone"])
def test_stopped_program_leaves_nothing(films: Path, tmp_path: Path, how: str) -> None:
    child = subprocess.Popen(
        program(films / "long_gop.mp4", tmp_path / "proxy.mov"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    with child:
        child.stderr.readline()
        if how == "signal":
            child.send_signal(signal.SIGTERM)
            document = json.loads(child.communicate()[0])
            assert document["error"]["kind"] == "Cancelled"
        else:
            child.stderr.close()
            child.stdout.read()
    assert child.returncode == 4
    assert list(tmp_path.iterdir()) == []
