import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msg_studio.views.timeline.peak_pyramid import COARSE_BLOCK, FINE_BLOCK, FINE_UP_TO, STEP, PeakPyramid


def noise(length: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((channels, length)).astype(np.float32)


def test_every_level_holds_least_and_greatest_of_its_blocks() -> None:
    samples = noise(5000, channels=2)
    pyramid = PeakPyramid.of(samples)
    assert [level.block for level in pyramid.levels] == [16, 64, 256, 1024, 4096]
    for level in pyramid.levels:
        starts = range(0, 5000, level.block)
        assert level.low.tolist() == [samples[:, s : s + level.block].min() for s in starts]
        assert level.high.tolist() == [samples[:, s : s + level.block].max() for s in starts]


@given(st.integers(1, 3000), st.integers(0, 3), st.integers(-200, 200), st.integers(1, 60))
def test_columns_on_block_edges_are_exact(length: int, level: int, first: int, count: int) -> None:
    samples = noise(length)
    width = FINE_BLOCK * STEP**level
    low, high = PeakPyramid.of(samples).columns(first * width, width, count)
    for column in range(count):
        begin = (first + column) * width
        inside = samples[0, max(0, begin) : max(0, begin + width)]
        assert low[column] == (inside.min() if inside.size else 0)
        assert high[column] == (inside.max() if inside.size else 0)


@given(st.floats(0.5, 5000), st.floats(-3000, 30_000))
def test_no_sample_is_lost_between_columns(width: float, first: float) -> None:
    samples = np.zeros(20_000, np.float32)
    samples[7777] = 0.9
    _, high = PeakPyramid.of(samples).columns(first, width, 200)
    seen = first <= 7777 < first + 200 * width
    assert not seen or high.max() == np.float32(0.9)


def test_columns_zoomed_in_further_than_the_finest_level_repeat_its_blocks() -> None:
    samples = noise(64)[0]
    low, high = PeakPyramid.of(samples).columns(0, 4.0, 8)
    assert low.tolist() == [samples[:16].min()] * 4 + [samples[16:32].min()] * 4
    assert high.tolist() == [samples[:16].max()] * 4 + [samples[16:32].max()] * 4


def test_sound_outside_its_ends_is_silence() -> None:
    low, high = PeakPyramid.of(noise(100)).columns(1000, 16, 5)
    assert not low.any()
    assert not high.any()


def test_empty_sound_has_a_pyramid() -> None:
    low, _ = PeakPyramid.of(np.zeros((2, 0), np.float32)).columns(0, 16, 5)
    assert low.tolist() == [0] * 5


@pytest.mark.parametrize(("length", "block"), [(1000, FINE_BLOCK), (FINE_UP_TO + 1, COARSE_BLOCK)])
def test_long_sounds_begin_coarser(length: int, block: int) -> None:
    assert PeakPyramid.of(np.zeros((1, length), np.float32)).levels[0].block == block
