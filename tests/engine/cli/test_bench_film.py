from pathlib import Path

import numpy as np

from engine.cli.bench_film import bench_sound, write_bench_film
from engine.clip import open_clip


def test_film_is_1080p_moves_and_sounds(tmp_path: Path) -> None:
    clip = open_clip(write_bench_film(tmp_path / "film.mp4", seconds=1))
    assert (clip.info.width, clip.info.height, clip.info.duration_samples) == (1920, 1080, 48_000)
    assert float(clip.motion[2:25].amax((1, 2, 3)).min()) > 0.1
    assert clip.sound_mel is not None
    level = clip.sound_mel.mean(1)
    assert float(level[0:3].max()) > float(level[40:90].max()) > float(clip.sound_mel.min())


def test_sound_is_decided_by_its_seed() -> None:
    one, same, other = (bench_sound(0.6, seed=seed) for seed in (1, 1, 2))
    assert one.shape == (1, 28_800)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.flatnonzero(one[0] > 0.5).tolist() == [0, 24_000]
