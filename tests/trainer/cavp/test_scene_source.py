import pytest
import torch

from tests.trainer.small_pool import pool_of
from trainer.cavp import scene_source
from trainer.cavp.batches import CavpBatch, SceneLabels
from trainer.cavp.scene_source import CropConfig, SceneSource, soft_onsets
from trainer.scenes.pool import ScenePool

SEEN, UNSEEN = True, False


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(pool: ScenePool, size: int, *, stem_share: float, seed: int = 1) -> CavpBatch:
    return SceneSource(pool, CropConfig(20, stem_share)).draw(size, chance(seed))


def labels_of(batch: CavpBatch) -> SceneLabels:
    assert batch.labels is not None
    return batch.labels


def test_contacts_are_softened_to_their_neighbours() -> None:
    onsets = torch.tensor([[0.0, 0.0, 0.4, 0.0, 0.0, 0.9]])
    wanted = torch.tensor([[0.0, 0.35, 1.0, 0.35, 0.35, 1.0]])
    torch.testing.assert_close(soft_onsets(onsets), wanted)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches without augmentation, so that their numbers can be read."""
    monkeypatch.setattr(scene_source, "augment_grid", lambda grid, chance: grid)
    monkeypatch.setattr(scene_source, "augment_mel", lambda mel, chance: mel)


@pytest.mark.usefixtures("plain")
def test_picture_step_t_belongs_to_sound_step_t_plus_lag() -> None:
    pool = pool_of([(0, 0, SEEN), (1, 1, SEEN), (2, 2, SEEN)], scenes=3, hits={0: {60: 1.0}})
    batch = drawn(pool, 16, stem_share=0.0)
    assert len(set(batch.lags.tolist())) > 5
    for row in range(16):
        scene, first = divmod(int(batch.picture[row, 0, 7, 0, 0]), 100)
        heard_scene, heard_first = divmod(int(batch.mel[row, 0, 0]), 1000)
        assert scene == heard_scene
        # Scene step first + t is heard at sound step first + t - heard_first / 4.
        assert int(batch.lags[row]) == first - heard_first // 4
        assert heard_first % 4 == 0
        assert (
            labels_of(batch).seen[row].tolist()
            == labels_of(batch).heard[row].tolist()
            == [float(scene == k) for k in range(3)]
        )
        wanted = 15 - first if scene == 0 else -1  # the contact in mel frame 60 is scene step 15
        found = torch.nonzero(labels_of(batch).onsets[row] == 1.0)[:, 0].tolist()
        assert found == ([wanted] if 0 <= wanted < 20 else [])
        late = torch.nonzero(labels_of(batch).audio_onsets[row] == 1.0)[:, 0].tolist()
        assert all(step == 15 - heard_first // 4 for step in late)


@pytest.mark.usefixtures("plain")
def test_clean_stem_is_one_that_is_seen_and_its_class_alone_is_heard() -> None:
    pool = pool_of([(0, 0, SEEN), (0, 1, UNSEEN)], scenes=1)
    batch = drawn(pool, 8, stem_share=1.0)
    assert bool((batch.mel % 1 == 0.25).all())
    assert labels_of(batch).heard.tolist() == [[1, 0, 0]] * 8


@pytest.mark.usefixtures("plain")
def test_scene_without_a_seen_stem_gives_the_mix() -> None:
    pool = pool_of([(0, 1, UNSEEN)], scenes=1)
    batch = drawn(pool, 4, stem_share=1.0)
    assert bool((batch.mel % 1 == 0).all())
    assert labels_of(batch).heard.tolist() == [[0, 1, 0]] * 4


def test_same_chance_draws_the_same_batch() -> None:
    pool = pool_of([(0, 0, SEEN), (1, 1, SEEN)], scenes=2)
    one, again, other = (drawn(pool, 4, stem_share=0.5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.picture, again.picture)
    assert torch.equal(one.mel, again.mel)
    assert not torch.equal(one.picture, other.picture)
