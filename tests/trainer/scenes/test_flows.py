import numpy as np
import pytest

from tests.trainer.scenes.contacts import STEPS, stage
from trainer.scenes.flows import FLOW_KINDS, draw_activity, draw_flow_kind
from trainer.scenes.rhythm import frame_times


def rows_of(name: str, activity: np.ndarray) -> np.ndarray:
    return np.stack(draw_flow_kind(name, stage(3), activity, "WATR_water"))


def running_from(start: int, end: int) -> np.ndarray:
    activity = np.zeros(STEPS, dtype=np.float32)
    activity[start:end] = 1.0
    return activity


@pytest.mark.parametrize("name", sorted(FLOW_KINDS))
def test_flow_moves_while_it_runs_and_far_less_when_it_rests(name: str) -> None:
    rows = rows_of(name, running_from(25, 45))
    change = np.abs(np.diff(rows, axis=1)).sum((0, 2))
    assert change[28:42].mean() > 4 * change[:22].mean()
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("name", sorted(FLOW_KINDS))
def test_same_seed_draws_the_same_flow(name: str) -> None:
    assert np.array_equal(rows_of(name, running_from(5, 30)), rows_of(name, running_from(5, 30)))


def test_activity_is_never_empty_and_often_has_pauses() -> None:
    drawn = [draw_activity(np.random.default_rng(seed), frame_times(160)) for seed in range(100)]
    assert all(set(np.unique(activity)) <= {0.0, 1.0} for activity in drawn)
    assert all(activity.any() for activity in drawn)
    throughout = sum(bool(activity.all()) for activity in drawn)
    assert 25 <= throughout <= 60
