import numpy as np
import pytest

from engine.timing import TimeRange
from msg_studio.workers.mixer import FADE_FRAMES, GRAIN_FRAMES, LaidSound, Mixer

SECOND = 48_000


def noise(length: int, *, seed: int = 1, channels: int = 0) -> np.ndarray:
    shape = (length, channels) if channels else length
    return np.random.default_rng(seed).uniform(-0.5, 0.5, shape).astype(np.float32)


def tone(length: int, *, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(length) / SECOND)).astype(np.float32)


def make_mixer(*sounds: LaidSound, length: int = 10 * SECOND) -> Mixer:
    mixer = Mixer()
    mixer.set_sounds(sounds)
    mixer.set_length(length)
    return mixer


def drawn(mixer: Mixer, frames: int, *, block_frames: int = 480) -> np.ndarray:
    blocks = []
    for begin in range(0, frames, block_frames):
        block = np.full((min(block_frames, frames - begin), 2), np.nan, dtype=np.float32)
        mixer.fill(block)
        blocks.append(block)
    return np.concatenate(blocks)


def largest_step(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


@pytest.mark.parametrize("block_frames", [64, 480, 960, 3000])
def test_at_speed_one_the_sum_is_exact(block_frames: int) -> None:
    mono, stereo = noise(3000), noise(4000, seed=2, channels=2)
    mixer = make_mixer(LaidSound(1000, mono), LaidSound(2500, stereo, gain=0.5))
    mixer.set_speed(1)
    heard = drawn(mixer, 9000, block_frames=block_frames)
    expected = np.zeros((9000, 2), dtype=np.float32)
    expected[1000:4000] += mono[:, None]
    expected[2500:6500] += stereo * np.float32(0.5)
    np.testing.assert_array_equal(heard[FADE_FRAMES:], expected[FADE_FRAMES:])


def test_every_sample_of_the_block_is_written_while_stopped() -> None:
    mixer = make_mixer(LaidSound(0, noise(100)))
    assert not drawn(mixer, 960).any()


def test_playing_begins_with_a_fade() -> None:
    mixer = make_mixer(LaidSound(0, np.ones(SECOND, dtype=np.float32)))
    mixer.set_speed(1)
    heard = drawn(mixer, 960)
    assert heard[0, 0] < 0.001
    assert largest_step(heard) < 0.005  # a slope of 8 ms rises by 1 in 384 frames
    assert heard[FADE_FRAMES, 0] == 1


def test_a_stop_fades_out_and_then_is_silent() -> None:
    mixer = make_mixer(LaidSound(0, np.ones(SECOND, dtype=np.float32)))
    mixer.set_speed(1)
    drawn(mixer, 960)
    mixer.set_speed(0)
    heard = drawn(mixer, 960)
    assert largest_step(heard) < 0.005
    assert not heard[FADE_FRAMES:].any()


@pytest.mark.parametrize("block_frames", [100, 480, 1000])
def test_a_seek_makes_no_click(block_frames: int) -> None:
    mixer = make_mixer(LaidSound(0, tone(5 * SECOND)))
    mixer.set_speed(1)
    heard = [drawn(mixer, 4800, block_frames=block_frames)]
    for position in (3 * SECOND + 37, 77, 2 * SECOND + 555):
        mixer.seek(position)
        heard.append(drawn(mixer, 4800, block_frames=block_frames))
    natural = 0.5 * 2 * np.pi * 440 / SECOND
    assert largest_step(np.concatenate(heard)) < 1.5 * natural
    np.testing.assert_array_equal(
        heard[-1][1000:, 0], tone(5 * SECOND)[2 * SECOND + 555 + 1000 : 2 * SECOND + 555 + 4800]
    )


def test_another_take_is_faded_over_at_the_same_position() -> None:
    low, high = tone(SECOND, hz=200), tone(SECOND, hz=300)
    mixer = make_mixer(LaidSound(0, low))
    mixer.set_speed(1)
    before = drawn(mixer, 4800)
    mixer.set_sounds([LaidSound(0, high)])
    after = drawn(mixer, 4800)
    assert largest_step(np.concatenate([before, after])) < 1.5 * 0.5 * 2 * np.pi * 300 / SECOND
    np.testing.assert_array_equal(after[FADE_FRAMES:, 0], high[4800 + FADE_FRAMES : 9600])


def test_an_order_during_a_fade_waits_for_its_end() -> None:
    mixer = make_mixer(LaidSound(0, tone(9 * SECOND)))
    mixer.set_speed(1)
    drawn(mixer, 4800)
    heard = []
    for position in range(SECOND, 8 * SECOND, SECOND // 3):  # every 2 ms another seek
        mixer.seek(position)
        heard.append(drawn(mixer, 96, block_frames=96))
    assert largest_step(np.concatenate(heard)) < 1.5 * 0.5 * 2 * np.pi * 440 / SECOND


@pytest.mark.parametrize("speed", [2, 4, 8])
def test_fast_forward_reads_every_nth_sample(speed: int) -> None:
    sound = noise(5 * SECOND)
    mixer = make_mixer(LaidSound(0, sound))
    mixer.set_speed(speed)
    heard = drawn(mixer, 4800)[FADE_FRAMES:, 0]
    np.testing.assert_allclose(heard, sound[: 4800 * speed : speed][FADE_FRAMES:], atol=1e-6)


def test_reverse_reads_backwards() -> None:
    sound = noise(SECOND)
    mixer = make_mixer(LaidSound(0, sound))
    mixer.seek(20_000)
    mixer.set_speed(-1)
    heard = drawn(mixer, 4800)[FADE_FRAMES:, 0]
    np.testing.assert_allclose(heard, sound[20_000 - 4799 : 20_001][::-1][FADE_FRAMES:], atol=1e-6)


def test_slow_motion_reads_between_samples() -> None:
    ramp = np.arange(SECOND, dtype=np.float32) / SECOND
    mixer = make_mixer(LaidSound(0, ramp))
    mixer.seek(1000)
    mixer.set_speed(0.25)
    heard = drawn(mixer, 4800)[FADE_FRAMES:, 0]
    expected = (1000 + 0.25 * np.arange(4800)) / SECOND
    np.testing.assert_allclose(heard, expected[FADE_FRAMES:], atol=1e-6)


def test_after_slow_motion_speed_one_is_exact_again() -> None:
    sound = noise(SECOND)
    mixer = make_mixer(LaidSound(0, sound))
    mixer.set_speed(0.3)
    drawn(mixer, 4801, block_frames=4801)
    mixer.set_speed(1)
    heard = drawn(mixer, 4800)[FADE_FRAMES:, 0]
    start = mixer.place_of(4801).position
    np.testing.assert_array_equal(heard, sound[start : start + 4800][FADE_FRAMES:])


def test_a_loop_repeats_without_a_click() -> None:
    sound = tone(5 * SECOND, hz=441.7)
    mixer = make_mixer(LaidSound(0, sound))
    mixer.set_loop(TimeRange(10_000, 20_000))
    mixer.seek(10_000)
    mixer.set_speed(1)
    heard = drawn(mixer, 35_000)
    assert largest_step(heard) < 1.5 * 0.5 * 2 * np.pi * 442 / SECOND
    np.testing.assert_array_equal(heard[500:10_000, 0], sound[10_500:20_000])
    np.testing.assert_array_equal(heard[20_500:30_000, 0], sound[10_500:20_000])
    assert [mixer.place_of(frame).position for frame in (9_999, 10_000, 25_000)] == [19_999, 10_000, 15_000]


def test_playing_before_the_loop_runs_into_it_and_behind_it_runs_on() -> None:
    mixer = make_mixer()
    mixer.set_loop(TimeRange(10_000, 20_000))
    mixer.set_speed(1)
    drawn(mixer, 30_000)
    assert mixer.place_of(25_000).position == 15_000
    mixer.seek(30_000)
    drawn(mixer, 4800)
    assert mixer.place_of(30_000 + 4800).position == 34_800


def test_a_backward_loop_begins_again_at_its_end() -> None:
    mixer = make_mixer()
    mixer.set_loop(TimeRange(10_000, 20_000))
    mixer.seek(15_000)
    mixer.set_speed(-1)
    drawn(mixer, 9600)
    assert mixer.place_of(9000).position == 16_000


def test_playing_stops_at_the_end_of_the_film() -> None:
    mixer = make_mixer(LaidSound(0, np.ones(SECOND, dtype=np.float32)), length=20_000)
    mixer.set_speed(1)
    heard = drawn(mixer, 24_000)
    assert mixer.place_of(23_000).position == 20_000
    assert mixer.place_of(23_000).step == 0
    assert not heard[20_000 + FADE_FRAMES :].any()


def test_reverse_stops_at_the_start_of_the_film() -> None:
    mixer = make_mixer()
    mixer.seek(1000)
    mixer.set_speed(-2)
    drawn(mixer, 4800)
    assert (mixer.place_of(4800).position, mixer.place_of(4800).step) == (0, 0)


def test_a_seek_while_stopped_gives_a_grain_of_forty_milliseconds() -> None:
    mixer = make_mixer(LaidSound(0, np.ones(5 * SECOND, dtype=np.float32)))
    mixer.seek(SECOND, grain=True)
    heard = drawn(mixer, 9600)
    assert heard[FADE_FRAMES:GRAIN_FRAMES].min() == 1
    assert not heard[GRAIN_FRAMES + FADE_FRAMES :].any()
    assert largest_step(heard) < 0.005
    assert {mixer.place_of(frame).position for frame in range(0, 9600, 100)} == {SECOND}


def test_a_seek_without_grain_is_silent_while_stopped() -> None:
    mixer = make_mixer(LaidSound(0, np.ones(5 * SECOND, dtype=np.float32)))
    mixer.seek(SECOND)
    assert not drawn(mixer, 4800).any()


def test_the_place_of_a_frame_tells_which_seek_it_belongs_to() -> None:
    mixer = make_mixer()
    mixer.set_speed(1)
    drawn(mixer, 4800)
    mixer.seek(48_000)
    drawn(mixer, 4800)
    assert mixer.place_of(4799).position == 4799
    assert mixer.place_of(4799).seeks == mixer.seeks - 1
    assert mixer.place_of(4800).position == 48_000
    assert mixer.place_of(4800).seeks == mixer.seeks


def test_whole_numbers_sound_as_loud_as_the_floats_they_stand_for() -> None:
    sound = np.array([[16_384, -8_192]], dtype=np.int16).repeat(SECOND, axis=0)
    mixer = make_mixer(LaidSound(0, sound, gain=0.5))
    mixer.set_speed(1)
    assert drawn(mixer, 960)[-1].tolist() == [0.25, -0.125]


def test_peaks_are_told_once() -> None:
    sound = np.stack([np.full(SECOND, 0.25), np.full(SECOND, -0.75)], axis=1).astype(np.float32)
    mixer = make_mixer(LaidSound(0, sound))
    mixer.set_speed(1)
    drawn(mixer, 960)
    assert mixer.take_peaks() == (0.25, 0.75)
    assert mixer.take_peaks() == (0, 0)


@pytest.mark.parametrize("block_frames", [64, 480, 1000])
def test_a_swap_between_two_sounds_is_locked_to_the_sample_and_fades_over_8_ms(block_frames: int) -> None:
    x, y = noise(SECOND, seed=1), noise(SECOND, seed=2)
    mixer = make_mixer(LaidSound(0, x, gain=0.5))
    mixer.set_speed(1)
    before = drawn(mixer, 4800, block_frames=block_frames)[:, 0]
    mixer.set_sounds([LaidSound(0, y)])
    after = drawn(mixer, 9600, block_frames=block_frames)[:, 0]
    np.testing.assert_array_equal(before[FADE_FRAMES:], 0.5 * x[FADE_FRAMES:4800])
    # No sample is lost or repeated: the fade mixes both at the same place, and then y alone goes on there.
    ahead = 0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE_FRAMES) + 0.5) / FADE_FRAMES)
    here = slice(4800, 4800 + FADE_FRAMES)
    np.testing.assert_allclose(after[:FADE_FRAMES], ahead * y[here] + (1 - ahead) * 0.5 * x[here], atol=1e-6)
    np.testing.assert_array_equal(after[FADE_FRAMES:], y[4800 + FADE_FRAMES : 14_400])


def test_what_both_sides_share_sounds_on_unchanged_through_a_swap() -> None:
    rest, silence = tone(SECOND), np.zeros(SECOND, dtype=np.float32)
    mixer = make_mixer(LaidSound(0, silence), LaidSound(0, rest))
    mixer.set_speed(1)
    drawn(mixer, 4800)
    mixer.set_sounds([LaidSound(0, silence), LaidSound(0, rest)])
    np.testing.assert_allclose(drawn(mixer, 4800)[:, 0], rest[4800:9600], atol=1e-6)
