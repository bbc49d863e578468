import numpy as np
import pytest

from trainer.scenes.rhythm import (
    Beats,
    distance_to_contact,
    draw_beats,
    frame_times,
    pulse,
    ringing,
    time_since_last,
    time_to_next,
    wander,
)

BEATS = Beats(np.array([0.4, 1.0], dtype=np.float32), np.array([0.5, 1.0], dtype=np.float32))


def at(*times: float) -> np.ndarray:
    return np.array(times, dtype=np.float32)


def test_beats_lie_inside_the_scene_apart_from_one_another_and_have_strength() -> None:
    for seed in range(300):
        beats = draw_beats(np.random.default_rng(seed), 3.0, least_gap_s=0.3)
        assert len(beats.times_s) == len(beats.strengths) > 0
        assert beats.times_s.min() > 0.0
        assert beats.times_s.max() < 3.0
        assert len(beats.times_s) == 1 or np.diff(beats.times_s).min() > 0.299
        assert beats.strengths.min() >= 0.25
        assert beats.strengths.max() <= 1.0


def test_same_seed_draws_the_same_beats() -> None:
    one, again, other = (draw_beats(np.random.default_rng(seed), 6.4) for seed in (1, 1, 2))
    assert np.array_equal(one.times_s, again.times_s)
    assert not np.array_equal(one.times_s, other.times_s)


def test_frames_are_a_twenty_fifth_apart() -> None:
    assert frame_times(4).tolist() == pytest.approx([0.0, 0.04, 0.08, 0.12])


def test_times_to_the_contacts_around() -> None:
    ahead, force_ahead = time_to_next(at(0.1, 0.4, 0.7, 1.2), BEATS)
    assert ahead[:3].tolist() == pytest.approx([0.3, 0.0, 0.3])
    assert ahead[3] > 100
    assert force_ahead[:3].tolist() == [0.5, 0.5, 1.0]
    behind, force_behind = time_since_last(at(0.1, 0.4, 0.7, 1.2), BEATS)
    assert behind[0] > 100
    assert behind[1:].tolist() == pytest.approx([0.0, 0.3, 0.2])
    assert force_behind[1:].tolist() == [0.5, 0.5, 1.0]


def test_body_touches_on_the_beat_and_nowhere_else_and_is_up_between() -> None:
    times = frame_times(50)
    lift = distance_to_contact(times, BEATS, approach_s=0.2, leave_s=0.2, bend=0.8)
    assert np.flatnonzero(lift < 1e-5).tolist() == [10, 25]
    assert lift[0] == pytest.approx(0.5)  # the strength of the contact to come
    assert lift[17:19].tolist() == pytest.approx([1.0, 1.0])  # 0.68 and 0.72 s: up for the strong one


def test_free_swing_is_fastest_just_before_the_contact() -> None:
    lift = distance_to_contact(frame_times(25, 100.0) + 0.16, BEATS, approach_s=0.2, leave_s=0.2, bend=0.7)
    speed = -np.diff(lift[:25])
    assert int(np.argmax(speed)) == 23  # from frame 23 to the contact in frame 24


def test_ringing_starts_with_the_beat_and_dies_away() -> None:
    swing = ringing(at(0.39, 0.4, 0.45, 0.85, 0.95), BEATS, rate_hz=5.0, decay_s=0.1)
    assert swing[0] == swing[1] == 0.0
    assert swing[2] == pytest.approx(0.5 * np.exp(-0.5), rel=1e-4)  # a quarter of the period of 0.2 s
    assert abs(float(swing[3])) < 0.01


def test_pulse_is_the_strength_on_the_beat_and_falls_by_its_decay() -> None:
    shape = pulse(at(0.2, 0.4, 0.5, 1.0), BEATS, decay_s=0.1)
    assert shape[0] == 0.0
    assert shape[1:].tolist() == pytest.approx([0.5, 0.5 / np.e, 1.0], rel=1e-4)


def test_drift_is_smooth_and_of_its_size() -> None:
    times = frame_times(500)
    path = wander(np.random.default_rng(1), times, 0.3)
    assert 0.1 < np.abs(path).max() <= 0.3
    assert np.abs(np.diff(path)).max() < 0.3 * 2 * np.pi * 0.7 / 25
