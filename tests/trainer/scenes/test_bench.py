from pathlib import Path

import pytest
import torch

from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer.scenes import bench
from trainer.scenes.bench import bench_scenes


def test_every_part_is_timed_and_the_last_row_is_their_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(write_bank(tmp_path, usual_recordings())))
    drawn: list[int] = []
    real = bench.draw_scene

    def draw(seed: int, *args: object, **options: object) -> object:
        drawn.append(seed)
        return real(seed, *args, **options)

    monkeypatch.setattr(bench, "draw_scene", draw)
    rows = bench_scenes(count=3, batch=2, duration_s=1.6, device=torch.device("cpu"), seed=7)
    assert drawn == [7, 8, 9]
    assert [row.part for row in rows] == ["plan", "sound", "picture", "motion grid", "log-mel", "all"]
    assert rows[-1].ms_per_scene == pytest.approx(sum(row.ms_per_scene for row in rows[:-1]), abs=0.5)
    assert rows[-1].share_of_real_time == pytest.approx(rows[-1].ms_per_scene / 1600, abs=1e-3)
