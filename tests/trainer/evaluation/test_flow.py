import math

import pytest
import torch

from tests.engine.small_networks import small_codec, small_generator
from tests.trainer.small_pool import pool_of, set_active
from trainer.evaluation import flow
from trainer.evaluation.flow import (
    FlowTrialConfig,
    contact_stems,
    evaluate_flow,
    generate_for_stem,
    log_mel_distance,
    real_distance,
)
from trainer.scenes.pool import ScenePool

FLOOR = math.log(1e-4)


@pytest.fixture
def pool() -> ScenePool:
    """Three stems with a strike at 0.4 and 1.0 s, one continuous one, one of an unknown class."""
    stems = [(0, 0, True), (0, 2, True), (1, 0, True), (1, 1, False), (1, -1, True)]
    hits = {row: {40: 1.0, 100: 0.8} for row in (0, 2, 3, 4)}
    made = pool_of(stems, scenes=2, hits=hits)
    set_active(made, 1, 0, 40)
    made.grid = 0.1 * torch.randn(made.grid.shape, generator=torch.Generator().manual_seed(1))
    made.stem_mel = torch.full(made.stem_mel.shape, FLOOR)
    fall = torch.linspace(0, -4, 30)[:, None]
    for row in (0, 2, 3, 4):
        for frame in (40, 100):
            made.stem_mel[row, frame : frame + 30] = fall - row
    return made


def test_trials_are_stems_with_contacts_of_a_known_class(pool: ScenePool) -> None:
    assert contact_stems(pool, 10) == [0, 2, 3]
    assert contact_stems(pool, 2) == [0, 3]


def test_distance_is_the_mean_difference_where_one_of_both_sounds() -> None:
    one, other = torch.full((10, 4), FLOOR), torch.full((10, 4), FLOOR)
    one[2:4] = FLOOR + 6.0
    other[3:5] = FLOOR + 4.0
    # Frames 2, 3 and 4 differ by 6, 2 and 4; the others are silent on both sides.
    assert log_mel_distance(one, other) == pytest.approx(4.0)
    assert log_mel_distance(one, one) == 0.0
    assert log_mel_distance(one[5:], other[5:]) == 0.0


def test_real_distance_compares_recordings_of_one_class_at_their_hits(pool: ScenePool) -> None:
    # Stems 0 and 2 are of one class; while they sound (30 of 40 frames) they differ by 2.
    assert real_distance(pool) == pytest.approx(2.0, abs=1e-3)


def test_frames_near_a_hit_far_from_all_and_between_are_told_apart(pool: ScenePool) -> None:
    marks = flow._near_hits(pool, 0)
    # The hit of frame 40 is at 40.5: frames 31 to 50 lie within 100 ms of it.
    assert marks[31:51].tolist() == [1] * 20
    assert marks[29:31].tolist() == [-1, -1]
    assert marks[51:91].tolist() == [-1] * 40
    assert marks[:29].tolist() == [0] * 29


def test_contrast_is_the_ratio_of_mean_powers_in_decibels() -> None:
    mels = torch.zeros(1, 4, 2)
    mels[0, 0] = math.log(10.0)  # amplitude 10 beside 1
    near = torch.tensor([[1.0, 0.0, 0.0, -1.0]])
    assert flow._contrast_db(mels, near) == pytest.approx(20.0)


def test_fresh_takes_are_as_long_as_the_stem_and_the_same_again(pool: ScenePool) -> None:
    config = FlowTrialConfig(takes=2, steps=2)
    one, again = (generate_for_stem(small_generator(), small_codec(), pool, 0, config) for _ in range(2))
    assert one.shape == (2, 160, 128)
    assert torch.equal(one, again)
    assert not torch.allclose(one[0], one[1], atol=1e-2)


def test_true_sound_is_the_ceiling_and_every_stem_is_reported(pool: ScenePool) -> None:
    heard = []
    config = FlowTrialConfig(trials=2, takes=2, steps=2)
    result = evaluate_flow(small_generator(), small_codec(), pool, config, listener=heard.append)
    assert [(progress.done, progress.total) for progress in heard] == [(1, 2), (2, 2)]
    assert result.ceiling_f1 == 1.0
    assert result.true_contrast_db > 20.0
    assert result.take_distance > 0.0
    assert result.variety == pytest.approx(result.take_distance / result.real_distance)
    assert set(result.numbers()) >= {"onset_f1", "variety", "true_mel_mean"}
