import numpy as np
import pytest

from tests.trainer.scenes.contacts import HITS, STEPS, WHITE, beats, lowest_frames, stage
from trainer.scenes.kinds import EVENT_KINDS, bounce, collide, draw_event_kind, press, slam, steps, strike
from trainer.scenes.primitives import PRIMITIVE_FIELDS, Field
from trainer.scenes.rhythm import Beats

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_stick_is_nearest_to_the_thing_on_the_beat(seed: int) -> None:
    target, stick, hand = strike(stage(seed), beats(), WHITE)
    tip_y = 2 * stick[:, Field.Y] - hand[:, Field.Y]  # the stick's other end
    assert lowest_frames(target[:, Field.Y] - tip_y) == list(HITS)


@pytest.mark.parametrize("seed", SEEDS)
def test_ball_is_lowest_on_the_beat(seed: int) -> None:
    ledge, ball = bounce(stage(seed), beats(), WHITE)
    assert lowest_frames(-ball[:, Field.Y]) == list(HITS)
    underside = ball[:, Field.Y] + ball[:, Field.HALF_HEIGHT]
    assert underside.max() <= ledge[0, Field.Y] + ledge[0, Field.HALF_HEIGHT]


@pytest.mark.parametrize("seed", SEEDS)
def test_feet_come_down_in_turn(seed: int) -> None:
    _, left, _, right, _ = steps(stage(seed), beats(), WHITE)
    ground = left[HITS[0], Field.Y]
    assert lowest_frames(-left[:, Field.Y])[0] == HITS[0]
    assert lowest_frames(-right[:, Field.Y])[1] == HITS[1]
    assert right[HITS[1], Field.Y] == pytest.approx(ground)
    assert right[HITS[0], Field.Y] < ground
    assert left[HITS[1], Field.Y] < ground


@pytest.mark.parametrize("seed", SEEDS)
def test_bodies_touch_on_the_beat(seed: int) -> None:
    one, other = collide(stage(seed), beats(), WHITE)
    apart = np.hypot(one[:, Field.X] - other[:, Field.X], one[:, Field.Y] - other[:, Field.Y])
    assert lowest_frames(apart) == list(HITS)
    radii = one[0, Field.HALF_WIDTH] + other[0, Field.HALF_WIDTH]
    assert apart[list(HITS)] == pytest.approx([radii, radii], rel=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_finger_is_on_the_key_and_the_key_down_on_the_beat(seed: int) -> None:
    key, _, finger = press(stage(seed), beats(), WHITE)
    assert lowest_frames(-finger[:, Field.Y]) == list(HITS)
    assert lowest_frames(-key[:, Field.Y]) == list(HITS)
    fingertip = finger[:, Field.Y] + finger[:, Field.HALF_HEIGHT]
    key_top = key[:, Field.Y] - key[:, Field.HALF_HEIGHT]
    assert np.abs(fingertip - key_top)[list(HITS)].max() < 0.1 * 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_door_fills_its_frame_on_the_beat(seed: int) -> None:
    frame, panel = slam(stage(seed), beats(), WHITE)
    assert lowest_frames(-panel[:, Field.HALF_WIDTH]) == list(HITS)
    shut = frame[0, Field.HALF_WIDTH] / 1.08
    assert panel[HITS[0], Field.HALF_WIDTH] == pytest.approx(shut, rel=1e-3)


@pytest.mark.parametrize("name", sorted(EVENT_KINDS))
def test_every_kind_draws_finite_rows_and_the_same_ones_for_a_seed(name: str) -> None:
    one, again = (draw_event_kind(name, stage(3), beats(), "IMPT_metal") for _ in range(2))
    assert len(one) >= 2
    for rows, same in zip(one, again, strict=True):
        assert rows.shape == (STEPS, PRIMITIVE_FIELDS)
        assert np.isfinite(rows).all()
        assert np.array_equal(rows, same)


@pytest.mark.parametrize("name", sorted(EVENT_KINDS))
def test_every_kind_shows_its_contact_and_rests_without_one(name: str) -> None:
    """Around the beat the drawing changes more than in the same frames of a scene without beats."""
    never = Beats(np.array([99.0], dtype=np.float32), np.ones(1, dtype=np.float32))

    def change(rhythm: Beats) -> float:
        rows = np.stack(draw_event_kind(name, stage(3), rhythm, "IMPT_metal"))
        return float(np.abs(np.diff(rows[:, HITS[0] - 3 : HITS[0] + 4], axis=1)).max())

    assert change(beats()) > 3 * change(never)


@pytest.mark.parametrize("seed", range(8))
def test_the_stick_touches_the_top_of_what_it_strikes(seed: int) -> None:
    target, stick, hand = strike(stage(seed), beats(), WHITE)
    for hit in HITS:
        # The tip lies as far beyond the middle of the stick as the hand lies before it.
        tip_y = 2 * stick[hit, Field.Y] - hand[hit, Field.Y]
        top = target[hit, Field.Y] - target[hit, Field.HALF_HEIGHT]
        assert abs(tip_y + stick[hit, Field.HALF_HEIGHT] - top) < 0.035  # the target trembles a little


def test_the_ball_rests_on_the_ledge_when_it_lands() -> None:
    ledge, ball = bounce(stage(), beats(), WHITE)
    for hit in HITS:
        under = ball[hit, Field.Y] + ball[hit, Field.HALF_HEIGHT]
        assert abs(under - (ledge[hit, Field.Y] - ledge[hit, Field.HALF_HEIGHT])) < 0.01
