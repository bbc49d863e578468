from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import clip as clip_module
from engine.clip import mel_of_sound, open_clip
from engine.errors import Cancelled, MediaError
from engine.features.motion_grid import motion_grid
from engine.progress import CancelToken, Progress
from tests.coded_film import even_pts, make_film


def film(folder: Path, frames: int, **how: object) -> Path:
    return make_film(folder / "film.mp4", pts=even_pts(frames, Fraction(25)), **how)


def test_grid_has_whole_slow_steps_and_holds_the_last_picture(tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path, 10))
    assert clip.steps == 12  # 10 pictures are 0.4 s, 10 steps; the next multiple of 4 is 12
    assert clip.grid.shape == (12, 10, 8, 8)
    assert not clip.grid[10:, :3].any()  # held: nothing moves
    assert float(clip.grid[1:10, 0].amax((1, 2)).min()) > 0.1  # the number on the picture changes


def test_parts_give_the_grid_of_the_whole() -> None:
    chance = torch.Generator().manual_seed(1)
    pictures = torch.randint(256, (13, 72, 96, 3), dtype=torch.uint8, generator=chance)
    whole = motion_grid(pictures[None])[0]
    torch.testing.assert_close(clip_module._grid_of_parts(pictures.split(5)), whole)
    torch.testing.assert_close(clip_module._grid_of_parts(pictures.split(1)), whole)


def test_reading_a_long_film_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path, 50)
    whole = open_clip(path)
    monkeypatch.setattr(clip_module, "_PART_STEPS", 20)
    told: list[Progress] = []
    clip = open_clip(path, listener=told.append)
    # 50 pictures are 50 steps; the next multiple of 4 is 52, for which the last picture is held
    assert [(one.done, one.total) for one in told] == [(done, 52) for done in (0, 20, 40, 50, 52)]
    assert {one.stage for one in told} == {"read picture"}
    torch.testing.assert_close(clip.grid, whole.grid)


def test_reading_stops_between_two_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_module, "_PART_STEPS", 20)
    cancel = CancelToken()
    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        cancel.cancel()

    with pytest.raises(Cancelled):
        open_clip(film(tmp_path, 50), listener=stop, cancel=cancel)
    assert len(told) == 1


def test_production_sound_can_be_read_with_progress_and_stopped(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(480_000) / 20, dtype=np.float32)[None]
    path = film(tmp_path, 250, sound=tone)
    clip, cancel = open_clip(path), CancelToken()
    with pytest.raises(Cancelled):
        clip.hear(listener=lambda _: cancel.cancel(), cancel=cancel)
    told: list[Progress] = []
    clip.hear(listener=told.append, cancel=CancelToken())
    assert len(told) > 3
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("read sound", 10, 10)
    clip.hear(listener=told.append, cancel=cancel)  # it is there already
    assert clip.sound is not None
    np.testing.assert_array_equal(clip.sound, open_clip(path).sound)


def test_silent_film_has_no_sound(tmp_path: Path) -> None:
    assert open_clip(film(tmp_path, 5)).sound is None


def test_sound_of_a_film_has_its_length(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(19_200) / 20, dtype=np.float32)[None]
    sound = open_clip(film(tmp_path, 10, sound=tone)).sound
    assert sound is not None
    assert sound.shape == (1, 19_200)
    assert float(np.abs(sound).max()) > 0.3


def test_missing_film_is_a_media_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="gone"):
        open_clip(tmp_path / "gone.mp4")


def test_click_in_48_khz_sound_lands_in_its_mel_frame() -> None:
    sound = np.zeros((2, 48_000), dtype=np.float32)
    sound[:, 24_120] = 1.0  # 0.5025 s is frame 50
    mel = mel_of_sound(sound, steps=25)
    assert mel.shape == (1, 100, 128)
    assert abs(int(mel[0].mean(1).argmax()) - 50) <= 1


@pytest.mark.parametrize("samples", [0, 1000, 96_000])
def test_mel_is_cut_or_padded_to_the_steps_asked_for(samples: int) -> None:
    chance = np.random.default_rng(1)
    mel = mel_of_sound(chance.normal(0, 0.1, (1, samples)).astype(np.float32), steps=12)
    assert mel.shape == (1, 48, 128)
    assert (float(mel[0, -1].max()) > -9.0) == (samples == 96_000)


def test_channels_are_mixed_to_their_mean() -> None:
    chance = np.random.default_rng(2)
    one = chance.normal(0, 0.1, (1, 9600)).astype(np.float32)
    opposite = np.concatenate([one, -one])
    assert float(mel_of_sound(opposite, steps=4).max()) < -9.0
    assert torch.equal(mel_of_sound(np.concatenate([one, one]), steps=4), mel_of_sound(one, steps=4))
