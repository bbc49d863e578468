import threading
from pathlib import Path
from typing import Literal

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from engine.errors import OutputLocationError
from engine.heatmaps import DOTS_PER_INCH, MOST_STEPS_SHOWN, draw_sync_map
from engine.records import FloatArray, Score, SyncMap

YELLOW = (253, 231, 55)  # the upper end of cividis, about
ORANGE = (255, 143, 63)


def sync_map(fast: FloatArray, *, offset_ms: float = 200.0, measurable: bool = True) -> SyncMap:
    lags = np.arange(-8, 9, dtype=np.float32) * 40
    return SyncMap(
        slow=np.eye(4, dtype=np.float32) * 2 - 1,
        fast=fast,
        slow_step_s=0.16,
        fast_step_s=0.04,
        start_s=2.0,
        lag_ms=lags,
        lag_score=np.exp(-np.square((lags - offset_ms) / 80)).astype(np.float32),
        score=Score(0.75, 0.5, 0.5, offset_ms, 0.9, measurable),
    )


def drawn(
    path: Path, values: SyncMap, kind: Literal["slow", "fast"] = "fast", title: str = "e001"
) -> FloatArray:
    """The picture as (H, W, 3), 0 to 255, the first row on top."""
    draw_sync_map(values, path, title=title, kind=kind)
    return imread(path)[..., :3] * 255


def near(picture: FloatArray, colour: tuple[int, int, int], reach: int = 24) -> FloatArray:
    return (np.abs(picture - np.array(colour)) < reach).all(-1)


def map_part(picture: FloatArray) -> FloatArray:
    """The map's own pixels: 5.35 inches a side, 1 inch below the top, 0.8 from the left."""
    inch = DOTS_PER_INCH
    return picture[round(1.0 * inch) : round(6.35 * inch), round(0.8 * inch) : round(6.15 * inch)]


@pytest.mark.parametrize(("kind", "height"), [("slow", 7.0), ("fast", 9.2)])
def test_map_is_a_png_of_its_kind(tmp_path: Path, kind: Literal["slow", "fast"], height: float) -> None:
    picture = drawn(tmp_path / "map.png", sync_map(np.zeros((16, 16), np.float32)), kind)
    assert picture.shape == (round(height * DOTS_PER_INCH), 988, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]


def test_picture_time_runs_right_and_sound_time_up(tmp_path: Path) -> None:
    fast = np.zeros((16, 16), np.float32)
    fast[2, 12] = 1.0  # sound step 2, picture step 12: low and to the right
    bright = near(map_part(drawn(tmp_path / "m.png", sync_map(fast, measurable=False))), YELLOW)
    rows, columns = np.nonzero(bright)
    height, width = bright.shape
    assert columns.mean() / width == pytest.approx(12.5 / 16, abs=0.02)
    assert 1 - rows.mean() / height == pytest.approx(2.5 / 16, abs=0.02)


@pytest.mark.parametrize(("offset_ms", "share"), [(200.0, 200 / 640), (-200.0, -200 / 640)])
def test_measured_line_lies_above_the_diagonal_where_sound_is_late(
    tmp_path: Path, offset_ms: float, share: float
) -> None:
    fast = np.zeros((16, 16), np.float32)  # 0.64 s a side
    part = map_part(drawn(tmp_path / "m.png", sync_map(fast, offset_ms=offset_ms)))
    rows, columns = np.nonzero(near(part, ORANGE))
    height, width = part.shape[:2]
    inside = (rows > 0.2 * height) & (columns > 0.05 * width)  # without the legend
    above = (1 - rows[inside] / height) - columns[inside] / width
    assert np.median(above) == pytest.approx(share, abs=0.01)


def test_no_line_is_drawn_for_an_offset_that_cannot_be_measured(tmp_path: Path) -> None:
    fast = np.zeros((16, 16), np.float32)
    part = map_part(drawn(tmp_path / "m.png", sync_map(fast, measurable=False)))
    assert not near(part, ORANGE).any()


def test_values_outside_the_scale_are_shown_as_its_ends(tmp_path: Path) -> None:
    wild = np.full((16, 16), 7.0, np.float32)
    wild[:8] = np.nan
    tame = np.ones((16, 16), np.float32)
    tame[:8] = 0.0
    assert (drawn(tmp_path / "a.png", sync_map(wild)) == drawn(tmp_path / "b.png", sync_map(tame))).all()


def test_one_bright_step_of_a_long_clip_stays_visible(tmp_path: Path) -> None:
    fast = np.zeros((3 * MOST_STEPS_SHOWN + 5, 3 * MOST_STEPS_SHOWN + 5), np.float32)
    fast[100:106, 3000:3006] = 1.0
    part = map_part(drawn(tmp_path / "m.png", sync_map(fast, measurable=False)))
    assert near(part[:, part.shape[1] * 9 // 10 :], YELLOW, reach=60).any()


def test_title_in_any_script_is_drawn_as_it_stands(tmp_path: Path) -> None:
    blank = sync_map(np.zeros((4, 4), np.float32))
    plain = drawn(tmp_path / "a.png", blank, title="")
    named = drawn(tmp_path / "b.png", blank, title=r"映画 $\nonsense{ _x^" + "long " * 40)
    assert not (plain == named).all()


def test_look_does_not_depend_on_the_users_matplotlib(tmp_path: Path) -> None:
    blank = sync_map(np.zeros((4, 4), np.float32))
    usual = drawn(tmp_path / "a.png", blank)
    with matplotlib.rc_context({"font.family": "serif", "savefig.facecolor": "red", "image.cmap": "hot"}):
        assert (drawn(tmp_path / "b.png", blank) == usual).all()


def test_maps_are_drawn_in_threads_beside_each_other(tmp_path: Path) -> None:
    values = sync_map(np.eye(16, dtype=np.float32))
    alone = drawn(tmp_path / "alone.png", values)
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    threads = [
        threading.Thread(target=draw_sync_map, args=(values, path), kwargs={"title": "e001", "kind": "fast"})
        for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((imread(path)[..., :3] * 255 == alone).all() for path in paths)


def test_empty_map_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"fast map must be \(A, V\) .* got \(0, 4\)"):
        draw_sync_map(sync_map(np.zeros((0, 4), np.float32)), tmp_path / "m.png", title="", kind="fast")


def test_missing_folder_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="nowhere"):
        drawn(tmp_path / "nowhere" / "m.png", sync_map(np.zeros((4, 4), np.float32)))
    assert list(tmp_path.iterdir()) == []
