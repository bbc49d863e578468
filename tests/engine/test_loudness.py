import math

import numpy as np
import pytest

from engine.loudness import (
    SHORTEST_GATED,
    integrated_lufs,
    k_weighted,
    loudness_lufs,
    ungated_lufs,
)

RATE = 48_000


def sine(hz: float, *, seconds: float = 5.0, level_db: float = 0.0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def filtered_step_by_step(sound: np.ndarray) -> np.ndarray:
    """The two recursions of BS.1770-4 written out."""
    stages = (
        ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585)),
        ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)),
    )
    signal = sound.astype(float)
    for (b0, b1, b2), (a1, a2) in stages:
        made = np.zeros(len(signal) + 2)
        given = np.concatenate([[0.0, 0.0], signal])
        for n in range(2, len(given)):
            made[n] = (
                b0 * given[n] + b1 * given[n - 1] + b2 * given[n - 2] - a1 * made[n - 1] - a2 * made[n - 2]
            )
        signal = made[2:]
    return signal


def test_full_scale_sine_of_997_hz_in_one_channel_reads_minus_3_01() -> None:
    assert integrated_lufs(sine(997)) == pytest.approx(-3.01, abs=0.01)
    assert ungated_lufs(sine(997)) == pytest.approx(-3.01, abs=0.02)  # the sudden start weighs a little


def test_the_same_sine_in_both_channels_is_3_db_louder() -> None:
    both = np.stack([sine(997), sine(997)])
    assert integrated_lufs(both) == pytest.approx(0.0, abs=0.01)


def test_ten_db_less_are_ten_lu_less() -> None:
    assert integrated_lufs(sine(997, level_db=-20)) - integrated_lufs(sine(997, level_db=-10)) == (
        pytest.approx(-10.0, abs=1e-4)
    )


def test_bass_counts_less_and_treble_counts_4_db_more() -> None:
    assert ungated_lufs(sine(20)) < ungated_lufs(sine(997)) - 10
    assert ungated_lufs(sine(10_000)) - ungated_lufs(sine(997)) == pytest.approx(3.3, abs=0.1)


@pytest.mark.parametrize("length", [100, 8192, 70_000])
def test_weighting_by_blocks_equals_the_recursion(length: int) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, length).astype(np.float32)
    np.testing.assert_allclose(k_weighted(sound)[0], filtered_step_by_step(sound), atol=1e-6)


def test_silence_around_a_sound_does_not_make_it_softer_where_gates_work() -> None:
    heard = sine(997, seconds=5)
    with_silence = np.concatenate([heard, np.zeros(5 * RATE, dtype=np.float32)])
    # Two blocks in ten lie half in silence: they still count, so a little less remains.
    assert integrated_lufs(with_silence) == pytest.approx(-3.01, abs=0.2)
    assert ungated_lufs(with_silence) == pytest.approx(-6.02, abs=0.05)


def test_what_lies_more_than_ten_below_the_rest_is_gated() -> None:
    soft = sine(997, level_db=-40)
    assert integrated_lufs(np.concatenate([sine(997), soft])) == pytest.approx(-3.01, abs=0.2)


def test_three_seconds_decide_between_energy_and_gates() -> None:
    sparse = np.concatenate([sine(997, seconds=0.5), np.zeros(2 * RATE, dtype=np.float32)])
    assert len(sparse) < SHORTEST_GATED
    assert loudness_lufs(sparse) == ungated_lufs(sparse)
    longer = np.concatenate([sparse, np.zeros(2 * RATE, dtype=np.float32)])
    assert loudness_lufs(longer) == integrated_lufs(longer)


@pytest.mark.parametrize("sound", [np.zeros(RATE), np.zeros(5 * RATE), np.zeros((2, 0))])
def test_silence_and_nothing_are_infinitely_soft(sound: np.ndarray) -> None:
    assert loudness_lufs(sound.astype(np.float32)) == -math.inf
    assert integrated_lufs(sound.astype(np.float32)) == -math.inf
