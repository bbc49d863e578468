import numpy as np
import pytest

from engine.media.resampling import Resampler, resample


def sine(hz: float, *, rate_hz: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(44_100, 48_000), (48_000, 44_100), (22_050, 48_000)])
def test_resampled_impulse_stays_at_its_time(from_hz: int, to_hz: int) -> None:
    sound = np.zeros(from_hz * 2, dtype=np.float32)
    sound[from_hz // 2] = 1
    resampled = resample(sound, from_hz=from_hz, to_hz=to_hz)
    assert resampled.shape == (to_hz * 2,)
    peak = int(np.argmax(resampled))
    assert peak == to_hz // 2
    np.testing.assert_allclose(resampled[peak - 50 : peak], resampled[peak + 50 : peak : -1], atol=1e-5)


def test_resampled_sine_is_the_same_sine() -> None:
    seconds = 8.0  # longer than one piece pushed through the filter
    resampled = resample(sine(997, rate_hz=44_100, seconds=seconds), from_hz=44_100, to_hz=48_000)
    wanted = sine(997, rate_hz=48_000, seconds=seconds)
    assert resampled.shape == wanted.shape
    assert np.abs(resampled - wanted)[200:-200].max() < 1e-4


def test_resample_keeps_leading_axes_and_rounds_the_length_up() -> None:
    sound = np.zeros((2, 3, 1001), dtype=np.float32)
    sound[1, 2] = 0.5
    resampled = resample(sound, from_hz=48_000, to_hz=44_100)
    assert resampled.shape == (2, 3, 920)  # 1001 * 0.91875 = 919.67
    assert resampled.dtype == np.float32
    assert not resampled[0].any()
    assert abs(resampled[1, 2, 450] - 0.5) < 1e-3


def test_same_rate_gives_a_copy() -> None:
    sound = np.ones((1, 10), dtype=np.float32)
    copy = resample(sound, from_hz=48_000, to_hz=48_000)
    copy[0, 0] = 5
    assert sound[0, 0] == 1


def test_resample_of_nothing_is_nothing() -> None:
    assert resample(np.zeros((2, 0), dtype=np.float32), from_hz=44_100, to_hz=48_000).shape == (2, 0)


def test_rate_of_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="rates above 0 Hz, got 0 to 48000"):
        resample(np.zeros(10, dtype=np.float32), from_hz=0, to_hz=48_000)


def test_pieces_come_out_as_the_whole_does() -> None:
    sound = np.stack([sine(440, rate_hz=44_100, seconds=1), sine(997, rate_hz=44_100, seconds=1)])
    resampler = Resampler(2, from_hz=44_100, to_hz=48_000)
    pieces = [resampler.push(piece) for piece in np.array_split(sound, 7, axis=1)]
    whole = np.concatenate([*pieces, resampler.finish()], axis=1)
    np.testing.assert_array_equal(whole, resample(sound, from_hz=44_100, to_hz=48_000))
