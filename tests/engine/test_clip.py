from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import clip as clip_module
from engine.clip import Clip, open_clip
from engine.errors import Cancelled, InputError, MediaError
from engine.feature_cache import FeatureCache
from engine.features.motion_grid import GRID_CHANNELS, motion_grid
from engine.media.audio_file import read_clip_audio
from engine.onsets import onsets_of_mel
from engine.progress import CancelToken, Progress
from engine.shots import find_cuts
from engine.sound_side import mel_of_sound
from engine.steady_sound import steady_stretches
from engine.step_range import StepRange
from tests.coded_film import even_pts, make_film
from tests.engine.small_networks import small_clip


def film(folder: Path, frames: int, **how: object) -> Path:
    return make_film(folder / "film.mp4", pts=even_pts(frames, Fraction(25)), **how)


def test_grid_has_whole_slow_steps_and_holds_the_last_picture(tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path, 10))
    assert clip.steps == 12  # 10 pictures are 0.4 s, 10 steps; the next multiple of 4 is 12
    assert clip.grid.shape == (12, GRID_CHANNELS, 8, 8)
    assert (clip.grid.dtype, clip.stored[:].dtype) == (torch.float32, torch.float16)
    assert not clip.grid[10:, :3].any()  # held: nothing moves
    assert float(clip.grid[1:10, 0].amax((1, 2)).min()) > 0.1  # the number on the picture changes


def test_parts_give_the_grid_of_the_whole() -> None:
    chance = torch.Generator().manual_seed(1)
    pictures = torch.randint(256, (13, 72, 96, 3), dtype=torch.uint8, generator=chance)
    whole = motion_grid(pictures[None])[0]
    for size in (5, 1):
        parts = list(clip_module._grids_of_parts(pictures.split(size)))
        torch.testing.assert_close(torch.cat(parts), whole)


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
    assert torch.equal(clip.sound.rows[:], open_clip(path).sound.rows[:])


def test_silent_film_has_no_sound(tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path, 5))
    assert (clip.sound, clip.sound_mel, clip.onsets_s, clip.steady_s) == (None, None, None, [])


def test_sound_of_a_film_is_the_log_mel_of_its_samples(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(19_200) / 20, dtype=np.float32)[None]
    path = film(tmp_path, 10, sound=tone)
    mel = open_clip(path).sound_mel
    assert mel is not None
    assert mel.dtype == torch.float32
    wanted = mel_of_sound(read_clip_audio(path), steps=12)[0]
    torch.testing.assert_close(mel, wanted, rtol=0, atol=0.005)  # half precision


def test_missing_film_is_a_media_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="gone"):
        open_clip(tmp_path / "gone.mp4")


def test_what_is_found_in_windows_is_what_is_found_in_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(1)
    sound = chance.normal(0, 0.001, (1, 240_000)).astype(np.float32)
    for hit in range(20_000, 240_000, 34_000):
        sound[:, hit : hit + 3000] += chance.normal(0, 0.3, (1, 3000)).astype(np.float32)
    path = film(tmp_path, 125, sound=sound)
    monkeypatch.setattr(clip_module, "_WINDOW_STEPS", 20)
    clip = open_clip(path)
    whole = clip.sound_mel
    assert whole is not None
    assert clip.onsets_s == pytest.approx(onsets_of_mel(whole))
    assert len(clip.onsets_s) >= 6
    assert clip.steady_s == steady_stretches(whole)
    assert torch.equal(clip.motion, clip.grid[:, :1])


def test_cuts_near_the_ends_of_windows_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = torch.randn(6, 10, 8, 8, generator=torch.Generator().manual_seed(1))
    grid = looks.repeat_interleave(20, dim=0) + 0.001
    clip = Clip(small_clip(120).info, grid)
    monkeypatch.setattr(clip_module, "_WINDOW_STEPS", 20)
    assert clip.cuts == find_cuts(grid) == [20, 40, 60, 80, 100]


def test_held_picture_is_still(tmp_path: Path) -> None:
    clip = open_clip(film(tmp_path, 10))
    assert not clip.is_still(StepRange(0, 12))
    assert clip.is_still(StepRange(10, 12))


def test_film_opened_again_is_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tone = 0.5 * np.sin(np.arange(48_000) / 20, dtype=np.float32)[None]
    cache = FeatureCache(tmp_path / "cache")
    first = open_clip(film(tmp_path, 25, sound=tone), cache=cache)
    assert first.sound is not None
    moved = (tmp_path / "film.mp4").rename(tmp_path / "other name.mp4")
    for name in ("_picture_parts", "clip_audio_blocks"):
        monkeypatch.setattr(clip_module, name, None)
    again = open_clip(moved, cache=FeatureCache(tmp_path / "cache"))
    assert torch.equal(again.grid, first.grid)
    assert again.sound is not None
    assert torch.equal(again.sound.rows[:], first.sound.rows[:])


def test_changed_film_of_the_same_name_is_read_anew(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "cache")
    first = open_clip(film(tmp_path, 10), cache=cache)
    second = open_clip(make_film(tmp_path / "film.mp4", pts=even_pts(10, Fraction(10))), cache=cache)
    assert first.content != second.content
    assert (first.steps, second.steps) == (12, 28)


def test_cache_that_cannot_be_written_is_told_and_the_film_opens(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    told: list[Progress] = []
    path = film(tmp_path, 10)
    clip = open_clip(path, listener=told.append, cache=FeatureCache(tmp_path / "a file"))
    assert torch.equal(clip.grid, open_clip(path).grid)
    notes = [one.note for one in told if one.stage == "features"]
    assert len(notes) == 1
    assert notes[0].startswith("not kept for the next time: ")
    assert "a file" in notes[0]


def test_sound_that_is_no_number_is_refused_with_its_time(tmp_path: Path) -> None:
    sound = np.zeros((1, 19_200), dtype=np.float32)
    sound[0, 9_600] = np.nan
    path = make_film(
        tmp_path / "film.mov", pts=even_pts(10, Fraction(25)), sound=sound, sound_codec="pcm_f32le"
    )
    with pytest.raises(InputError, match=r"film\.mov has a sample at 0\.\d+ s that is infinite or no number"):
        open_clip(path).hear(listener=lambda _: None, cancel=CancelToken())
