import torch

from engine.progress import silent
from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.generator.small_study import strikes_pool
from trainer.evaluation.generator import own_hits
from trainer.evaluation.generator.own_hits import (
    found_events,
    match_visible,
    mixed,
    scenes_with_contacts,
    study_own_hits,
    study_true_mixes,
)
from trainer.evaluation.generator.trials import Trial


def test_only_scenes_with_visible_contacts_are_tried() -> None:
    pool = strikes_pool()
    pool.stem_seen[0] = False
    assert scenes_with_contacts(pool, 5) == [1]


def test_found_events_lie_inside_the_scene() -> None:
    pool = strikes_pool()
    events = found_events(small_cavp(), pool, 0)
    assert events
    for event in events:
        assert 0 <= event.first < pool.steps
        assert event.first + len(event.trial.wish.control) <= pool.steps
        assert bool(event.trial.hits) != bool(event.trial.activity.any())


def test_sounds_are_laid_at_their_tokens_and_cut_at_the_end() -> None:
    mix = mixed([(1, torch.ones(1764)), (1, torch.ones(882)), (3, torch.ones(9999))], 4)
    # A token is 1764 samples at 44.1 kHz.
    assert mix.shape == (7056,)
    assert mix[[0, 1764, 2646, 3528, 5292]].tolist() == [0, 2, 1, 0, 1]


def test_onsets_on_silent_copies_are_left_out_unless_strict() -> None:
    pool = strikes_pool()
    pool.silent_onsets[0, 25] = 1.0  # at 1.02 s
    kept, strict = match_visible([0.405, 1.02], pool, 0)
    assert (kept.found, kept.agreed) == (1, 1)
    assert (strict.found, strict.agreed) == (2, 1)


def test_true_mixes_are_the_ceiling_and_silence_finds_nothing() -> None:
    pool = strikes_pool()
    pool.stem_seen[1] = False
    assert study_true_mixes(pool, [0, 1]).onsets.f1 > 0.9

    def nothing(trial: Trial) -> torch.Tensor:
        return torch.zeros(1764 * len(trial.wish.control))

    found = study_own_hits(nothing, small_cavp(), pool, [0], name="silence", listener=silent)
    assert found.onsets.found == 0
    assert found.onsets.true == 2
    assert pool.steps >= own_hits.SHORTEST_TOKENS
