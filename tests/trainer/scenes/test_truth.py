import torch

from tests.trainer.small_pool import pool_of, set_active
from trainer.scenes.truth import scene_truth, stem_truth

SEEN, UNSEEN = True, False


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


def test_unseen_stems_are_heard_and_silent_copies_are_seen() -> None:
    pool = pool_of([(0, 1, UNSEEN)], scenes=1, hits={0: {40: 0.5}})
    pool.silent_onsets[0, 20] = 1.0
    truth = scene_truth(pool)
    assert torch.nonzero(truth.audio_onsets[0])[:, 0].tolist() == [10]
    assert torch.nonzero(truth.onsets[0])[:, 0].tolist() == [20]
    assert torch.nonzero(truth.silent_onsets[0])[:, 0].tolist() == [20]
    assert int(truth.audio_frame_class[0, 10]) == 1
    assert int(truth.frame_class.max()) == -1


def test_contacts_name_their_frames_over_what_goes_on_and_on() -> None:
    pool = pool_of([(0, 2, SEEN), (0, 0, SEEN)], scenes=1, hits={1: {40: 1.0}})
    set_active(pool, 0, 0, 40)
    names = scene_truth(pool).frame_class[0]
    assert names[8:13].tolist() == [0] * 5
    assert set(names[:8].tolist()) == {2}
    assert stem_truth(pool, 1)[2][20].item() == -1
