from pathlib import Path

import numpy as np
import torch

from engine.cli import bench_memory
from engine.cli.bench_memory import lengths_up_to, measure_memory, peak_bytes, resident_bytes


def test_shorter_lengths_are_measured_before_the_longest() -> None:
    assert lengths_up_to(60) == [1, 10, 60]
    assert lengths_up_to(10) == [1, 10]
    assert lengths_up_to(1) == [1]


def test_peak_rises_with_what_is_held() -> None:
    before = peak_bytes()
    held = np.ones(before // 8 + 10_000_000)  # more than all there ever was
    assert peak_bytes() - before > 50_000_000
    assert held.all()


def test_film_of_a_minute_is_measured_in_a_process_of_its_own(models: Path) -> None:
    use = measure_memory(1, model="starter", models_folder=models, threads=1)
    assert use.minutes == 1
    assert 50 < use.before_mb <= use.peak_mb < 4_000
    # 1500 steps of the grid and 6000 frames of log-mel in half precision
    assert use.disk_mb > (1500 * bench_memory.GRID_CHANNELS * 64 + 6000 * 128) * 2 / 1e6


def test_made_film_comes_in_parts_of_its_length() -> None:
    grid = torch.cat(list(bench_memory._grids(620)))
    assert grid.shape == (620, bench_memory.GRID_CHANNELS, 8, 8)
    assert torch.cat(list(bench_memory._mels(620))).shape == (2480, 128)


def test_memory_held_rises_and_falls_with_what_is_held() -> None:
    before = resident_bytes()
    held = np.ones(20_000_000)  # 160 MB
    assert resident_bytes() - before > 120_000_000
    del held
    assert resident_bytes() - before < 60_000_000
