import pytest
import torch
from torch import Tensor

from engine.cavp.model import Embedded
from engine.errors import InputError
from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import LOUD, QUIET, lively_pool
from trainer.evaluation.swaps import (
    SwapScores,
    SwapStudy,
    choose_donors,
    events_with_company,
    in_the_place_of,
    mix_of,
    rise_at,
    study_swaps,
    swap_figures,
)


def hit_frames(row: int) -> list[int]:
    pool = lively_pool(4)
    return torch.nonzero(pool.stem_control[row, :, :4].flatten())[:, 0].tolist()


def test_only_visible_events_in_company_are_changed() -> None:
    pool = lively_pool(3)
    pool.stem_seen[3] = False
    assert events_with_company(pool) == [0, 1, 2, 4, 5]
    assert events_with_company(lively_pool(3, stems_each=1)) == []


def test_mix_without_an_event_lacks_that_event_alone() -> None:
    pool = lively_pool(4)
    whole, without = mix_of(pool, 0, pool.stem_mel[0]), mix_of(pool, 0, None)
    at = hit_frames(0)[0]
    assert float(whole[at, 10]) == pytest.approx(LOUD, abs=0.05)  # class 0 rings in the lowest bands
    assert float(without[at, 10]) < QUIET + 1.0
    other = hit_frames(1)[0]
    assert float(without[other, 50]) == pytest.approx(LOUD, abs=0.05)


def test_donor_is_of_a_class_the_scene_lacks() -> None:
    pool = lively_pool(4)
    events = events_with_company(pool)
    for row, donor in zip(events, choose_donors(pool, events), strict=True):
        classes = {int(pool.stem_class[other]) for other in pool.stem_rows[int(pool.stem_scene[row])]}
        assert int(pool.stem_class[donor]) not in classes
    assert choose_donors(pool, events) == choose_donors(pool, events)


def test_swapped_sound_keeps_the_times_and_the_level_and_changes_the_class() -> None:
    pool = lively_pool(4)
    made = in_the_place_of(pool, 0, 3)  # stem 3 is of class 2: the highest bands
    assert float(made.max()) == pytest.approx(float(pool.stem_mel[0].max()), abs=1e-4)
    for frame in hit_frames(0):
        assert float(made[frame, 100]) > LOUD - 1.5
        assert float(made[frame, 10]) < QUIET + 1.5
        assert float(made[frame, 100] - made[frame - 4, 100]) > 2.0 or any(
            0 < frame - earlier < 25 for earlier in hit_frames(0)
        )


def test_rise_of_the_sound_falls_without_the_event() -> None:
    pool = lively_pool(4)
    steps = torch.zeros(1, pool.steps, dtype=torch.bool)
    steps[0, [frame // 4 for frame in hit_frames(0)]] = True
    whole, without = (mix_of(pool, 0, stem)[None] for stem in (pool.stem_mel[0], None))
    assert float(rise_at(whole, steps)) > float(rise_at(without, steps))


def test_study_asks_the_scorer_for_every_event_three_times() -> None:
    asked: list[Tensor] = []

    def scorer(seen: Embedded, heard: Embedded, steps: Tensor, classes: Tensor) -> Tensor:
        asked.append(classes)
        return -torch.full((len(steps),), float(len(asked)))  # true first, so that the others fall

    pool = lively_pool(4)
    study = study_swaps(small_cavp(), pool, scorer=scorer)
    assert len(asked) == 3
    assert asked[0].tolist() == pool.stem_class.tolist()
    assert study.event.fall_when_deleted == study.event.fall_when_swapped == 1.0
    assert study.onset.fall_when_deleted > 0.9


def test_pool_without_company_is_refused() -> None:
    with pytest.raises(InputError, match="two events"):
        study_swaps(small_cavp(), lively_pool(2, stems_each=1))


def test_equal_scores_do_not_count_as_falls() -> None:
    scores = SwapScores(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.9]), torch.tensor([0.0, 0.0]))
    deleted, swapped = swap_figures(SwapStudy(scores, scores, scores))
    assert (deleted.got, swapped.got) == (0.5, 1.0)
