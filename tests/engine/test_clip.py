from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import clip as clip_module
from engine.clip import mel_of_sound, open_clip
from engine.errors import MediaError
from engine.features.motion_grid import motion_grid
from tests.coded_film import even_pts, make_film


def film(folder: Path, frames: int, **how: object) -> Path:
    return make_film(folder / "film.mp4", pts=even_pts(frames, Fraction(25)), **how)


def test_grid_has_whole_slow_steps_and_holds_the_last_picture(tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path, 10))
    assert clip.steps == 12  # 10 pictures are 0.4 s, 10 steps; the next multiple of 4 is 12
    assert clip.grid.shape == (12, 10, 8, 8)
    assert not clip.grid[10:, :3].any()  # held: nothing moves
    assert float(clip.grid[1:10, 0].amax((1, 2)).min()) > 0.1  # the number on the picture changes


def test_chunks_give_the_grid_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = torch.Generator().manual_seed(1)
    pictures = torch.randint(256, (13, 72, 96, 3), dtype=torch.uint8, generator=chance)
    whole = motion_grid(pictures[None])[0]
    monkeypatch.setattr(clip_module, "_CHUNK_STEPS", 5)
    torch.testing.assert_close(clip_module._grid_in_chunks(pictures), whole)


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
