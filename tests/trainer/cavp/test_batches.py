import math

import pytest
import torch

from engine.features.mel import MEL_FLOOR
from tests.trainer.small_pool import pool_of, set_active
from trainer.cavp import batches as cavp_batches
from trainer.cavp.batches import augment_grid, augment_mel, draw_batch, soft_onsets
from trainer.scenes.truth import scene_truth

SEEN, UNSEEN = True, False


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_truth_takes_contacts_of_seen_stems_and_classes_of_heard_ones() -> None:
    stems = [(0, 0, SEEN), (0, 1, UNSEEN), (1, 2, SEEN)]
    pool = pool_of(stems, scenes=2, hits={0: {41: 0.5, 42: 0.75}, 1: {80: 1.0}})
    set_active(pool, 2, 5, 9)
    truth = scene_truth(pool)
    assert torch.nonzero(truth.onsets).tolist() == [[0, 10]]  # frames 41 and 42 are step 10
    assert truth.onsets[0, 10].item() == 0.75
    assert torch.nonzero(truth.active).tolist() == [[1, step] for step in range(5, 9)]
    assert truth.seen.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert truth.heard.tolist() == [[1, 1, 0], [0, 0, 1]]
    # A class acts within two frames of its contact, and while it is active.
    assert torch.nonzero(truth.frame_class >= 0).tolist() == [[0, s] for s in range(8, 13)] + [
        [1, s] for s in range(5, 9)
    ]
    assert truth.frame_class[0, 10].item() == 0
    assert truth.frame_class[1, 5].item() == 2


def test_stem_of_a_class_the_model_does_not_know_keeps_its_contacts_only() -> None:
    truth = scene_truth(pool_of([(0, -1, SEEN)], scenes=1, hits={0: {40: 1.0}}))
    assert truth.onsets[0, 10].item() == 1.0
    assert not truth.seen.any()
    assert not truth.heard.any()
    assert int(truth.frame_class.max()) == -1


def test_contacts_are_softened_to_their_neighbours() -> None:
    onsets = torch.tensor([[0.0, 0.0, 0.4, 0.0, 0.0, 0.9]])
    wanted = torch.tensor([[0.0, 0.35, 1.0, 0.35, 0.35, 1.0]])
    torch.testing.assert_close(soft_onsets(onsets), wanted)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches without augmentation, so that their numbers can be read."""
    monkeypatch.setattr(cavp_batches, "augment_grid", lambda grid, chance: grid)
    monkeypatch.setattr(cavp_batches, "augment_mel", lambda mel, chance: mel)


@pytest.mark.usefixtures("plain")
def test_picture_step_t_belongs_to_sound_step_t_plus_lag() -> None:
    pool = pool_of([(0, 0, SEEN), (1, 1, SEEN), (2, 2, SEEN)], scenes=3, hits={0: {60: 1.0}})
    batch = draw_batch(pool, scene_truth(pool), size=16, steps=20, chance=chance(), stem_share=0.0)
    assert len(set(batch.lags.tolist())) > 5
    for row in range(16):
        scene, first = divmod(int(batch.grid[row, 0, 7, 0, 0]), 100)
        heard_scene, heard_first = divmod(int(batch.mel[row, 0, 0]), 1000)
        assert scene == heard_scene
        # Scene step first + t is heard at sound step first + t - heard_first / 4.
        assert int(batch.lags[row]) == first - heard_first // 4
        assert heard_first % 4 == 0
        assert batch.seen[row].tolist() == batch.heard[row].tolist() == [float(scene == k) for k in range(3)]
        wanted = 15 - first if scene == 0 else -1  # the contact in mel frame 60 is scene step 15
        found = torch.nonzero(batch.onsets[row] == 1.0)[:, 0].tolist()
        assert found == ([wanted] if 0 <= wanted < 20 else [])
        late = torch.nonzero(batch.audio_onsets[row] == 1.0)[:, 0].tolist()
        assert all(step == 15 - heard_first // 4 for step in late)


@pytest.mark.usefixtures("plain")
def test_clean_stem_is_one_that_is_seen_and_its_class_alone_is_heard() -> None:
    pool = pool_of([(0, 0, SEEN), (0, 1, UNSEEN)], scenes=1)
    batch = draw_batch(pool, scene_truth(pool), size=8, steps=20, chance=chance(), stem_share=1.0)
    assert bool((batch.mel % 1 == 0.25).all())
    assert batch.heard.tolist() == [[1, 0, 0]] * 8


@pytest.mark.usefixtures("plain")
def test_scene_without_a_seen_stem_gives_the_mix() -> None:
    pool = pool_of([(0, 1, UNSEEN)], scenes=1)
    batch = draw_batch(pool, scene_truth(pool), size=4, steps=20, chance=chance(), stem_share=1.0)
    assert bool((batch.mel % 1 == 0).all())
    assert batch.heard.tolist() == [[0, 1, 0]] * 4


def test_same_chance_draws_the_same_batch() -> None:
    pool = pool_of([(0, 0, SEEN), (1, 1, SEEN)], scenes=2)
    one, again, other = (
        draw_batch(pool, scene_truth(pool), size=4, steps=20, chance=chance(seed), stem_share=0.5)
        for seed in (1, 1, 2)
    )
    assert torch.equal(one.grid, again.grid)
    assert torch.equal(one.mel, again.mel)
    assert not torch.equal(one.grid, other.grid)


def test_augmented_pictures_differ_from_one_another_and_leave_the_pool_alone() -> None:
    grid = torch.rand(1, 6, 10, 8, 8, generator=chance(3)).expand(5, -1, -1, -1, -1).contiguous()
    before = grid.clone()
    made = augment_grid(grid, chance())
    assert made.shape == grid.shape
    assert torch.equal(grid, before)
    assert bool(made.isfinite().all())
    assert all(not torch.equal(made[0], made[row]) for row in range(1, 5))


def test_mirrored_picture_moves_the_other_way() -> None:
    """All flow goes to the right; in a mirrored picture it goes to the left."""
    grid = torch.zeros(40, 2, 10, 8, 8)
    grid[:, :, 4] = 0.5
    signs = augment_grid(grid, chance())[:, :, 4].mean((1, 2, 3)).sign().tolist()
    assert set(signs) == {1.0, -1.0}


def test_augmented_mel_keeps_the_floor_and_the_times() -> None:
    mel = torch.full((6, 40, 128), math.log(MEL_FLOOR))
    mel[:, 20] = 0.0
    made = augment_mel(mel, chance())
    assert float(made.min()) >= math.log(MEL_FLOOR) - 1e-5
    assert made.mean(2).argmax(1).tolist() == [20] * 6
