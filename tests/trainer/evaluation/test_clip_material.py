from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from tests.coded_film import even_pts, impulse_at, make_film
from trainer.evaluation.clip_material import load_materials
from trainer.evaluation.clips import AnnotatedClip


def film(folder: Path, name: str, *, sound: bool = True) -> AnnotatedClip:
    track = impulse_at(24_000, length=48_000) if sound else None
    path = make_film(folder / name, pts=even_pts(25, Fraction(25)), sound=track)
    return AnnotatedClip(path, (0.5,), "high")


def test_clip_has_grid_motion_and_mel_on_one_clock(tmp_path: Path) -> None:
    (found,) = load_materials([film(tmp_path, "a.mp4")])
    steps = len(found.picture)
    assert steps % 4 == 0
    assert found.motion.shape == (4 * steps,)
    assert found.mel.shape == (4 * steps, 128)
    assert int(found.mel.amax(1).argmax()) == pytest.approx(50, abs=2)
    assert float(found.motion.max()) > 0


def test_kept_clip_is_the_decoded_one_and_is_not_decoded_again(tmp_path: Path) -> None:
    clip = film(tmp_path, "a.mp4")
    (fresh,) = load_materials([clip], cache=tmp_path / "kept")
    (kept_file,) = (tmp_path / "kept").iterdir()
    written = kept_file.stat().st_mtime_ns
    (kept,) = load_materials([clip], cache=tmp_path / "kept")
    assert kept_file.stat().st_mtime_ns == written
    assert bool((kept.picture == fresh.picture).all())
    assert np.array_equal(kept.motion, fresh.motion)


def test_only_trusted_clips_are_taken(tmp_path: Path) -> None:
    unsure = AnnotatedClip(tmp_path / "not_there.mp4", (), "not")
    assert [found.name for found in load_materials([unsure, film(tmp_path, "a.mp4")])] == ["a.mp4"]
    with pytest.raises(InputError, match="onset_confidence high or medium"):
        load_materials([unsure])


def test_silent_clip_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mute\.mp4 has no sound"):
        load_materials([film(tmp_path, "mute.mp4", sound=False)])
