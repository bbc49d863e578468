import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import MediaError
from engine.project.project import Project
from engine.records import FloatArray
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.timeline.peak_pyramid import COARSE_BLOCK, FINE_BLOCK, PeakPyramid, guide_key, take_key
from msg_studio.workers.peaks import Peaks, pyramid_of_blocks, sounds_of
from tests.engine.project.samples import write_wav
from tests.msg_studio.scene import make_take
from tests.msg_studio.views.timeline.small_timeline import DOOR, FILM, STEPS, silent, small_project


@pytest.fixture
def peaks(qapp: QApplication) -> Iterator[Peaks]:
    made = Peaks(qapp)
    yield made
    made.close()
    made.deleteLater()


def with_take(folder: Path, sound: np.ndarray) -> Project:
    """The steps have one take with this sound, 16 bit."""
    path = write_wav(folder / "take.wav", sound.astype("<i2").tobytes())
    take = replace(make_take(STEPS, 1), path=path, sha256="a" * 64)
    return silent(small_project()).with_takes([take])


def test_take_has_the_least_and_greatest_of_its_file(peaks: Peaks, qtbot: QtBot, tmp_path: Path) -> None:
    sound = np.random.default_rng(1).integers(-20_000, 20_000, 4096)
    project = with_take(tmp_path, sound)
    key = take_key(project.takes[0])
    with qtbot.waitSignal(peaks.ready, check_params_cb=lambda ready: ready == key):
        peaks.want(project)
    pyramid = peaks.peaks_for(key)
    assert pyramid is not None
    finest = pyramid.levels[0]
    blocks = sound.reshape(-1, finest.block) / 32_768
    np.testing.assert_allclose(finest.low, blocks.min(axis=1), atol=1e-6)
    np.testing.assert_allclose(finest.high, blocks.max(axis=1), atol=1e-6)
    assert peaks.trouble_for(key) == ""


def test_missing_files_are_named_and_can_be_tried_again(peaks: Peaks, qtbot: QtBot, tmp_path: Path) -> None:
    project = with_take(tmp_path, np.arange(64))
    path, key = project.takes[0].path, take_key(project.takes[0])
    content = path.read_bytes()
    path.unlink()
    with qtbot.waitSignal(peaks.ready):
        peaks.want(project)
    assert peaks.peaks_for(key) is None
    assert "take.wav" in peaks.trouble_for(key)
    path.write_bytes(content)
    with qtbot.waitSignal(peaks.ready):
        peaks.retry(project)
    assert peaks.peaks_for(key) is not None
    assert peaks.trouble_for(key) == ""


def test_follows_the_model_and_forgets_the_last_project(
    peaks: Peaks, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    model = ProjectModel(qapp)
    peaks.follow(model)
    project = with_take(tmp_path, np.arange(64))
    with qtbot.waitSignal(peaks.ready):
        model.show_project(project)
    assert peaks.peaks_for(take_key(project.takes[0])) is not None
    model.close_project()
    assert peaks.peaks_for(take_key(project.takes[0])) is None


def test_guide_comes_first_then_chosen_takes() -> None:
    takes = [replace(make_take(event, number), sha256=f"{event.id}{number}") for event, number in
             ((STEPS, 1), (STEPS, 2), (DOOR, 1))]  # fmt: skip
    project = small_project().with_takes(takes).with_chosen("steps", "steps_t2")
    keys = [sound.key for sound in sounds_of(project)]
    assert keys == [guide_key(FILM), "take steps2", "take door1", "take steps1"]
    assert guide_key(FILM) not in [sound.key for sound in sounds_of(silent(project))]


def test_guide_is_read_from_the_film(peaks: Peaks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(path: Path) -> Iterator[FloatArray]:
        assert path == FILM.path
        yield np.full((2, 1000), 0.5, np.float32)
        yield np.full((2, 10), -0.25, np.float32)

    monkeypatch.setattr("msg_studio.workers.peaks.clip_audio_blocks", decode)
    with qtbot.waitSignal(peaks.ready):
        peaks.want(small_project())
    pyramid = peaks.peaks_for(guide_key(FILM))
    assert pyramid is not None
    assert (pyramid.length, float(pyramid.levels[0].high.max())) == (1010, 0.5)


def test_a_film_without_usable_sound_is_told(
    peaks: Peaks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(path: Path) -> Iterator[FloatArray]:
        raise MediaError(f"{path} has no sound track that can be decoded: choose a file with sound.")

    monkeypatch.setattr("msg_studio.workers.peaks.clip_audio_blocks", decode)
    with qtbot.waitSignal(peaks.ready):
        peaks.want(small_project())
    assert peaks.trouble_for(guide_key(FILM)).startswith("film.mp4 has no sound track")


@pytest.mark.parametrize("fine", [FINE_BLOCK, COARSE_BLOCK])
@pytest.mark.parametrize("parts", [1, 7, 300])
def test_blocks_of_any_length_make_the_pyramid_of_the_whole(fine: int, parts: int) -> None:
    sound = np.random.default_rng(3).uniform(-1, 1, (2, 12_345)).astype(np.float32)
    whole = PeakPyramid.of(sound, block=fine)
    made = pyramid_of_blocks(iter(np.array_split(sound, parts, axis=1)), fine=fine)
    assert made.length == whole.length
    assert [level.block for level in made.levels] == [level.block for level in whole.levels]
    for level, wanted in zip(made.levels, whole.levels, strict=True):
        np.testing.assert_array_equal(level.low, wanted.low)
        np.testing.assert_array_equal(level.high, wanted.high)


def test_close_does_not_wait_for_the_end_of_a_long_sound(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = threading.Event()

    def decode(_: Path) -> Iterator[FloatArray]:
        while True:  # a film without an end
            reading.set()
            yield np.zeros((1, 1000), np.float32)

    monkeypatch.setattr("msg_studio.workers.peaks.clip_audio_blocks", decode)
    peaks = Peaks(qapp)
    peaks.want(small_project())
    assert reading.wait(10)
    peaks.close()
    peaks.deleteLater()


def test_closes_while_sounds_wait(qapp: QApplication, tmp_path: Path) -> None:
    peaks = Peaks(qapp)
    peaks.want(with_take(tmp_path, np.arange(64)))
    peaks.close()
    peaks.deleteLater()
