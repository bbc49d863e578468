import numpy as np
import pytest

from tests.trainer.scenes.contacts import HITS, STEPS, WHITE, beats, lowest_frames, stage
from trainer.scenes.bodies import arm, limb
from trainer.scenes.primitives import Field


def curve(value: float) -> np.ndarray:
    return np.full(STEPS, value, dtype=np.float32)


def test_limb_lies_between_its_ends() -> None:
    rows = limb(stage(), WHITE, (curve(0.2), curve(0.1)), (curve(0.5), curve(0.5)), thick=0.1)
    assert rows[0, Field.X] == pytest.approx(0.35)
    assert rows[0, Field.Y] == pytest.approx(0.3)
    assert rows[0, Field.HALF_WIDTH] == pytest.approx(0.25 + 0.03)
    assert np.tan(rows[0, Field.ANGLE]) == pytest.approx(4 / 3)


@pytest.mark.parametrize("seed", range(12))
def test_stick_tip_is_on_the_thing_on_the_beat(seed: int) -> None:
    target, _, _, forearm, stick = arm(stage(seed), beats(), WHITE)
    shown = stick[:, Field.HALF_WIDTH] - 0.3 * stick[:, Field.HALF_HEIGHT]
    across = [shown * np.cos(stick[:, Field.ANGLE]), shown * np.sin(stick[:, Field.ANGLE])]
    tip_x, tip_y = stick[:, Field.X] + across[0], stick[:, Field.Y] + across[1]
    distance = np.hypot(tip_x - 0.6, tip_y - 0.5)
    assert lowest_frames(distance) == list(HITS)
    assert distance[list(HITS)].max() < 1e-4
    top = target[:, Field.Y] - target[:, Field.HALF_HEIGHT]
    assert np.abs(top - 0.5).max() < 0.03
    assert np.isfinite(forearm).all()
