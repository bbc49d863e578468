import pytest
import torch

from engine.contact_evidence import (
    HEARD_WEIGHT,
    LARGEST_MOVEMENT,
    UNHEARD_WEIGHT,
    heard_evidence,
    movement,
    places_of_movement,
)


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


def test_heard_onsets_speak_for_their_frame_and_silence_against_others() -> None:
    evidence = heard_evidence(10, [0.21, 99.0])  # 0.21 s lies in step 5
    assert float(evidence[5]) == HEARD_WEIGHT
    assert evidence[[4, 6]].tolist() == [0.0, 0.0]
    assert evidence[[0, 3, 7, 9]].tolist() == [-UNHEARD_WEIGHT] * 4


def test_the_place_of_movement_is_where_the_picture_changes() -> None:
    grid = torch.full((20, 10, 8, 8), 0.01)
    grid[:, 0, 6, 1] = 0.5  # row 6, column 1
    places = places_of_movement(grid)
    assert places.shape == (20, 2)
    assert places[10].tolist() == pytest.approx([1.5 / 8, 6.5 / 8], abs=1e-3)
