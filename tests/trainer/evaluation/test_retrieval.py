from dataclasses import replace

import pytest
import torch

from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import lively_pool
from tests.trainer.small_pool import pool_of
from trainer.evaluation.retrieval import (
    Gallery,
    choose_gallery,
    ranks_of,
    retrieval_figures,
    study_retrieval,
    with_other_level_and_noise,
)
from trainer.scenes.truth import SceneTruth, scene_truth


def truth_of(sets: list[set[int]]) -> SceneTruth:
    """Scenes in which all that is heard is seen."""
    heard = torch.zeros(len(sets), 6)
    for scene, classes in enumerate(sets):
        heard[scene, list(classes)] = 1.0
    whole = scene_truth(pool_of([(scene, 0, True) for scene in range(len(sets))], scenes=len(sets)))
    return replace(whole, heard=heard, seen=heard.clone())


def test_sets_that_occur_three_times_come_first() -> None:
    sets = [{0}, {1}, {0}, {2}, {0}, {1, 2}, {1, 2}, {1, 2}, {3}, {3}]
    gallery = choose_gallery(truth_of(sets), count=6)
    assert sorted(gallery.scenes.tolist()) == [0, 2, 4, 5, 6, 7]
    assert gallery.alike.tolist() == [3] * 6


def test_rarer_sets_fill_up_where_there_are_not_enough() -> None:
    sets = [{0}, {0}, {0}, {1}, {1}, {2}, {3}]
    gallery = choose_gallery(truth_of(sets), count=6)
    chosen = sorted(gallery.scenes.tolist())
    assert chosen[:5] == [0, 1, 2, 3, 4]
    assert len(chosen) == 6


def test_more_of_a_set_are_taken_before_a_rarer_one() -> None:
    assert sorted(choose_gallery(truth_of([{0}, {0}, {0}, {0}, {1}]), count=4).scenes.tolist()) == [
        0,
        1,
        2,
        3,
    ]


def test_scene_whose_sight_is_not_heard_is_left_out() -> None:
    truth = truth_of([{0}, {1}, {2}])
    truth.heard[1] = 0.0
    truth.seen[2] = 0.0
    assert choose_gallery(truth, count=3).scenes.tolist() == [0]


def test_ranks_and_the_oracle_by_hand() -> None:
    gallery = Gallery(torch.arange(4), torch.tensor([0, 0, 0, 1]))
    likeness = torch.tensor(
        [[0.9, 0.1, 0.2, 0.0], [0.8, 0.5, 0.1, 0.0], [0.1, 0.2, 0.3, 0.9], [0.5, 0.6, 0.7, 0.4]]
    )
    study = ranks_of(likeness, gallery)
    assert study.ranks.tolist() == [0, 1, 1, 3]
    assert study.right_set.tolist() == [True, True, False, False]
    assert study.recall(1) == 0.25
    assert study.recall(2) == 0.75
    assert study.oracle_recall(1) == pytest.approx((3 * 1 / 3 + 1) / 4)
    assert study.oracle_recall(3) == 1.0
    assert study.chance_recall(1) == 0.25
    ratio, _, right_set = retrieval_figures(study)
    assert ratio.got == pytest.approx(0.5)
    assert right_set.got == 0.5


def test_level_and_noise_are_drawn_for_each_sound_apart() -> None:
    mels = torch.full((3, 40, 128), -2.0)
    made = with_other_level_and_noise(mels)
    levels = (made - mels).mean((1, 2))
    assert len({round(float(level), 3) for level in levels}) == 3
    assert float(levels.abs().max()) < 1.1
    quiet = with_other_level_and_noise(torch.full((1, 40, 128), -9.2))
    assert float(quiet.std()) > 0.05  # noise above silence
    assert torch.equal(made, with_other_level_and_noise(mels))


def test_study_of_a_network_covers_the_gallery_and_repeats() -> None:
    pool = lively_pool(9, stems_each=1)
    one, again = (study_retrieval(small_cavp(), pool, count=9) for _ in range(2))
    assert len(one.ranks) == 9
    assert one.alike.tolist() == [3] * 9
    assert torch.equal(one.ranks, again.ranks)
