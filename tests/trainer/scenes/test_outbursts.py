import numpy as np
import pytest

from tests.trainer.scenes.contacts import HITS, WHITE, beats, stage
from trainer.scenes.outbursts import burst, shatter, splash, voice
from trainer.scenes.primitives import Field

SEEDS = range(8)


def starts_on_the_beat(curve: np.ndarray) -> bool:
    """Whether a curve jumps from a frame before to each hit, and falls again after it."""
    return all(
        curve[hit] > curve[hit - 1] + 1e-3 and curve[hit] >= curve[hit + 1] and curve[hit] > curve[hit + 6]
        for hit in HITS
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_fire_flashes_and_body_kicks_on_the_beat(seed: int) -> None:
    body, _, fire = burst(stage(seed), beats(), WHITE)
    assert starts_on_the_beat(fire[:, Field.ALPHA])
    assert starts_on_the_beat(fire[:, Field.HALF_WIDTH])
    assert starts_on_the_beat(np.abs(body[:, Field.X] - 0.6))


@pytest.mark.parametrize("seed", SEEDS)
def test_drop_meets_the_surface_as_the_ring_appears(seed: int) -> None:
    surface, ring, drop, *spray = splash(stage(seed), beats(), WHITE)
    assert starts_on_the_beat(ring[:, Field.ALPHA])
    top = surface[0, Field.Y] - surface[0, Field.HALF_HEIGHT]
    for hit in HITS:
        assert drop[hit, Field.Y] == pytest.approx(top, abs=0.03)
        assert drop[hit - 4, Field.Y] < top - 0.02
        assert ring[hit - 1, Field.ALPHA] < 0.3 * ring[hit, Field.ALPHA]
    assert all(part[HITS[0] - 1, Field.ALPHA] == 0 < part[HITS[0], Field.ALPHA] for part in spray)


@pytest.mark.parametrize("seed", SEEDS)
def test_thing_is_whole_before_and_in_pieces_on_the_beat(seed: int) -> None:
    whole, *pieces = shatter(stage(seed), beats(), WHITE)
    for hit in HITS:
        assert whole[hit - 1, Field.ALPHA] == 1.0
        assert whole[hit, Field.ALPHA] == 0.0
        assert all(piece[hit - 1, Field.ALPHA] == 0.0 < piece[hit, Field.ALPHA] for piece in pieces)
    centre = np.hypot(*(pieces[0][:, f] - pieces[0][HITS[0], f] for f in (Field.X, Field.Y)))
    assert centre[HITS[0] + 5] > 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_mouth_opens_on_the_beat(seed: int) -> None:
    _, _, mouth = voice(stage(seed), beats(), WHITE)
    assert starts_on_the_beat(mouth[:, Field.HALF_HEIGHT])
