import pytest
import torch

from engine.contact_evidence import (
    LARGEST_MOVEMENT,
    MOVEMENT_WEIGHT,
    PICTURE_SHARE,
    TRAINED_POSITIVE_WEIGHT,
    movement,
    places_of_movement,
    with_evidence,
)
from engine.embedding import FrameLogits
from tests.engine.small_networks import small_cavp, small_grid


def test_movement_peaks_where_the_picture_changes_more_than_around() -> None:
    grid = torch.full((100, 10, 8, 8), 0.1)
    for step in (20, 50, 80):
        grid[step, 0] = 0.2
    curve = movement(grid)
    assert sorted(curve.topk(3).indices.tolist()) == [20, 50, 80]
    # Energy 0.04 against 0.01; its trend over 13 steps (0.16 / 13), its mean (97 * 0.01 + 3 * 0.04) / 100.
    assert float(curve[50]) == pytest.approx((0.04 - 0.16 / 13) / 0.0109, rel=1e-3)


def test_movement_is_bounded_and_a_still_or_steady_picture_has_none() -> None:
    grid = torch.zeros(100, 10, 8, 8)
    grid[[10, 50, 90], 0] = 1.0
    assert float(movement(grid).max()) == LARGEST_MOVEMENT
    assert float(movement(torch.full((50, 10, 8, 8), 0.3)).abs().max()) < 1e-3
    assert float(movement(torch.zeros(50, 10, 8, 8)).abs().max()) == 0.0


def test_picture_alone_speaks_by_its_contacts_and_its_movement() -> None:
    grid = small_grid(16)
    seen = small_cavp().embed_video(grid[None])
    found = with_evidence(seen, grid, heard=None)
    wanted = seen.onset_logits[0] + MOVEMENT_WEIGHT * movement(grid) - TRAINED_POSITIVE_WEIGHT
    torch.testing.assert_close(found.onset_logits[0], wanted)
    assert torch.equal(found.frame_class_logits, seen.frame_class_logits)


def test_heard_contacts_and_classes_speak_louder_than_the_seen_ones() -> None:
    grid = small_grid(16)
    seen = small_cavp().embed_video(grid[None])
    contact, label = torch.zeros(1, 16), torch.zeros(1, 16, 3)
    contact[0, 5], label[0, 5, 2] = 20.0, 20.0
    heard = FrameLogits(contact, label)
    found = with_evidence(seen, grid, heard=heard)
    assert int(found.onset_logits[0].argmax()) == 5
    assert int(found.frame_class_logits[0, 5].argmax()) == 2
    silent = with_evidence(seen, grid, heard=FrameLogits(0 * contact, 0 * label))
    torch.testing.assert_close((found.onset_logits - silent.onset_logits)[0, 5], torch.tensor(20.0))
    seen_alone = with_evidence(seen, grid, heard=None)
    weaker = PICTURE_SHARE * (seen_alone.onset_logits + TRAINED_POSITIVE_WEIGHT * 2) - TRAINED_POSITIVE_WEIGHT
    torch.testing.assert_close(silent.onset_logits, weaker)


def test_the_place_of_movement_is_where_the_picture_changes() -> None:
    grid = torch.full((20, 10, 8, 8), 0.01)
    grid[:, 0, 6, 1] = 0.5  # row 6, column 1
    places = places_of_movement(grid)
    assert places.shape == (20, 2)
    assert places[10].tolist() == pytest.approx([1.5 / 8, 6.5 / 8], abs=1e-3)
