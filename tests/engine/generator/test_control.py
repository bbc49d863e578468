import numpy as np
import pytest

from engine.errors import InputError
from engine.generator.control import ACTIVITY_CHANNEL, control_track, hits_of_track


def test_hit_lies_in_its_hundredth_of_a_second() -> None:
    track = control_track(10, hits=[(0.235, 0.6)])  # hundredth 23 is token 5, quarter 3
    assert track[5, 3] == np.float32(0.6)
    assert np.count_nonzero(track) == 1


@pytest.mark.parametrize("hundredth", [28, 29, 57, 58, 113, 116])
def test_hit_on_the_edge_of_a_hundredth_belongs_to_the_later_one(hundredth: int) -> None:
    samples = hundredth * 480
    track = control_track(40, hits=[(samples / 48_000, 1.0)])
    assert divmod(hundredth, 4) == tuple(np.argwhere(track)[0])


def test_round_trip_gives_the_middles_of_the_hundredths() -> None:
    hits = [(0.004, 0.5), (0.12, 1.0), (0.399, 0.25)]
    found = hits_of_track(control_track(10, hits=hits))
    assert [time for time, _ in found] == pytest.approx([0.005, 0.125, 0.395])
    assert [strength for _, strength in found] == [0.5, 1.0, 0.25]
    assert np.array_equal(control_track(10, hits=found), control_track(10, hits=hits))


def test_of_two_hits_in_one_place_the_stronger_stays() -> None:
    assert control_track(2, hits=[(0.001, 0.8), (0.002, 0.3)])[0, 0] == np.float32(0.8)


def test_hits_outside_are_left_out() -> None:
    assert not control_track(5, hits=[(-0.001, 1.0), (0.2, 1.0)]).any()


def test_activity_has_its_own_channel() -> None:
    activity = np.array([0, 1, 0.5], dtype=np.float32)
    track = control_track(3, activity=activity)
    assert np.array_equal(track[:, ACTIVITY_CHANNEL], activity)
    assert hits_of_track(track) == []


def test_strength_above_one_is_refused_by_value() -> None:
    with pytest.raises(InputError, match=r"strength 1\.5 at 0\.100 s"):
        control_track(5, hits=[(0.1, 1.5)])


def test_activity_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match=r"\(4,\): wanted \(5,\)"):
        control_track(5, activity=np.zeros(4, dtype=np.float32))
