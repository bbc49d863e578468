from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, MediaError, OutputLocationError
from engine.records import FloatArray
from msg_studio.workers.guide_sound import fold_down, read_guide
from tests.coded_film import even_pts, impulse_at, make_film

FILM_48K = 160_160  # 100 pictures at 30000/1001


def film(folder: Path, **how: object) -> Path:
    sound = impulse_at(24_000, length=FILM_48K, channels=2)
    how = {"sound": sound, "sound_codec": "pcm_s24le", **how}
    return make_film(folder / "film.mov", pts=even_pts(100), **how)


def as_if_decoded(monkeypatch: pytest.MonkeyPatch, *blocks: FloatArray) -> None:
    def decode(_: Path) -> Iterator[FloatArray]:
        yield from blocks

    monkeypatch.setattr("msg_studio.workers.guide_sound.clip_audio_blocks", decode)


def test_the_sound_of_a_film_lies_at_its_samples(tmp_path: Path) -> None:
    samples = read_guide(film(tmp_path), tmp_path / "guides")
    assert (samples.shape, samples.dtype) == ((FILM_48K, 2), np.int16)
    assert np.flatnonzero(samples[:, 0]).tolist() == [24_000]


def test_the_file_of_a_sound_is_seen_by_nobody(tmp_path: Path) -> None:
    samples = read_guide(film(tmp_path), tmp_path / "guides")
    assert list((tmp_path / "guides").iterdir()) == []
    assert samples.any()


def test_samples_beyond_full_scale_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if_decoded(monkeypatch, np.array([[0.5, 1.5, -1.5]], np.float32))
    assert read_guide(Path("film.mov"), tmp_path).ravel().tolist() == [16_384, 32_767, -32_768]


def test_sound_that_changes_its_channels_stays_as_wide_as_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stereo = np.array([[0.25, 0.25], [-0.5, -0.5]], np.float32)
    mono = np.array([[0.5]], np.float32)
    as_if_decoded(monkeypatch, stereo, mono)
    assert read_guide(Path("film.mov"), tmp_path)[2].tolist() == [16_384, 16_384]
    as_if_decoded(monkeypatch, mono, stereo)
    assert read_guide(Path("film.mov"), tmp_path).ravel().tolist() == [16_384, -4_096, -4_096]


def test_reading_stops_on_request(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        read_guide(film(tmp_path), tmp_path / "guides", give_up=lambda: True)
    assert list((tmp_path / "guides").iterdir()) == []


def test_a_silent_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="has no sound track"):
        read_guide(film(tmp_path, sound=None), tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputLocationError, match="file"):
        read_guide(film(tmp_path), tmp_path / "file" / "guides")


def test_surround_sound_folds_down_to_stereo() -> None:
    left, right, centre, bass, back_left, back_right = np.eye(6, dtype=np.float32)[:, :, None]
    folded = fold_down(np.stack([left, right, centre, bass, back_left, back_right])[:, :, 0])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(folded[:, 0], [1, 0, half, 0, half, 0], atol=1e-6)
    np.testing.assert_allclose(folded[:, 1], [0, 1, half, 0, 0, half], atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_without_a_left_and_right_become_one(channels: int) -> None:
    assert fold_down(np.ones((channels, 10), dtype=np.float32)).tolist() == [[1]] * 10
